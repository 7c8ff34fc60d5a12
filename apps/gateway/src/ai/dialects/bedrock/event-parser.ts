import { crc32 } from 'node:zlib';
import { EventStreamCodec } from '@smithy/core/event-streams';
import { fromUtf8, toUtf8 } from '@smithy/core/serde';
import type { EventParser } from '../dialect.js';
import { EventStreamError, type ServerSentEvent } from '../../../wire/event-stream.js';

/** Length of the message, length of its headers, and the checksum of both: four bytes each. */
const PRELUDE = 12;
/** With the checksum of the message. */
const MIN_MESSAGE = PRELUDE + 4;
/** Larger than any event of an answer. */
const MAX_MESSAGE = 8 * 1_024 * 1_024;
const NAME = /^[A-Za-z]{1,64}$/;

const codec = new EventStreamCodec(toUtf8, fromUtf8);

/**
 * Reads `application/vnd.amazon.eventstream`, checksums and all. The name of an event and what it holds become one object,
 * as the members of Bedrock's unions: `{"messageStart": {"role": "assistant"}}`.
 */
export class BedrockEventParser implements EventParser {
  private rest = Buffer.alloc(0);

  push(chunk: Uint8Array): readonly ServerSentEvent[] {
    this.rest = this.rest.length === 0 ? Buffer.from(chunk) : Buffer.concat([this.rest, chunk]);
    const events: ServerSentEvent[] = [];
    for (let length = this.nextLength(); length !== undefined; length = this.nextLength()) {
      const event = eventOf(this.rest.subarray(0, length));
      if (event) events.push(event);
      this.rest = this.rest.subarray(length);
    }
    return events;
  }

  /** What is left was cut: the answer will be found not to be whole. */
  end(): readonly ServerSentEvent[] {
    return [];
  }

  /** Bytes of the next message; undefined: it is not there yet. */
  private nextLength(): number | undefined {
    const { rest } = this;
    if (rest.length < PRELUDE) return undefined;
    // A length is believed once it is known to have come as it was sent.
    if (crc32(rest.subarray(0, 8)) !== rest.readUInt32BE(8))
      throw new EventStreamError('A prelude is damaged');
    const length = rest.readUInt32BE(0);
    if (length < MIN_MESSAGE || length > MAX_MESSAGE)
      throw new EventStreamError(`A message of ${length} bytes`);
    return rest.length < length ? undefined : length;
  }
}

/** @returns undefined for what is no event of an answer */
function eventOf(message: Buffer): ServerSentEvent | undefined {
  const { headers, body } = decoded(message);
  const name = headers[':exception-type'] ?? headers[':event-type'] ?? headers[':error-code'];
  if (typeof name?.value !== 'string' || !NAME.test(name.value)) return undefined;
  if (headers[':message-type']?.value === 'error')
    return { data: failed(name.value, headers[':error-message']?.value) };
  return { data: `{"${name.value}":${toUtf8(body)}}` };
}

/** An error that has no body. */
function failed(code: string, message: unknown): string {
  return JSON.stringify({ [code]: { message: String(message ?? code) }, isError: true });
}

function decoded(message: Buffer) {
  try {
    return codec.decode(message);
  } catch (error) {
    throw new EventStreamError(`A message is damaged: ${String(error)}`);
  }
}
