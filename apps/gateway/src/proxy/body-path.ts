import { type Duplex } from 'node:stream';
import { Problem } from '@gatehouse/http';
import type { AnswerHead } from '../calls/answer.js';
import type { Call } from '../calls/call.js';
import { ObservingStream } from '../policies/observing-stream.js';
import { bodyLimitOf, type PolicyChain } from '../policies/policy-chain.js';
import { decodeBody } from './decode-body.js';
import { endChunks, sendChunk } from './send-chunk.js';
import { hasNoBody, sendHead } from './send-head.js';

/** The way of an answer's body to the caller. */
export interface BodyPath {
  /** @returns false: hold what comes next until `resume` was called */
  write(chunk: Buffer): boolean;
  end(trailers: readonly string[]): void;
  /** The body broke off: what the caller has must not look like a whole answer. */
  fail(error: Error): void;
}

/**
 * The way that the policies ask for: straight, through streams, or read whole and changed. Sends the head, now or when the
 * body is known.
 * @param chain the policies that see it
 * @param resume called when more may be written
 */
export function bodyPath(call: Call, head: AnswerHead, chain: PolicyChain, resume: () => void): BodyPath {
  if (hasNoBody(call.method, head.status)) return straight(call, head, resume);
  const readers = readersOf(chain, call, head);
  if (readers) return new WholeBody(call, head, chain, readers, resume);
  const streams = streamsOf(chain, call, head);
  if (streams.length === 0) return straight(call, head, resume);
  return throughStreams(call, head, streams, resume);
}

function readersOf({ responseBody }: PolicyChain, call: Call, head: AnswerHead) {
  if (!responseBody) return undefined;
  const readers = responseBody.filter((one) => one.wantsResponseBody?.(call, head) ?? true);
  return readers.length > 0 ? readers : undefined;
}

function streamsOf({ responseStream }: PolicyChain, call: Call, head: AnswerHead): Duplex[] {
  return responseStream?.flatMap((one) => one.onResponseStream(call, head) ?? []) ?? [];
}

function straight(call: Call, head: AnswerHead, resume: () => void): BodyPath {
  const { response } = call;
  sendHead(call, head.status, head.headers.pairs);
  response.on('drain', resume);
  return {
    write: (chunk) => sendChunk(call, chunk),
    end: (trailers) => endAnswer(call, trailers),
    fail: () => call.breakOff(),
  };
}

/** Trailers go to whoever can take them: HTTP/2, and chunked HTTP/1.1 (RFC 9110 §6.5). */
export function endAnswer(call: Call, trailers: readonly string[]): void {
  const { response } = call;
  if (trailers.length > 0 && !response.writableEnded) {
    const members: Record<string, string> = {};
    for (let i = 0; i < trailers.length; i += 2) members[trailers[i]!] = trailers[i + 1]!;
    response.addTrailers(members);
  }
  endChunks(call);
}

function throughStreams(call: Call, head: AnswerHead, streams: Duplex[], resume: () => void): BodyPath {
  if (streams.some(changesLength)) head.headers.delete('content-length');
  const out = straight(call, head, () => last.resume());
  const [first, last] = [streams[0]!, streams.at(-1)!];
  const fail = (error: Error) => {
    for (const stream of streams) stream.destroy();
    out.fail(error);
  };
  for (const stream of streams) stream.on('error', fail);
  for (let i = 1; i < streams.length; i++) streams[i - 1]!.pipe(streams[i]!);
  let trailers: readonly string[] = [];
  last.on('data', (chunk: Buffer) => {
    if (!out.write(chunk)) last.pause();
  });
  last.on('end', () => out.end(trailers));
  first.on('drain', resume);
  call.response.once('close', () => {
    for (const stream of streams) stream.destroy();
  });
  return {
    write: (chunk) => first.write(chunk),
    end: (some) => {
      trailers = some;
      first.end();
    },
    fail,
  };
}

function changesLength(stream: Duplex): boolean {
  return !(stream instanceof ObservingStream);
}

class WholeBody implements BodyPath {
  private readonly chunks: Buffer[] = [];
  private readonly limit: number;
  private bytes = 0;
  private refused = false;

  constructor(
    private readonly call: Call,
    private readonly head: AnswerHead,
    private readonly chain: PolicyChain,
    private readonly readers: NonNullable<PolicyChain['responseBody']>,
    private readonly resume: () => void,
  ) {
    this.limit = bodyLimitOf(readers);
  }

  write(chunk: Buffer): boolean {
    if (this.refused) return true;
    this.bytes += chunk.length;
    if (this.bytes <= this.limit) this.chunks.push(chunk);
    else this.refuse(new Problem(502, 'The answer is larger than the policies of this route read.'));
    return true;
  }

  end(trailers: readonly string[]): void {
    if (this.refused) return;
    this.changed()
      .then((body) => this.send(body, trailers))
      .catch((error: Error) => this.refuse(error));
  }

  fail(error: Error): void {
    this.refuse(new Problem(502, `The upstream broke off: ${error.message}`));
  }

  private async changed(): Promise<Buffer> {
    let body = await this.decoded(Buffer.concat(this.chunks));
    for (const reader of this.readers) body = await reader.onResponseBody(this.call, this.head, body);
    return body;
  }

  /** An upstream may encode its answer although it was asked not to. */
  private async decoded(body: Buffer): Promise<Buffer> {
    const { headers } = this.head;
    const encoding = headers.all('content-encoding').join(',');
    headers.delete('content-encoding');
    return decodeBody(body, encoding, this.limit).catch((error: Error) => {
      throw new Problem(502, 'The encoding of the answer cannot be undone.', { cause: error });
    });
  }

  private send(body: Buffer, trailers: readonly string[]): void {
    const { call, head } = this;
    if (call.response.headersSent || call.gone) return;
    head.headers.set('content-length', String(body.length));
    const streams = streamsOf(this.chain, call, head);
    const path =
      streams.length > 0
        ? throughStreams(call, head, streams, this.resume)
        : straight(call, head, this.resume);
    if (body.length > 0) path.write(body);
    path.end(trailers);
  }

  /** Once: the refusal itself is on its way then. What else the upstream has to say, nobody reads. */
  private refuse(error: Error): void {
    this.refused = true;
    this.call.pending?.abandon();
    this.call.refuse(error);
  }
}
