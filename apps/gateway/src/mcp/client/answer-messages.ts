import { EventStreamParser, type ServerSentEvent } from '../../wire/event-stream.js';
import { isObject, type JsonObject } from '../../wire/json.js';
import type { PostedAnswer } from './posted-answer.js';

/** What nests deeper can be read by many, and written by few: `JSON.stringify` has no more stack at some thousand. */
const MAX_DEPTH = 256;

/** What a server answered cannot be read. */
export class UnreadableAnswer extends Error {}

/**
 * The messages of an answer, in order.
 * @param limit bytes of all of it
 * @param hide takes out of the text what callers must not see
 * @throws UnreadableAnswer
 */
export async function* answerMessages(
  { head, body }: PostedAnswer,
  limit: number,
  hide: (text: string) => string,
): AsyncGenerator<JsonObject> {
  const { contentType } = await head;
  if (contentType === 'application/json') {
    const chunks: Buffer[] = [];
    for await (const chunk of bounded(body, limit)) chunks.push(chunk);
    yield messageOf(hide(Buffer.concat(chunks).toString()));
    return;
  }
  for await (const { data } of eventsOf(contentType, body, limit))
    if (data !== '') yield messageOf(hide(data));
}

/** The events of an answer, in order. @param limit bytes of all of it */
export async function* answerEvents(
  { head, body }: PostedAnswer,
  limit: number,
): AsyncGenerator<ServerSentEvent> {
  yield* eventsOf((await head).contentType, body, limit);
}

async function* eventsOf(
  contentType: string,
  body: AsyncIterable<Buffer>,
  limit: number,
): AsyncGenerator<ServerSentEvent> {
  if (contentType !== 'text/event-stream') throw new UnreadableAnswer(`It is of the type ${contentType}`);
  const events = new EventStreamParser(limit);
  for await (const chunk of bounded(body, limit)) yield* events.push(chunk);
  yield* events.end();
}

async function* bounded(body: AsyncIterable<Buffer>, limit: number): AsyncGenerator<Buffer> {
  let size = 0;
  for await (const chunk of body) {
    size += chunk.length;
    if (size > limit) throw new UnreadableAnswer(`It is larger than ${limit} bytes`);
    yield chunk;
  }
}

/** @throws UnreadableAnswer */
export function messageOf(text: string): JsonObject {
  let message: unknown;
  try {
    message = JSON.parse(text);
  } catch {
    throw new UnreadableAnswer('It is not JSON');
  }
  if (!isObject(message) || message.jsonrpc !== '2.0') throw new UnreadableAnswer('It is not JSON-RPC 2.0');
  if (nestsDeeper(message, MAX_DEPTH)) throw new UnreadableAnswer(`It nests more than ${MAX_DEPTH} deep`);
  return message;
}

function nestsDeeper(value: unknown, levels: number): boolean {
  if (typeof value !== 'object' || value === null) return false;
  return levels === 0 || Object.values(value).some((one) => nestsDeeper(one, levels - 1));
}
