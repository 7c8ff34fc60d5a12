import type { Dispatcher } from 'undici';
import type { AnswerHandler } from '../upstream.js';
import type { Connection, Http1Transport } from './http1-transport.js';
import { isUpstreamFault } from './upstream-fault.js';
import type { Endpoint, WireRequest, Witness } from './transport.js';
import type { Waiting } from './waiting-line.js';

type Raw = readonly (Buffer | string)[];

const NO_TRAILERS: Raw = [];

/**
 * One request on one connection. undici gets it as the options of the request, and as the handler of the answer: it is all
 * that is allocated here for a call.
 */
export class Http1Exchange implements Waiting {
  readonly method: Dispatcher.HttpMethod;
  readonly headers: string[];
  readonly body: WireRequest['body'];
  readonly origin: string;
  /** Pinned: undici would take it from a `Host` that the caller chose. */
  readonly servername: string;
  readonly blocking = false;
  private client: Connection | undefined;
  private startedAt = 0;

  constructor(
    private readonly transport: Http1Transport,
    private readonly witness: Witness,
    request: WireRequest,
    readonly path: string,
    private readonly handler: AnswerHandler,
    { origin, serverName }: Endpoint,
  ) {
    this.method = request.method as Dispatcher.HttpMethod;
    this.headers = request.headers;
    this.body = request.body;
    this.origin = origin;
    this.servername = serverName;
  }

  run(client: Connection): void {
    this.client = client;
    if (this.witness.timed) this.startedAt = performance.now();
    client.dispatch(
      this as unknown as Dispatcher.DispatchOptions,
      this as unknown as Dispatcher.DispatchHandler,
    );
  }

  /** There is no connection yet, but the caller may go. */
  wait(): void {
    this.handler.onStart((reason) => {
      if (this.transport.forget(this)) this.giveUp(reason);
    });
  }

  proceed(): void {
    this.transport.proceed(this);
  }

  refuse(reason: Error): void {
    this.giveUp(reason);
  }

  onConnect(cancel: (reason: Error) => void): void {
    this.handler.onStart(cancel);
  }

  onHeaders(status: number, raw: Raw, resume: () => void): boolean {
    if (status < 200) return true;
    const { witness } = this;
    witness.answered(status, witness.timed ? performance.now() - this.startedAt : 0);
    return this.handler.onHead(status, raw, resume);
  }

  onData(chunk: Buffer): boolean {
    return this.handler.onData(chunk);
  }

  onComplete(trailers: Raw | null): void {
    this.transport.release(this.client!);
    this.witness.ended();
    this.handler.onEnd(trailers ?? NO_TRAILERS);
  }

  onError(error: Error): void {
    this.transport.drop(this.client!);
    if (isUpstreamFault(error, this)) this.witness.failed(error);
    this.witness.ended();
    this.handler.onError(error);
  }

  /** Before it had a connection. */
  private giveUp(reason: Error): void {
    this.witness.ended();
    this.handler.onError(reason);
  }
}
