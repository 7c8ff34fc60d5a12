import http2, {
  type ClientHttp2Stream,
  type IncomingHttpHeaders,
  type OutgoingHttpHeaders,
} from 'node:http2';
import { Readable } from 'node:stream';
import { Problem } from '@gatehouse/http';
import { errors } from 'undici';
import type { AnswerHandler } from '../upstream.js';
import { splitTrailersOnly } from './grpc-trailers.js';
import type { Http2Connection, Http2Transport } from './http2-transport.js';
import type { WireRequest } from './transport.js';
import { isUpstreamFault, markUnsent } from './upstream-fault.js';
import type { Waiting } from './waiting-line.js';

const { NGHTTP2_CANCEL, NGHTTP2_FLAG_END_STREAM, NGHTTP2_NO_ERROR, NGHTTP2_REFUSED_STREAM } = http2.constants;

/** Lists (RFC 9110 §5.6.1) of which Node sends one field only. */
const LISTS = new Set(['content-encoding', 'content-language', 'if-match', 'if-none-match']);
/** The connection has gone in the meantime, or takes no more streams: the request itself may be good. */
const OF_THE_SESSION = new Set([
  'ERR_HTTP2_GOAWAY_SESSION',
  'ERR_HTTP2_INVALID_SESSION',
  'ERR_HTTP2_OUT_OF_STREAMS',
]);

type Raw = readonly string[];

/** One request on a stream of its own. Body and answer flow at the same time. */
export class Http2Exchange implements Waiting {
  private connection: Http2Connection | undefined;
  private stream: ClientHttp2Stream | undefined;
  private headTimer: NodeJS.Timeout | undefined;
  private trailers: Raw = [];
  private over = false;
  private startedAt = 0;

  constructor(
    private readonly transport: Http2Transport,
    private readonly request: WireRequest,
    private readonly path: string,
    private readonly handler: AnswerHandler,
  ) {}

  wait(): void {
    this.handler.onStart((reason) => {
      this.transport.forget(this);
      this.fail(reason);
    });
  }

  proceed(): void {
    this.transport.place(this);
  }

  refuse(reason: Error): void {
    this.fail(reason);
  }

  run(connection: Http2Connection): void {
    if (this.over) return;
    const { body } = this.request;
    const { timeouts } = this.transport;
    let stream: ClientHttp2Stream;
    connection.streams++;
    this.connection = connection;
    try {
      stream = connection.session.request(this.head(), { endStream: body === null });
    } catch (error) {
      return this.fail(unsent(error as Error));
    }
    this.stream = stream;
    this.startedAt = performance.now();
    this.headTimer = setTimeout(() => this.late(), timeouts.response);
    this.listen(stream);
    this.handler.onStart((reason) => this.fail(reason));
    if (Buffer.isBuffer(body)) stream.end(body);
    else if (body) this.upload(body, stream);
  }

  /** The time for the head begins anew with each piece that the upstream takes, the last among them. */
  private upload(body: Readable, stream: ClientHttp2Stream): void {
    body.once('error', (error) => this.fail(error));
    body.on('data', () => this.headTimer!.refresh());
    body.once('end', () => this.headTimer!.refresh());
    body.pipe(stream);
  }

  private head(): OutgoingHttpHeaders {
    const { origin } = this.transport.endpoint;
    const head: OutgoingHttpHeaders & Record<string, string | string[]> = {
      // Any name may come: without a prototype, none is there already.
      __proto__: null as never,
      ':method': this.request.method,
      ':scheme': origin.startsWith('https') ? 'https' : 'http',
      ':authority': origin.slice(origin.indexOf('//') + 2),
      ':path': this.path,
    };
    const { headers } = this.request;
    for (let i = 0; i < headers.length; i += 2) {
      const name = headers[i] === 'host' ? ':authority' : headers[i]!;
      const known = head[name];
      if (known === undefined || name === ':authority') head[name] = headers[i + 1]!;
      else if (LISTS.has(name)) head[name] = `${String(known)}, ${headers[i + 1]!}`;
      else head[name] = [...[known].flat(), headers[i + 1]!];
    }
    return head;
  }

