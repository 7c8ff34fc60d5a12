import { EventStreamError, type ServerSentEvent } from './event-stream.js';

/** Their media type. */
export const JSON_LINES = 'application/x-ndjson';

/** Characters of one line. */
const MAX_LINE = 8 * 1_024 * 1_024;

/** Reads lines of JSON (NDJSON) from bytes, however they are cut: each is the data of an event. */
export class JsonLinesParser {
  private readonly decoder = new TextDecoder();
  private rest = '';

  /** @throws EventStreamError; then the parser is of no further use */
  push(chunk: Uint8Array): readonly ServerSentEvent[] {
    const lines = (this.rest + this.decoder.decode(chunk, { stream: true })).split('\n');
    this.rest = lines.pop()!;
    if (this.rest.length > MAX_LINE)
      throw new EventStreamError(`A line is larger than ${MAX_LINE} characters`);
    return eventsOf(lines);
  }

  end(): readonly ServerSentEvent[] {
    const last = this.rest + this.decoder.decode();
    this.rest = '';
    return eventsOf([last]);
  }
}

function eventsOf(lines: readonly string[]): ServerSentEvent[] {
  return lines.filter((line) => line.trim() !== '').map((data) => ({ data }));
}
