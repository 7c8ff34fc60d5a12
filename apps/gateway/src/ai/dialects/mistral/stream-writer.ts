import type { ChatEvent, StopReason, TokenUsage } from '../chat.js';
import type { StreamWriter } from '../dialect.js';
import { writeError } from '../openai-chat/errors.js';
import { writeStop } from '../openai-chat/stop-reason.js';
import { writeUsage } from '../openai-chat/usage.js';
import { carryCallId } from '../signatures.js';
import { type PartEvent, PartSequence } from '../part-sequence.js';
import { mergeUsage } from '../usage.js';
import { COMMENT, writeEvent } from '../../../wire/event-stream.js';
import type { JsonObject } from '../../../wire/json.js';
import { thinkingOf } from './write-answer.js';

interface Part {
  readonly of: Extract<PartEvent, { type: 'part_start' }>['of'];
  /** Of a tool call, which is told whole. */
  args: string;
}

interface Choice {
  readonly sequence: PartSequence;
  part?: Part;
  calls: number;
  stop: StopReason;
}

/** Mistral tells calls whole, and what was used together with the reason of the end. */
export class MistralStreamWriter implements StreamWriter {
  private head: JsonObject = {};
  private usage: TokenUsage = {};
  private readonly choices = new Map<number, Choice>();

  write(event: ChatEvent): string {
    switch (event.type) {
      case 'start': {
        const { id, model, created = Math.floor(Date.now() / 1_000) } = event;
        this.head = { id, object: 'chat.completion.chunk', created, model };
        return this.chunk(0, { role: 'assistant', content: '' });
      }
      case 'part_start':
      case 'delta':
      case 'signature':
      case 'part_end': {
        const { sequence } = this.choice(event.candidate);
        return [...sequence.take(event)].map((next) => this.writePart(next)).join('');
      }
      case 'stop':
        this.choice(event.candidate).stop = event.stop;
        return '';
      case 'usage':
        this.usage = mergeUsage(this.usage, event.usage);
        return '';
      case 'ping':
        return COMMENT;
      case 'end':
        return this.writeEnd();
      case 'error':
        return writeEvent({ data: JSON.stringify(writeError(event.error)) });
      // It has no place for them.
      case 'logprobs':
        return '';
    }
  }

  private choice(index: number): Choice {
    const known = this.choices.get(index);
    if (known) return known;
    const choice: Choice = { sequence: new PartSequence(), calls: 0, stop: 'stop' };
    this.choices.set(index, choice);
    return choice;
  }

  private chunk(
    index: number,
    delta: JsonObject,
    reason: string | null = null,
    more: JsonObject = {},
  ): string {
    const choices = [{ index, delta, finish_reason: reason }];
    return writeEvent({ data: JSON.stringify({ ...this.head, choices, ...more }) });
  }

  /** It has no place for signatures. */
  private writePart(event: PartEvent): string {
    const choice = this.choice(event.candidate);
    switch (event.type) {
      case 'part_start':
        choice.part = { of: event.of, args: '' };
        return '';
      case 'delta':
        return this.writeDelta(event.candidate, choice.part!, event.text);
      case 'signature':
        return '';
      case 'part_end':
        return this.writePartEnd(event.candidate, choice);
    }
  }

  private writeDelta(candidate: number, part: Part, text: string): string {
    if (part.of.type === 'tool_call') {
      part.args += text;
      return '';
    }
    return this.chunk(candidate, { content: part.of.type === 'reasoning' ? [thinkingOf(text)] : text });
  }

  private writePartEnd(candidate: number, choice: Choice): string {
    const { of, args } = choice.part!;
    if (of.type !== 'tool_call') return '';
    const called = { name: of.name, arguments: args === '' ? '{}' : args };
    const call = { id: carryCallId(of), type: 'function', function: called, index: choice.calls++ };
    return this.chunk(candidate, { content: '', tool_calls: [call] });
  }

  private writeEnd(): string {
    const usage = writeUsage(this.usage);
    const ends = [...this.choices].map(([index, { stop }]) =>
      this.chunk(index, { content: '' }, writeStop(stop, false), { usage }),
    );
    return `${ends.join('')}data: [DONE]\n\n`;
  }
}
