import http2, { type ClientHttp2Session } from 'node:http2';
import type { Socket } from 'node:net';
import { TLSSocket } from 'node:tls';
import { closeSoon } from '@gatehouse/http';
import type { AnswerHandler } from '../upstream.js';
import type { Connector } from './connector.js';
import { Http2Exchange } from './http2-exchange.js';
import type {
  Endpoint,
  Transport,
  TransportLimits,
  TransportTimeouts,
  WireRequest,
  Witness,
} from './transport.js';
import { markUnsent } from './upstream-fault.js';
import { WaitingLine } from './waiting-line.js';

/** Streams that one connection takes, where the server allows as many. */
const STREAMS = 100;
const STREAM_WINDOW = 1_048_576;
const CONNECTION_WINDOW = 8_388_608;
const MAX_HEAD_BYTES = 65_536;
const PONG_MS = 2_000;

/** One connection and the streams on it. */
export interface Http2Connection {
  readonly session: ClientHttp2Session;
  /** Of the certificates it was made with. */
  readonly version: number;
  streams: number;
}

/** HTTP/2 to one target, in TLS or in plaintext (RFC 9113 §3.3): another connection when those there are have no room. */
export class Http2Transport implements Transport {
  private readonly connections: Http2Connection[] = [];
  private readonly line: WaitingLine<Http2Exchange>;
  /** Those for whom a connection is being made. */
  private readonly arriving = new Set<Http2Exchange>();
  private connecting = 0;
  private closed = false;

  constructor(
    readonly endpoint: Endpoint,
    private readonly connector: Connector,
    readonly timeouts: TransportTimeouts,
    private readonly limits: TransportLimits,
    readonly witness: Witness,
  ) {
    this.line = new WaitingLine(limits.pending, limits.pendingMs);
  }

  get open(): number {
    return this.connections.length;
  }

  get pending(): number {
    return this.line.length;
  }

  send(request: WireRequest, path: string, handler: AnswerHandler): void {
    this.place(new Http2Exchange(this, request, path, handler));
  }

  close(): void {
    this.closed = true;
    if (this.line.length > 0 || this.arriving.size > 0) return;
    for (const { session } of this.connections) session.close();
  }

  place(exchange: Http2Exchange): void {
    const connection = this.connections.find((one) => this.hasRoom(one));
    if (connection) return exchange.run(connection);
    exchange.wait();
    if (this.arriving.size < this.connecting * STREAMS) return void this.arriving.add(exchange);
    if (this.open + this.connecting >= this.limits.connections) return this.line.join(exchange);
    this.arriving.add(exchange);
    this.connect();
  }

  /** A stream is done. */
  release(connection: Http2Connection): void {
    connection.streams--;
    this.line.next()?.proceed();
    if (this.closed && this.line.length === 0 && connection.streams === 0) connection.session.close();
  }

  /** @returns whether it was still waiting */
  forget(exchange: Http2Exchange): boolean {
    return this.arriving.delete(exchange) || this.line.leave(exchange);
  }

  /** Nothing came for long: is there still somebody at the other end? */
  probe({ session }: Http2Connection): void {
    if (session.destroyed) return;
    const timer = setTimeout(() => session.destroy(), PONG_MS);
    try {
      session.ping(() => clearTimeout(timer));
    } catch {
      session.destroy();
    }
  }

  private connect(): void {
    this.connecting++;
    this.connector.connect(['h2'], (error, socket) => {
      this.connecting--;
      const fault = error ?? protocolFault(socket!);
      if (!fault) return this.connected(socket!);
      socket?.destroy();
      // Others may still come through; with none under way, nobody will.
      if (this.connecting === 0) for (const one of this.taken()) one.refuse(fault);
    });
  }

  private connected(socket: Socket): void {
    const session = http2.connect(this.endpoint.origin, {
      createConnection: () => socket,
      settings: { enablePush: false, initialWindowSize: STREAM_WINDOW, maxHeaderListSize: MAX_HEAD_BYTES },
    });
    // A session that is done ends its socket, and waits for as long as the server likes.
    socket.once('finish', () => closeSoon(socket));
    session.setLocalWindowSize(CONNECTION_WINDOW);
    const connection: Http2Connection = { session, version: this.connector.version, streams: 0 };
    session.on('error', () => undefined);
    session.on('close', () => {
      this.connections.splice(this.connections.indexOf(connection), 1);
      this.line.next()?.proceed();
    });
    session.setTimeout(this.limits.idleConnectionMs, () => {
      if (connection.streams === 0) session.close();
    });
    this.connections.push(connection);
    for (const exchange of this.taken()) this.place(exchange);
    while (this.line.length > 0 && this.hasRoom(connection)) this.line.next()!.proceed();
    if (this.closed) this.close();
  }

  private hasRoom({ session, streams, version }: Http2Connection): boolean {
    if (session.closed || session.destroyed) return false;
    if (version !== this.connector.version) {
      session.close();
      return false;
    }
    return streams < Math.min(STREAMS, session.remoteSettings?.maxConcurrentStreams ?? STREAMS);
  }

  private taken(): Http2Exchange[] {
    const all = [...this.arriving];
    this.arriving.clear();
    return all;
  }
}

function protocolFault(socket: Socket): Error | undefined {
  if (!(socket instanceof TLSSocket) || socket.alpnProtocol === 'h2') return undefined;
  return markUnsent(Object.assign(new Error('the upstream does not speak HTTP/2'), { code: 'ERR_ALPN' }));
}
