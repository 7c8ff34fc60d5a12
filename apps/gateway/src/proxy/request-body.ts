import type { IncomingMessage } from 'node:http';
import type { Http2ServerRequest } from 'node:http2';
import { Transform, type TransformCallback } from 'node:stream';
import { Problem } from '@gatehouse/http';
import type { Call } from '../calls/call.js';

/**
 * The body of a request on its way, counted. A stream of its own: whoever sends it destroys it when the upstream fails, and
 * the caller is still to be answered.
 */
class RequestBody extends Transform {
  constructor(private readonly call: Call) {
    super();
  }

  override _transform(chunk: Buffer, _encoding: BufferEncoding, done: TransformCallback): void {
    this.call.bytesIn += chunk.length;
    this.call.bodyCheck?.update(chunk);
    done(null, chunk);
  }

  override _flush(done: TransformCallback): void {
    try {
      this.call.bodyCheck?.end();
      done();
    } catch (error) {
      done(error as Error);
    }
  }
}

/** Whether the request has a body (RFC 9112 §6.3, RFC 9113 §8.1). */
export function hasBody({ raw }: Call): boolean {
  const { headers } = raw;
  const length = headers['content-length'];
  if (raw.httpVersionMajor === 2) return length !== '0' && !endsAfterHeaders(raw);
  return (length !== undefined && length !== '0') || headers['transfer-encoding'] !== undefined;
}

function endsAfterHeaders(raw: IncomingMessage): boolean {
  return (raw as unknown as Http2ServerRequest).stream.endAfterHeaders;
}

/** The body of the request, or null where it has none. */
export function requestBody(call: Call): Transform | null {
  if (!hasBody(call)) {
    call.bodyCheck?.end();
    return null;
  }
  const { raw } = call;
  const body = new RequestBody(call);
  // The sender listens only while it sends: an error before (it waits for a connection) or after (the upstream has
  // answered early) would end the process.
  body.on('error', () => undefined);
  raw.once('error', (error) => body.destroy(error));
  raw.once('close', () => {
    if (!raw.complete) body.destroy(new Error('the caller went away'));
  });
  return raw.pipe(body);
}

/**
 * The whole body, where a policy needs it.
 * @param limit bytes
 * @throws Problem 413 when it is larger, 400 when it broke off
 */
export async function readWhole(call: Call, limit: number): Promise<Buffer> {
  if (!hasBody(call)) {
    call.bodyCheck?.end();
    return Buffer.alloc(0);
  }
  const tooLarge = () => new Problem(413, `The body of the request is larger than ${limit} bytes.`);
  if (Number(call.headers['content-length']) > limit) throw tooLarge();
  const chunks: Buffer[] = [];
  try {
    // Left alive: the caller is still to be told what was wrong.
    for await (const chunk of call.raw.iterator({ destroyOnReturn: false }) as AsyncIterable<Buffer>) {
      call.bytesIn += chunk.length;
      if (call.bytesIn > limit) throw tooLarge();
      call.bodyCheck?.update(chunk);
      chunks.push(chunk);
    }
  } catch (error) {
    if (error instanceof Problem) throw error;
    throw new Problem(400, 'The body of the request broke off.');
  }
  if (!call.raw.complete) throw new Problem(400, 'The body of the request broke off.');
  call.bodyCheck?.end();
  return Buffer.concat(chunks);
}
