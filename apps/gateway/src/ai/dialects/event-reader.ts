import type { AiError, ChatEvent } from './chat.js';
import type { ServerSentEvent } from '../../wire/event-stream.js';
import type { StreamReader } from './dialect.js';
import { countOf, parseObject, type JsonObject } from '../../wire/json.js';

const CUT: AiError = {
  status: 502,
  message: 'The provider’s stream ended before the answer did',
  code: 'upstream_stream_cut',
};

const UNREADABLE: AiError = {
  status: 502,
  message: 'The provider sent an event that cannot be read',
  code: 'upstream_answer_unreadable',
};

/** More than any API gives. */
const MAX_CANDIDATES = 1_024;

/** What readers of all dialects have in common: they collect what an event means, and say one end. */
export abstract class EventReader implements StreamReader {
  protected ended = false;
  private events: ChatEvent[] = [];

  protected abstract readBody(body: JsonObject): void;
  /** Whether an end of the connection is that of the answer too. */
  protected abstract isWhole(): boolean;

  read({ data }: ServerSentEvent): readonly ChatEvent[] {
    if (this.ended) return [];
    if (data.trim() === '[DONE]') this.done();
    else this.readData(parseObject(data));
    return this.taken();
  }

  end(): readonly ChatEvent[] {
    if (this.ended) return [];
    if (this.isWhole()) this.finish();
    else this.fail(CUT);
    return this.taken();
  }

  /** OpenAI's mark of a stream's end. */
  protected done(): void {}

  protected emit(event: ChatEvent): void {
    this.events.push(event);
  }

  protected finish(): void {
    this.ended = true;
    this.events.push({ type: 'end' });
  }

  protected fail(error: AiError): void {
    this.ended = true;
    this.events.push({ type: 'error', error });
  }

  /** The number of a candidate, from which lists are made. @returns undefined where it is none: then the stream has failed */
  protected candidateIndex(value: unknown): number | undefined {
    const index = countOf(value) ?? 0;
    if (Number.isInteger(index) && index < MAX_CANDIDATES) return index;
    this.fail(UNREADABLE);
    return undefined;
  }

  private readData(body: JsonObject | undefined): void {
    if (body) this.readBody(body);
    else this.fail(UNREADABLE);
  }

  private taken(): readonly ChatEvent[] {
    const { events } = this;
    this.events = [];
    return events;
  }
}