  private listen(stream: ClientHttp2Stream): void {
    stream.on('response', (headers: IncomingHttpHeaders, flags: number, raw: unknown) => {
      // Pseudo-header fields come first (RFC 9113 §8.3).
      const fields = (raw as Raw).slice(2);
      const alone = (flags & NGHTTP2_FLAG_END_STREAM) !== 0 && headers['grpc-status'] !== undefined;
      const { head, trailers } = alone
        ? splitTrailersOnly(fields)
        : { head: fields, trailers: this.trailers };
      this.trailers = trailers;
      this.answered(Number(headers[':status']), head);
    });
    stream.on('data', (chunk: Buffer) => {
      this.handle(() => {
        if (!this.over && !this.handler.onData(chunk)) stream.pause();
      });
    });
    stream.on('trailers', (_headers: IncomingHttpHeaders, _flags: number, raw: unknown) => {
      this.trailers = raw as Raw;
    });
    stream.on('end', () => this.ended());
    stream.on('timeout', () => this.idle(stream));
    stream.on('error', (error) => this.broke(error));
    stream.on('close', () => this.broke(new errors.SocketError('the upstream closed the stream')));
  }

  private answered(status: number, raw: Raw): void {
    if (this.over) return;
    const { witness, timeouts } = this.transport;
    clearTimeout(this.headTimer);
    const stream = this.stream!;
    stream.setTimeout(timeouts.idle);
    witness.answered(status, performance.now() - this.startedAt);
    const resume = () => {
      if (!stream.isPaused()) return;
      stream.setTimeout(timeouts.idle);
      stream.resume();
    };
    this.handle(() => {
      if (!this.handler.onHead(status, raw, resume)) stream.pause();
    });
  }

  /** What a handler throws ends its exchange: out of an event of the stream it would end the process. */
  private handle(step: () => void): void {
    try {
      step();
    } catch (error) {
      this.fail(error as Error);
    }
  }

  /** Nothing came for long; where the caller does not read, nothing was let through. */
  private idle(stream: ClientHttp2Stream): void {
    if (stream.isPaused()) stream.setTimeout(this.transport.timeouts.idle);
    else this.fail(new errors.BodyTimeoutError());
  }

  private ended(): void {
    if (this.over) return;
    this.finish();
    // RFC 9113 §8.1: the answer is whole; of the request, nobody needs the rest.
    if (!this.stream!.writableEnded) this.stream!.close(NGHTTP2_NO_ERROR);
    try {
      this.handler.onEnd(this.trailers);
    } catch (error) {
      this.handler.onError(error as Error);
    }
  }

  private broke(error: Error): void {
    if (this.stream!.rstCode === NGHTTP2_REFUSED_STREAM) markUnsent(error);
    this.fail(error);
  }

  private late(): void {
    const { body } = this.request;
    // The upstream would take more; it is the caller who is late.
    if (body instanceof Readable && !body.readableEnded && !this.stream!.writableNeedDrain)
      return void this.headTimer!.refresh();
    this.transport.probe(this.connection!);
    this.fail(new errors.HeadersTimeoutError());
  }

  private fail(error: Error): void {
    if (this.over) return;
    if (isUpstreamFault(error, this.request)) this.transport.witness.failed(error);
    this.finish();
    this.stream?.close(NGHTTP2_CANCEL);
    this.handler.onError(error);
  }

  private finish(): void {
    this.over = true;
    clearTimeout(this.headTimer);
    const { body } = this.request;
    // As undici does: what is left of the body, nobody reads.
    if (this.stream && body && !Buffer.isBuffer(body)) body.destroy();
    if (this.connection) this.transport.release(this.connection);
    this.transport.witness.ended();
  }
}

/** RFC 9110 §5.3: of what is no list, there is one field; a request with more is nothing that another try would mend. */
function unsent(error: Error): Error {
  if (OF_THE_SESSION.has((error as NodeJS.ErrnoException).code ?? '')) return markUnsent(error);
  return new Problem(400, 'The request has fields that HTTP/2 cannot carry.', { cause: error });
}
