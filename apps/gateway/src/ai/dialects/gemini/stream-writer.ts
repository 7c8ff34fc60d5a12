import type { ChatEvent, StopReason, TokenLogprob, TokenUsage } from '../chat.js';
import { UnreadableAnswer, type StreamWriter } from '../dialect.js';
import { writeEvent } from '../../../wire/event-stream.js';
import { parseObject, type JsonObject } from '../../../wire/json.js';
import { PartSequence, type PartEvent } from '../part-sequence.js';
import { parseArguments } from '../tool-arguments.js';
import { mergeUsage } from '../usage.js';
import { writeError } from './errors.js';
import { carryThought } from './thought-signatures.js';
import { answerHead, writeCandidate, writePart } from './write-answer.js';
import { writeUsage } from './usage.js';

interface Part {
  readonly of: Extract<PartEvent, { type: 'part_start' }>['of'];
  /** Of a tool call, which is told whole. */
  args: string;
  signed?: boolean;
}

interface Candidate {
  readonly sequence: PartSequence;
  part?: Part;
  logprobs?: readonly TokenLogprob[];
  /** Arguments that are no object: that may be since the answer was cut. */
  broken?: string;
  stop?: StopReason;
}

export class GeminiStreamWriter implements StreamWriter {
  private head: JsonObject = {};
  private usage?: TokenUsage;
  private failed = false;
  private readonly candidates: Candidate[] = [];

  write(event: ChatEvent): string {
    if (this.failed) return '';
    switch (event.type) {
      case 'start':
        this.head = answerHead(event);
        return '';
      case 'part_start':
      case 'delta':
      case 'signature':
      case 'part_end':
        return this.writePart(event);
      case 'logprobs':
        this.candidate(event.candidate).logprobs = [
          ...(this.candidate(event.candidate).logprobs ?? []),
          ...event.logprobs,
        ];
        return '';
      case 'stop':
        return this.takeStop(event);
      case 'usage':
        this.usage = mergeUsage(this.usage, event.usage);
        return '';
      case 'ping':
        // Google sends none, and its older SDK cannot read a comment.
        return '';
      case 'end':
        return this.writeEnd();
      case 'error':
        return this.fail(writeError(event.error));
    }
  }

  private candidate(index: number): Candidate {
    return (this.candidates[index] ??= { sequence: new PartSequence() });
  }

  private answer(candidates: readonly JsonObject[], usageMetadata?: JsonObject): string {
    return writeEvent({ data: JSON.stringify({ candidates, usageMetadata, ...this.head }) });
  }

  private fail(error: JsonObject): string {
    this.failed = true;
    return writeEvent({ data: JSON.stringify(error) });
  }

  private takeStop({ candidate: index, stop }: Extract<ChatEvent, { type: 'stop' }>): string {
    const candidate = this.candidate(index);
    candidate.stop = stop;
    try {
      if (candidate.broken !== undefined) parseArguments(candidate.broken, stop);
      return '';
    } catch (error) {
      const { message, code } = error as UnreadableAnswer;
      return this.fail(writeError({ status: 502, message, code }));
    }
  }

  /** Clients take usage and reason from the last answer, and one without parts for a broken one. */
  private writeEnd(): string {
    const candidates = this.candidates.map(({ stop, logprobs }, index) =>
      writeCandidate(index, [{ text: '' }], stop ?? 'stop', logprobs),
    );
    return this.answer(candidates, this.usage && writeUsage(this.usage));
  }

  private writePart(event: PartEvent): string {
    const candidate = this.candidate(event.candidate);
    const parts = [...candidate.sequence.take(event)].map((next) => this.partOf(next, candidate));
    return parts.map((part) => (part ? this.answer([writeCandidate(event.candidate, [part])]) : '')).join('');
  }

  private partOf(event: PartEvent, candidate: Candidate): JsonObject | undefined {
    if (event.type === 'part_start') {
      candidate.part = { of: event.of, args: '' };
      return undefined;
    }
    const part = candidate.part!;
    switch (event.type) {
      case 'delta':
        if (part.of.type !== 'tool_call') return writePart({ type: part.of.type, text: event.text });
        part.args += event.text;
        return undefined;
      case 'signature':
        part.signed = true;
        return signatureOf(part, event.signature, event.redacted);
      case 'part_end':
        return part.of.type === 'tool_call' ? callOf(part, candidate) : endOf(part);
    }
  }
}

function signatureOf({ of }: Part, signature?: string, redacted?: boolean): JsonObject | undefined {
  const by = of.type === 'reasoning' ? of.by : undefined;
  return { text: '', thought: true, thoughtSignature: carryThought({ by, signature, redacted }) };
}

/** Whose reasoning it is, where no signature said it. */
function endOf(part: Part): JsonObject | undefined {
  return part.of.type === 'reasoning' && part.of.by !== undefined && !part.signed
    ? signatureOf(part)
    : undefined;
}

function callOf({ of, args }: Part, candidate: Candidate): JsonObject | undefined {
  const parsed = args === '' ? {} : parseObject(args);
  if (!parsed) candidate.broken = args;
  return parsed && of.type === 'tool_call' ? writePart({ ...of, arguments: parsed }) : undefined;
}
