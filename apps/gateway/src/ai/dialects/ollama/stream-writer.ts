import type { ChatEvent, StopReason, TokenUsage } from '../chat.js';
import { UnreadableAnswer, type StreamWriter } from '../dialect.js';
import { type PartEvent, PartSequence } from '../part-sequence.js';
import { parseArguments } from '../tool-arguments.js';
import { mergeUsage } from '../usage.js';
import { parseObject, type JsonObject } from '../../../wire/json.js';
import { writeStop } from './done-reason.js';
import { writeLogprobs } from './logprobs.js';
import { writeUsage } from './usage.js';
import { answerHead, writeCall } from './write-answer.js';

interface Part {
  readonly of: Extract<PartEvent, { type: 'part_start' }>['of'];
  /** Of a tool call, which is told whole. */
  args: string;
}

/** A line of JSON for each piece: https://docs.ollama.com/api/streaming */
export class OllamaStreamWriter implements StreamWriter {
  private head: JsonObject = {};
  private usage: TokenUsage = {};
  private stop: StopReason = 'stop';
  private calls = 0;
  /** Arguments that are no object: that may be since the answer was cut. */
  private broken?: string;
  private failed = false;
  private part?: Part;
  private readonly sequence = new PartSequence();

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
        return [...this.sequence.take(event)].map((next) => this.writePart(next)).join('');
      case 'logprobs':
        return this.line({}, { logprobs: writeLogprobs(event.logprobs) });
      case 'stop':
        return this.takeStop(event.stop);
      case 'usage':
        this.usage = mergeUsage(this.usage, event.usage);
        return '';
      case 'end':
        return this.line({}, { done: true, done_reason: writeStop(this.stop), ...writeUsage(this.usage) });
      case 'error':
        return this.fail(event.error.message);
      // There is nothing that clients would pass over.
      case 'ping':
        return '';
    }
  }

  /** It has no place for signatures. */
  private writePart(event: PartEvent): string {
    switch (event.type) {
      case 'part_start':
        this.part = { of: event.of, args: '' };
        return '';
      case 'delta':
        return this.writeDelta(this.part!, event.text);
      case 'signature':
        return '';
      case 'part_end':
        return this.writeEnd(this.part!);
    }
  }

  private line(message: JsonObject, more: JsonObject = {}): string {
    const told = {
      ...this.head,
      message: { role: 'assistant', content: '', ...message },
      done: false,
      ...more,
    };
    return `${JSON.stringify(told)}\n`;
  }

  private fail(error: string): string {
    this.failed = true;
    return `${JSON.stringify({ error })}\n`;
  }

  private writeDelta(part: Part, text: string): string {
    switch (part.of.type) {
      case 'text':
      case 'refusal':
        return this.line({ content: text });
      case 'reasoning':
        return this.line({ thinking: text });
      case 'tool_call':
        part.args += text;
        return '';
    }
  }

  private writeEnd({ of, args }: Part): string {
    if (of.type !== 'tool_call') return '';
    const parsed = args === '' ? {} : parseObject(args);
    if (!parsed) {
      this.broken = args;
      return '';
    }
    return this.line({ tool_calls: [writeCall({ ...of, arguments: parsed }, this.calls++)] });
  }

  private takeStop(stop: StopReason): string {
    this.stop = stop;
    try {
      if (this.broken !== undefined) parseArguments(this.broken, stop);
      return '';
    } catch (error) {
      if (error instanceof UnreadableAnswer) return this.fail(error.message);
      throw error;
    }
  }
}
