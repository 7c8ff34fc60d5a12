import type { AnswerHandler, UpstreamRequest } from '../upstream.js';

/** What of a request goes over the wire. */
export type WireRequest = Pick<UpstreamRequest, 'method' | 'headers' | 'body'>;

/** The way to one target: its connections, and who waits for one. */
export interface Transport {
  /** Connections there are, busy or not. */
  readonly open: number;
  /** Calls that wait for a connection. */
  readonly pending: number;
  /** @param path with the target's base path */
  send(request: WireRequest, path: string, handler: AnswerHandler): void;
  /** Takes nothing new; what runs, and what waits already, is finished. */
  close(): void;
}

/** Who is told what became of each request: the target. */
export interface Witness {
  /** Whether `answered` is to be told how long it took. */
  readonly timed: boolean;
  /** A head came. @param ms since the request was given to a connection; 0 where nobody asks */
  answered(status: number, ms: number): void;
  /** The upstream failed, before the head or after it. */
  failed(error: Error): void;
  /** It is over, whichever way: once for each request. */
  ended(): void;
}

/** Where the server is and how it is spoken to. */
export interface Endpoint {
  /** Scheme, host and port, as a URL has them: `Host` and `:authority` follow from it. */
  readonly origin: string;
  /** For the certificate and SNI; empty with plaintext. */
  readonly serverName: string;
}

/** In milliseconds. */
export interface TransportTimeouts {
  readonly connect: number;
  readonly response: number;
  readonly idle: number;
}

export interface TransportLimits {
  readonly connections: number;
  readonly pending: number;
  readonly pendingMs: number;
  readonly idleConnectionMs: number;
}
