import { createParser } from 'eventsource-parser';

/** One event of a server-sent stream. */
export interface ServerSentEvent {
  readonly event?: string | undefined;
  readonly data: string;
}

/** Characters of one event: more than any answer has, and few enough for many streams at once. */
const MAX_EVENT_SIZE = 8 * 1024 * 1024;

/** An event that is too large. */
export class EventStreamError extends Error {}

/** Reads server-sent events from bytes, however they are cut. */
export class EventStreamParser {
  private readonly decoder = new TextDecoder();
  private events: ServerSentEvent[] = [];
  private tooLarge = false;

  private readonly parser;

  constructor(private readonly maxEventSize = MAX_EVENT_SIZE) {
    this.parser = createParser({
      maxBufferSize: maxEventSize,
      onEvent: ({ event, data }) => {
        if (data.length > maxEventSize) this.tooLarge = true;
        else this.events.push(event === undefined ? { data } : { event, data });
      },
      // Unknown fields and bad retry values are ignored, as the standard has it.
      onError: (error) => {
        if (error.type === 'max-buffer-size-exceeded') this.tooLarge = true;
      },
    });
  }

  /** @throws EventStreamError; then the parser is of no further use */
  push(chunk: Uint8Array): readonly ServerSentEvent[] {
    return this.feed(this.decoder.decode(chunk, { stream: true }));
  }

  /** What an end without an empty line leaves: the standard drops it, but some servers end so. */
  end(): readonly ServerSentEvent[] {
    return this.feed(`${this.decoder.decode()}\n\n`);
  }

  private feed(text: string): readonly ServerSentEvent[] {
    if (!this.tooLarge) this.parser.feed(text);
    if (this.tooLarge) throw new EventStreamError(`An event is larger than ${this.maxEventSize} characters`);
    const events = this.events;
    this.events = [];
    return events;
  }
}

export function writeEvent({ event, data }: ServerSentEvent): string {
  const name = event === undefined ? '' : `event: ${event}\n`;
  return `${name}data: ${data.split(/\r\n|\r|\n/).join('\ndata: ')}\n\n`;
}

/** Keeps a connection awake; every parser ignores it. */
export const COMMENT = ': ping\n\n';
