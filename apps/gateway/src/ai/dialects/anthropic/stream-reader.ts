import { CandidateStream } from '../candidate-stream.js';
import { EventReader } from '../event-reader.js';
import { countOf, objectOf, textOf, type JsonObject } from '../../../wire/json.js';
import { readStreamError } from '../provider-error.js';
import { readStop } from './stop-reason.js';
import { readServed, readUsage } from './usage.js';

export class AnthropicStreamReader extends EventReader {
  private readonly parts = new CandidateStream(0, (event) => this.emit(event));
  /** The part that a block is. */
  private readonly blocks = new Map<number, number>();
  /** As it was said last: an event may hold some of its members alone. */
  private usage: JsonObject = {};

  protected isWhole(): boolean {
    return this.parts.stopped;
  }

  protected readBody(event: JsonObject): void {
    switch (event.type) {
      case 'message_start':
        return this.start(objectOf(event.message) ?? {});
      case 'content_block_start':
        return this.beginBlock(countOf(event.index) ?? 0, objectOf(event.content_block) ?? {});
      case 'content_block_delta':
        return this.growBlock(this.blocks.get(countOf(event.index) ?? 0), objectOf(event.delta) ?? {});
      case 'content_block_stop':
        return this.finishBlock(this.blocks.get(countOf(event.index) ?? 0));
      case 'message_delta':
        this.readUsage(event.usage);
        return this.readStop(objectOf(event.delta) ?? {});
      case 'message_stop':
        if (!this.parts.stopped) this.parts.stop('stop');
        return this.finish();
      case 'ping':
        this.emit({ type: 'ping' });
        return;
      case 'error':
        return this.fail(readStreamError(event));
    }
  }

  private start(message: JsonObject): void {
    this.emit({ type: 'start', id: textOf(message.id) ?? '', model: textOf(message.model) ?? '' });
    this.readUsage(message.usage);
  }

  private readUsage(value: unknown): void {
    const said = Object.entries(objectOf(value) ?? {}).filter(([, count]) => count !== null);
    this.usage = { ...this.usage, ...Object.fromEntries(said) };
    const usage = readUsage(this.usage);
    if (usage && said.length > 0) this.emit({ type: 'usage', usage, tiers: readServed(this.usage) });
  }

  private beginBlock(index: number, block: JsonObject): void {
    const part = this.partOf(block);
    if (part !== undefined) this.blocks.set(index, part);
  }

  private partOf(block: JsonObject): number | undefined {
    const { parts } = this;
    switch (block.type) {
      case 'text':
        return this.beginWith({ type: 'text' }, textOf(block.text));
      case 'thinking': {
        const part = this.beginWith({ type: 'reasoning', by: 'anthropic' }, textOf(block.thinking));
        if (textOf(block.signature)) parts.sign(part, textOf(block.signature)!);
        return part;
      }
      case 'redacted_thinking': {
        const part = parts.begin({ type: 'reasoning', by: 'anthropic' });
        parts.sign(part, textOf(block.data) ?? '', true);
        return part;
      }
      case 'tool_use': {
        const input = objectOf(block.input) ?? {};
        // Some servers say all of it at once.
        const whole = Object.keys(input).length > 0 ? JSON.stringify(input) : undefined;
        const name = textOf(block.name) ?? '';
        return this.beginWith({ type: 'tool_call', id: textOf(block.id) ?? '', name }, whole);
      }
      default:
        return undefined;
    }
  }

  private beginWith(of: Parameters<CandidateStream['begin']>[0], text = ''): number {
    const part = this.parts.begin(of);
    this.parts.grow(part, text);
    return part;
  }

  private growBlock(part: number | undefined, delta: JsonObject): void {
    if (part === undefined) return;
    const text = textOf(delta.text) ?? textOf(delta.thinking) ?? textOf(delta.partial_json);
    if (text !== undefined) this.parts.grow(part, text);
    const signature = textOf(delta.signature);
    if (signature) this.parts.sign(part, signature);
  }

  private finishBlock(part: number | undefined): void {
    if (part !== undefined) this.parts.finish(part);
  }

  private readStop(delta: JsonObject): void {
    const reason = textOf(delta.stop_reason);
    if (reason && !this.parts.stopped) this.parts.stop(readStop(reason), textOf(delta.stop_sequence));
  }
}
