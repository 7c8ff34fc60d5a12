import { CandidateStream } from '../candidate-stream.js';
import type { AiError } from '../chat.js';
import { EventReader } from '../event-reader.js';
import { maskKeys } from '../provider-error.js';
import { countOf, objectOf, textOf, type JsonObject } from '../../../wire/json.js';
import { familyOf } from './family.js';
import { answerId } from './read-answer.js';
import { readStop } from './stop-reason.js';
import { readUsage } from './usage.js';

/** Exceptions that come within a stream, as statuses. */
const STATUS: Readonly<Record<string, number>> = {
  throttlingException: 429,
  validationException: 400,
  modelStreamErrorException: 502,
  internalServerException: 500,
  serviceUnavailableException: 503,
};

export class BedrockStreamReader extends EventReader {
  private readonly parts = new CandidateStream(0, (event) => this.emit(event));
  /** The part that a block is. */
  private readonly blocks = new Map<number, number>();

  constructor(private readonly model = '') {
    super();
  }

  protected isWhole(): boolean {
    return this.parts.stopped;
  }

  protected readBody(body: JsonObject): void {
    const [name, value] = Object.entries(body)[0] ?? [];
    const event = objectOf(value) ?? {};
    const index = countOf(event.contentBlockIndex) ?? 0;
    switch (name) {
      case 'messageStart':
        this.emit({ type: 'start', id: answerId(), model: this.model });
        return;
      case 'contentBlockStart':
        return this.beginBlock(index, objectOf(objectOf(event.start)?.toolUse));
      case 'contentBlockDelta':
        return this.growBlock(index, objectOf(event.delta) ?? {});
      case 'contentBlockStop':
        return this.finishBlock(index);
      case 'messageStop':
        return this.readStop(textOf(event.stopReason) ?? '');
      case 'metadata':
        return this.readMetadata(event);
      default:
        if (name?.endsWith('Exception') || body.isError === true) this.fail(errorOf(name!, event));
    }
  }

  /** Only calls of tools are said to begin. */
  private beginBlock(index: number, call: JsonObject | undefined): void {
    const id = textOf(call?.toolUseId);
    const name = textOf(call?.name);
    if (id && name) this.blocks.set(index, this.parts.begin({ type: 'tool_call', id, name }));
  }

  private growBlock(index: number, { text, toolUse, reasoningContent }: JsonObject): void {
    if (typeof text === 'string') this.parts.grow(this.block(index, 'text'), text);
    const reasoning = objectOf(reasoningContent);
    if (reasoning) this.growReasoning(index, reasoning);
    const call = this.blocks.get(index);
    const input = textOf(objectOf(toolUse)?.input);
    if (call !== undefined && input !== undefined) this.parts.grow(call, input);
  }

  private growReasoning(index: number, { text, signature, redactedContent }: JsonObject): void {
    const part = this.block(index, 'reasoning');
    if (typeof text === 'string') this.parts.grow(part, text);
    if (textOf(signature)) this.parts.sign(part, textOf(signature)!);
    if (textOf(redactedContent)) this.parts.sign(part, textOf(redactedContent)!, true);
  }

  private block(index: number, type: 'text' | 'reasoning'): number {
    const part = this.blocks.get(index);
    if (part !== undefined) return part;
    // Claude signs what it thinks, and wants it back; others do not.
    const isSigned = type === 'reasoning' && familyOf(this.model) === 'claude';
    const begun = this.parts.begin(isSigned ? { type, by: 'anthropic' } : { type });
    this.blocks.set(index, begun);
    return begun;
  }

  private finishBlock(index: number): void {
    const part = this.blocks.get(index);
    if (part !== undefined) this.parts.finish(part);
  }

  private readStop(reason: string): void {
    const stop = readStop(reason);
    if (!stop) this.fail(errorOf(reason, {}));
    else if (!this.parts.stopped) this.parts.stop(stop);
  }

  /** It comes last. */
  private readMetadata(event: JsonObject): void {
    const usage = readUsage(event.usage);
    if (usage) this.emit({ type: 'usage', usage });
    if (this.parts.stopped) this.finish();
  }
}

function errorOf(name: string, { message }: JsonObject): AiError {
  const text = maskKeys((textOf(message) ?? name).slice(0, 2_000));
  return { status: STATUS[name] ?? 502, message: text, code: name };
}
