import { Transform, type TransformCallback } from 'node:stream';
import type { BodyCheck } from '../calls/body-check.js';
import type { Call } from '../calls/call.js';
import { hasBody } from '../calls/has-body.js';
import { wholeBody } from '../calls/whole-body.js';
import type { UpstreamRequest } from '../upstreams/upstream.js';

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
    done(null, chunk);
  }
}

/**
 * A body that a guard answers for. What came last is held back until the whole was found good: without it the upstream
 * has no complete request, whichever way its end is told.
 */
class CheckedBody extends Transform {
  private held: Buffer | undefined;

  constructor(
    private readonly call: Call,
    private readonly check: BodyCheck,
  ) {
    super();
  }

  override _transform(chunk: Buffer, _encoding: BufferEncoding, done: TransformCallback): void {
    this.call.bytesIn += chunk.length;
    this.check.update(chunk);
    const { held } = this;
    this.held = chunk;
    done(null, held);
  }

  override _flush(done: TransformCallback): void {
    try {
      this.check.end();
    } catch (error) {
      return done(error as Error);
    }
    done(null, this.held);
  }
}

/** The body of the request, or null where it has none. */
export function requestBody(call: Call): Transform | null {
  const { raw, bodyCheck } = call;
  if (!hasBody(call)) {
    bodyCheck?.end();
    return null;
  }
  const body = bodyCheck ? new CheckedBody(call, bodyCheck) : new RequestBody(call);
  // The sender listens only while it sends: an error before (it waits for a connection) or after (the upstream has
  // answered early) would end the process.
  body.on('error', () => undefined);
  raw.once('error', (error) => body.destroy(error));
  // An HTTP/2 request that was reset ends like a whole one, and says that it is complete.
  raw.once('aborted', () => body.destroy(new Error('the caller went away')));
  raw.once('close', () => {
    if (!raw.complete) body.destroy(new Error('the caller went away'));
  });
  return raw.pipe(body);
}

/** A request of whose body nobody has read anything: it can still be read without making a stream of it. */
export class UnreadRequest implements UpstreamRequest {
  private stream: UpstreamRequest['body'] | undefined;

  constructor(
    readonly call: Call,
    readonly method: string,
    readonly path: string,
    readonly headers: string[],
  ) {}

  get body(): UpstreamRequest['body'] {
    return this.stream === undefined ? (this.stream = requestBody(this.call)) : this.stream;
  }

  /** @param limit bytes @throws Problem as `readWhole` */
  whole(limit: number): Promise<Buffer> {
    return readWhole(this.call, limit);
  }
}

/**
 * The whole body, where a policy or the end of a route needs it.
 * @param limit bytes
 * @throws Problem 413 when it is larger, 400 when it broke off
 */
export async function readWhole(call: Call, limit: number): Promise<Buffer> {
  const { bodyCheck } = call;
  const body = await wholeBody(call, limit, (chunk) => {
    call.bytesIn += chunk.length;
    bodyCheck?.update(chunk);
  });
  bodyCheck?.end();
  return body;
}
