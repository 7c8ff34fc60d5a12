import type { Candidate, ChatEvent, TokenUsage } from '../chat.js';
import type { DialectName, StreamWriter } from '../dialect.js';
import { writeEvent } from '../../../wire/event-stream.js';
import type { JsonObject } from '../../../wire/json.js';
import { PartSequence, type PartEvent } from '../part-sequence.js';
import { carryCallId, carrySignature } from '../signatures.js';
import { mergeUsage } from '../usage.js';
import { writeError } from './errors.js';
import { writeStop } from './stop-reason.js';
import { writeUsage, writeMessageUsage } from './usage.js';
import { messageHead } from './write-answer.js';

const DELTAS = {
  text: (text: string) => ({ type: 'text_delta', text }),
  refusal: (text: string) => ({ type: 'text_delta', text }),
  reasoning: (thinking: string) => ({ type: 'thinking_delta', thinking }),
  tool_call: (partial_json: string) => ({ type: 'input_json_delta', partial_json }),
};

type PartStart = Extract<PartEvent, { type: 'part_start' }>['of'];

/** The block that is being told. That of reasoning begins late: only what follows says whether its text is withheld. */
interface Block {
  readonly type: PartStart['type'];
  readonly by?: DialectName;
  begun: boolean;
  signed: boolean;
}

export class AnthropicStreamWriter implements StreamWriter {
  private readonly sequence = new PartSequence();
  private index = -1;
  private block: Block = { type: 'text', begun: false, signed: false };
  private usage: TokenUsage = {};
  private stopped: Pick<Candidate, 'stop' | 'stopSequence'> = { stop: 'stop' };

  write(event: ChatEvent): string {
    switch (event.type) {
      case 'start':
        return this.writeStart(event);
      case 'part_start':
      case 'delta':
      case 'signature':
      case 'part_end':
        return [...this.sequence.take(event)].map((next) => this.writePart(next)).join('');
      case 'logprobs':
        return '';
      case 'stop':
        this.stopped = event;
        return '';
      case 'usage':
        this.usage = mergeUsage(this.usage, event.usage);
        return '';
      case 'ping':
        return told({ type: 'ping' });
      case 'end':
        return this.writeEnd();
      case 'error':
        return told(writeError(event.error));
    }
  }

  private writeStart(event: Extract<ChatEvent, { type: 'start' }>): string {
    const open = { content: [], stop_reason: null, stop_sequence: null, stop_details: null };
    const message = { ...messageHead(event), ...open, usage: writeMessageUsage(this.usage) };
    return told({ type: 'message_start', message });
  }

  /** What it used is known by now, and why it stopped. */
  private writeEnd(): string {
    const delta = { ...writeStop(this.stopped), container: null };
    const usage = writeUsage(this.usage);
    return told({ type: 'message_delta', delta, usage }) + told({ type: 'message_stop' });
  }

  private writePart(event: PartEvent): string {
    switch (event.type) {
      case 'part_start':
        return this.begin(event.of);
      case 'delta':
        return this.beginThinking() + this.delta(DELTAS[this.block.type](event.text));
      case 'signature':
        return this.writeSignature(event.signature, event.redacted);
      case 'part_end':
        return this.finish();
    }
  }

  private begin(of: PartStart): string {
    this.block = {
      type: of.type,
      by: of.type === 'reasoning' ? of.by : undefined,
      begun: false,
      signed: false,
    };
    if (of.type === 'reasoning') return '';
    if (of.type !== 'tool_call') return this.start({ type: 'text', text: '', citations: [] });
    return this.start({
      type: 'tool_use',
      id: carryCallId(of),
      name: of.name,
      input: {},
      caller: { type: 'direct' },
    });
  }

  private start(content_block: JsonObject): string {
    this.index++;
    this.block.begun = true;
    return told({ type: 'content_block_start', index: this.index, content_block });
  }

  private beginThinking(): string {
    return this.block.begun ? '' : this.start({ type: 'thinking', thinking: '', signature: '' });
  }

  private delta(delta: JsonObject): string {
    return told({ type: 'content_block_delta', index: this.index, delta });
  }

  private writeSignature(signature: string, redacted?: boolean): string {
    this.block.signed = true;
    const carried = carrySignature({ by: this.block.by, signature }, 'anthropic')!;
    if (redacted && !this.block.begun) return this.start({ type: 'redacted_thinking', data: carried });
    return this.beginThinking() + this.delta({ type: 'signature_delta', signature: carried });
  }

  private finish(): string {
    if (!this.block.begun) return '';
    const { type, by, signed } = this.block;
    const carried = type === 'reasoning' && !signed ? carrySignature({ by }, 'anthropic') : undefined;
    const sign = carried === undefined ? '' : this.delta({ type: 'signature_delta', signature: carried });
    return sign + told({ type: 'content_block_stop', index: this.index });
  }
}

/** The SDKs go by the event's name, which is its type. */
function told(body: JsonObject): string {
  return writeEvent({ event: body.type as string, data: JSON.stringify(body) });
}
