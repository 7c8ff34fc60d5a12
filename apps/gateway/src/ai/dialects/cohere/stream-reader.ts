import { CandidateStream } from '../candidate-stream.js';
import { EventReader } from '../event-reader.js';
import { maskKeys, readStreamError } from '../provider-error.js';
import { argumentsText } from '../tool-arguments.js';
import { countOf, objectOf, textOf, type JsonObject } from '../../../wire/json.js';
import { readStop } from './stop-reason.js';
import { readUsage } from './usage.js';

export class CohereStreamReader extends EventReader {
  private readonly parts = new CandidateStream(0, (event) => this.emit(event));
  /** The parts that contents and calls are: both are numbered from 0. */
  private readonly contents = new Map<number, number>();
  private readonly calls = new Map<number, number>();

  constructor(private readonly model = '') {
    super();
  }

  protected isWhole(): boolean {
    return this.parts.stopped;
  }

  protected readBody(event: JsonObject): void {
    const delta = objectOf(event.delta) ?? {};
    const message = objectOf(delta.message) ?? {};
    const index = countOf(event.index) ?? 0;
    switch (event.type) {
      case 'message-start':
        this.emit({ type: 'start', id: textOf(event.id) ?? '', model: this.model });
        return;
      case 'content-start':
      case 'content-delta':
        return this.growContent(index, objectOf(message.content) ?? {});
      case 'content-end':
        return this.finishPart(this.contents.get(index));
      case 'tool-plan-delta':
        this.parts.flow('text', textOf(message.tool_plan) ?? '');
        return;
      case 'tool-call-start':
      case 'tool-call-delta':
        return this.growCall(index, objectOf(message.tool_calls) ?? {});
      case 'tool-call-end':
        return this.finishPart(this.calls.get(index));
      case 'message-end':
        return this.endMessage(delta);
      default:
        // An error in a stream has no type, but a message.
        if (event.type === undefined && textOf(event.message) !== undefined)
          this.fail(readStreamError(event));
    }
  }

  private growContent(index: number, { type, text, thinking }: JsonObject): void {
    const isThought = type === 'thinking' || typeof thinking === 'string';
    const part = this.contents.get(index) ?? this.parts.begin({ type: isThought ? 'reasoning' : 'text' });
    this.contents.set(index, part);
    this.parts.grow(part, textOf(text) ?? textOf(thinking) ?? '');
  }

  private growCall(index: number, { id, function: called }: JsonObject): void {
    const { name, arguments: args } = objectOf(called) ?? {};
    if (textOf(id) && textOf(name)) {
      this.parts.pause();
      this.calls.set(index, this.parts.begin({ type: 'tool_call', id: textOf(id)!, name: textOf(name)! }));
    }
    const part = this.calls.get(index);
    if (part !== undefined) this.parts.grow(part, argumentsText(args));
  }

  private finishPart(part: number | undefined): void {
    if (part !== undefined) this.parts.finish(part);
  }

  private endMessage(delta: JsonObject): void {
    const reason = textOf(delta.finish_reason) ?? '';
    const stop = readStop(reason);
    if (!stop) {
      const message = maskKeys((textOf(delta.error) ?? `The model failed: ${reason}`).slice(0, 2_000));
      this.fail({ status: 502, message, code: reason.toLowerCase() });
      return;
    }
    this.parts.stop(stop);
    const usage = readUsage(delta.usage);
    if (usage) this.emit({ type: 'usage', usage });
    this.finish();
  }
}
