import type { ChatEvent, ChatRequest, TokenUsage } from '../chat.js';
import type { DialectName, StreamWriter } from '../dialect.js';
import { COMMENT, writeEvent } from '../../../wire/event-stream.js';
import type { JsonObject } from '../../../wire/json.js';
import { carryCallId } from '../signatures.js';
import { mergeUsage } from '../usage.js';
import { writeError } from './errors.js';
import { writeLogprobs } from './logprobs.js';
import { reasoningDetail } from './reasoning.js';
import { writeStop } from './stop-reason.js';
import { writeUsage } from './usage.js';

type PartEvent = Extract<ChatEvent, { part: number }>;

/** How a part is told: the how many'th of its kind, and whose reasoning it is. */
interface Part {
  readonly type: 'text' | 'refusal' | 'reasoning' | 'tool_call';
  readonly index: number;
  readonly by?: DialectName;
}

interface Choice {
  readonly parts: Map<number, Part>;
  readonly counts: Record<Part['type'], number>;
}

const DONE = 'data: [DONE]\n\n';

export class OpenAiStreamWriter implements StreamWriter {
  private head: JsonObject = {};
  private usage?: TokenUsage;
  private readonly choices = new Map<number, Choice>();

  constructor(private readonly wantsUsage: ChatRequest['wantsUsage']) {}

  write(event: ChatEvent): string {
    switch (event.type) {
      case 'start':
        this.head = this.headOf(event);
        return this.choiceStart(0);
      case 'part_start':
      case 'delta':
      case 'signature':
      case 'part_end':
        return this.choiceStart(event.candidate) + this.writePart(event);
      case 'logprobs':
        return this.chunk({
          index: event.candidate,
          delta: {},
          logprobs: writeLogprobs(event.logprobs),
          finish_reason: null,
        });
      case 'stop':
        return this.choiceStart(event.candidate) + this.writeStop(event);
      case 'usage':
        this.usage = mergeUsage(this.usage, event.usage);
        return '';
      case 'ping':
        return COMMENT;
      case 'end':
        return this.writeUsage() + DONE;
      case 'error':
        return writeEvent({ data: JSON.stringify(writeError(event.error)) }) + DONE;
    }
  }

  private headOf({ id, model, created }: Extract<ChatEvent, { type: 'start' }>): JsonObject {
    return { id, object: 'chat.completion.chunk', created: created ?? Math.floor(Date.now() / 1000), model };
  }

  private chunk(choice: JsonObject): string {
    return writeEvent({
      data: JSON.stringify({ ...this.head, choices: [choice], usage: this.wantsUsage ? null : undefined }),
    });
  }

  private delta(index: number, delta: JsonObject): string {
    return this.chunk({ index, delta, logprobs: null, finish_reason: null });
  }

  private choiceStart(index: number): string {
    if (this.choices.has(index)) return '';
    this.choices.set(index, {
      parts: new Map(),
      counts: { text: 0, refusal: 0, reasoning: 0, tool_call: 0 },
    });
    return this.delta(index, { role: 'assistant', content: '', refusal: null });
  }

  private writePart(event: PartEvent): string {
    const choice = this.choices.get(event.candidate)!;
    if (event.type === 'part_start') {
      const { of } = event;
      choice.parts.set(event.part, {
        type: of.type,
        index: choice.counts[of.type]++,
        by: of.type === 'reasoning' ? of.by : undefined,
      });
    }
    const delta = deltaOf(event, choice.parts.get(event.part)!);
    if (event.type === 'part_end') choice.parts.delete(event.part);
    return delta ? this.delta(event.candidate, delta) : '';
  }

  private writeStop({ candidate, stop }: Extract<ChatEvent, { type: 'stop' }>): string {
    const refused = this.choices.get(candidate)!.counts.refusal > 0;
    return this.chunk({
      index: candidate,
      delta: {},
      logprobs: null,
      finish_reason: writeStop(stop, refused),
    });
  }

  private writeUsage(): string {
    if (!this.wantsUsage || !this.usage) return '';
    return writeEvent({ data: JSON.stringify({ ...this.head, choices: [], usage: writeUsage(this.usage) }) });
  }
}

function deltaOf(event: PartEvent, { type, index, by }: Part): JsonObject | undefined {
  switch (event.type) {
    case 'part_start':
      if (event.of.type !== 'tool_call') return undefined;
      return {
        tool_calls: [
          {
            index,
            id: carryCallId(event.of),
            type: 'function',
            function: { name: event.of.name, arguments: '' },
          },
        ],
      };
    case 'delta':
      return deltaOfText(event.text, { type, index, by });
    case 'signature':
      return {
        reasoning_details: [
          reasoningDetail({ text: '', by, signature: event.signature, redacted: event.redacted }, index),
        ],
      };
    case 'part_end':
      return undefined;
  }
}

function deltaOfText(text: string, { type, index, by }: Part): JsonObject {
  switch (type) {
    case 'text':
      return { content: text };
    case 'refusal':
      return { refusal: text };
    case 'tool_call':
      return { tool_calls: [{ index, function: { arguments: text } }] };
    case 'reasoning':
      // As OpenRouter has it: the text is told twice where its parts are to be sent back.
      return {
        reasoning_content: text,
        reasoning_details:
          by === undefined || by === 'openai' ? undefined : [{ type: 'reasoning.text', text, index }],
      };
  }
}
