import { Client, type buildConnector } from 'undici';
import type { AnswerHandler } from '../upstream.js';
import type { Connector } from './connector.js';
import { Http1Exchange } from './http1-exchange.js';
import type {
  Endpoint,
  Transport,
  TransportLimits,
  TransportTimeouts,
  WireRequest,
  Witness,
} from './transport.js';
import { WaitingLine } from './waiting-line.js';

const MAX_HEAD_BYTES = 65_536;
const ALPN = ['http/1.1'];

/** HTTP/1.1 to one target: one request at a time on each connection, the newest used first so that the others can idle out. */
export class Http1Transport implements Transport {
  open = 0;
  private readonly free: Connection[] = [];
  private readonly line: WaitingLine<Http1Exchange>;
  private readonly options: Client.Options;
  private closed = false;

  constructor(
    private readonly endpoint: Endpoint,
    private readonly connector: Connector,
    timeouts: TransportTimeouts,
    private readonly limits: TransportLimits,
    private readonly witness: Witness,
  ) {
    this.line = new WaitingLine(limits.pending, limits.pendingMs);
    const connect = (_: unknown, connected: buildConnector.Callback) => {
      connector.connect(ALPN, connected as Parameters<Connector['connect']>[1]);
    };
    this.options = {
      connect: connect as buildConnector.connector,
      pipelining: 1,
      headersTimeout: timeouts.response,
      bodyTimeout: timeouts.idle,
      keepAliveTimeout: limits.idleConnectionMs,
      keepAliveMaxTimeout: limits.idleConnectionMs,
      keepAliveTimeoutThreshold: Math.min(1_000, limits.idleConnectionMs / 2),
      maxHeaderSize: MAX_HEAD_BYTES,
    };
  }

  get pending(): number {
    return this.line.length;
  }

  send(request: WireRequest, path: string, handler: AnswerHandler): void {
    const exchange = new Http1Exchange(this, this.witness, request, path, handler, this.endpoint);
    const client = this.take() ?? this.another();
    if (client) return exchange.run(client);
    exchange.wait();
    this.line.join(exchange);
  }

  close(): void {
    this.closed = true;
    for (const client of this.free.splice(0)) this.drop(client);
  }

  /** A request is done, and its connection free, or about to close. */
  release(client: Connection): void {
    if (this.closed && this.line.length === 0) return this.drop(client);
    this.free.push(client);
    // Not before undici has done with this answer.
    if (this.line.length > 0) queueMicrotask(() => this.line.next()?.proceed());
  }

  drop(client: Connection): void {
    this.open--;
    client.close().catch(() => undefined);
    if (this.line.length > 0) queueMicrotask(() => this.line.next()?.proceed());
  }

  /** It was its turn. */
  proceed(exchange: Http1Exchange): void {
    const client = this.take() ?? this.another();
    if (client) exchange.run(client);
    else this.line.join(exchange);
  }

  /** @returns whether it was still waiting */
  forget(exchange: Http1Exchange): boolean {
    return this.line.leave(exchange);
  }

  private take(): Connection | undefined {
    const { free } = this;
    for (let client = free.pop(); client; client = free.pop()) {
      if (client.version === this.connector.version) return client;
      this.drop(client);
    }
    return undefined;
  }

  private another(): Connection | undefined {
    if (this.open >= this.limits.connections) return undefined;
    this.open++;
    const client = new Connection(this.endpoint.origin, this.options, this.connector.version);
    client.on('disconnect', () => {
      const index = this.free.indexOf(client);
      if (index < 0) return;
      this.free.splice(index, 1);
      this.drop(client);
    });
    return client;
  }
}

/** One connection, and the next one in its place when it breaks. */
export class Connection extends Client {
  constructor(
    origin: string,
    options: Client.Options,
    readonly version: number,
  ) {
    super(origin, options);
  }
}
