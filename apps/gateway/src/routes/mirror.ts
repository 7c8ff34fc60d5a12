import { type Readable, Transform, type TransformCallback } from 'node:stream';
import type { OutgoingRequest } from '../calls/answer.js';
import type { Call } from '../calls/call.js';
import { HeaderList } from '../calls/header-list.js';
import type { AnswerHandler, Upstream } from '../upstreams/upstream.js';
import type { MirrorDefinition } from './mirror-definition.js';
import type { Route } from './route-table.js';

/** Tells the copy from the call; callers cannot send it. */
const MARK = 'x-gatehouse-mirror';

/** Sends copies of a route's calls elsewhere. What becomes of them touches neither the calls nor the memory. */
export function compileMirror(
  definition: MirrorDefinition,
  upstream: Upstream,
  route: string,
): NonNullable<Route['mirror']> {
  const { fraction, timeout, max_body: maxBody, max_concurrent: maxConcurrent } = definition;
  let running = 0;

  const send = (call: Call, request: OutgoingRequest, body: Buffer | null) => {
    running++;
    const copy = new Copy(call, timeout * 1_000, () => running--);
    const headers = [...request.headers.pairs, MARK, route];
    const { method, path, query } = request;
    try {
      upstream.send({ call: copy.call, method, path: path + query, headers, body }, copy);
    } catch {
      copy.onError();
    }
  };

  return (call, request, body) => {
    if (fraction < 1 && Math.random() >= fraction) return body;
    if (running >= maxConcurrent) return body;
    if (body === null || Buffer.isBuffer(body)) {
      if (body === null || body.length <= maxBody) send(call, request, body);
      return body;
    }
    if (Number(call.headers['content-length']) > maxBody) return body;
    // The call may change it for a try of its own.
    const own = { ...request, headers: new HeaderList([...request.headers.pairs]) };
    return tapped(body, maxBody, (whole) => {
      if (running < maxConcurrent) send(call, own, whole);
    });
  };
}

/** The answer to a copy: read and dropped, until it ends or its time is over. */
class Copy implements AnswerHandler {
  readonly call: Call;
  private readonly timer: NodeJS.Timeout;
  private readonly endings: (() => void)[] = [];
  private cancel: ((reason: Error) => void) | undefined;
  private over = false;

  constructor(
    original: Call,
    timeoutMs: number,
    private readonly onOver: () => void,
  ) {
    // Upstreams say in the call what they did with it; what they did with a copy is nobody's business.
    this.call = Object.assign(Object.create(original) as Call, {
      pending: undefined,
      atEnd: (work: () => void) => void this.endings.push(work),
      refuse: () => undefined,
    });
    this.timer = setTimeout(() => this.stop(), timeoutMs).unref();
  }

  onStart(cancel: (reason: Error) => void): void {
    this.cancel = cancel;
    if (this.over) cancel(LATE);
  }

  onHead(): boolean {
    return true;
  }

  onData(): boolean {
    return true;
  }

  onEnd(): void {
    this.finish();
  }

  onError(): void {
    this.finish();
  }

  private stop(): void {
    this.finish();
    this.cancel?.(LATE);
  }

  private finish(): void {
    if (this.over) return;
    this.over = true;
    clearTimeout(this.timer);
    this.onOver();
    for (const work of this.endings) work();
  }
}

const LATE = new Error('the copy has taken too long');

/** The body on its way, of which a copy is kept as long as it is small. */
function tapped(body: Readable, maxBody: number, whole: (copy: Buffer) => void): Readable {
  let chunks: Buffer[] | undefined = [];
  let bytes = 0;
  const tap = new Transform({
    transform(chunk: Buffer, _encoding: BufferEncoding, done: TransformCallback) {
      bytes += chunk.length;
      if (bytes > maxBody) chunks = undefined;
      chunks?.push(chunk);
      done(null, chunk);
    },
    flush(done: TransformCallback) {
      if (chunks) whole(Buffer.concat(chunks));
      done();
    },
  });
  // Whoever sends it listens only while it sends.
  tap.on('error', () => undefined);
  body.once('error', (error) => tap.destroy(error));
  body.once('close', () => {
    if (!body.readableEnded) tap.destroy(new Error('the body broke off'));
  });
  return body.pipe(tap);
}
