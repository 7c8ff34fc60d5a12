import type { Duplex, Readable } from 'node:stream';
import type { Call } from '../calls/call.js';

/** A request for an upstream, ready to be sent. */
export interface UpstreamRequest {
  readonly call: Call;
  readonly method: string;
  /** Below the upstream's base path: normalised path and query. */
  readonly path: string;
  /** Names in lower case and values, in turn; without hop-by-hop fields, `host` and framing. */
  readonly headers: string[];
  /** A buffer can be sent again; a stream only as long as nothing was read of it. */
  readonly body: Readable | Buffer | null;
}

/** What becomes of it. In order: start, head, data…, and then end or error; head, end and error at most once. */
export interface AnswerHandler {
  /**
   * Again with each try, and first of all where the request waits for a connection.
   * @param cancel ends the request, whichever state it is in; its reason has no `code`, by which it is no fault of the upstream
   */
  onStart(cancel: (reason: Error) => void): void;
  /** @param raw names and values in turn @param resume call it when data may flow again @returns false to hold data */
  onHead(status: number, raw: readonly (Buffer | string)[], resume: () => void): boolean;
  /** @returns false to hold what comes next until `resume` */
  onData(chunk: Buffer): boolean;
  /** @param trailers names and values in turn */
  onEnd(trailers: readonly (Buffer | string)[]): void;
  /** Before the head: there will be none. After it: the answer is broken. */
  onError(error: Error): void;
}

/** A request to switch to another protocol (RFC 9110 §7.8), such as `websocket`. */
export interface UpgradeRequest {
  readonly call: Call;
  readonly path: string;
  /** As in `UpstreamRequest`: `Connection` and `Upgrade` are added here. */
  readonly headers: string[];
  /** The value of `Upgrade`. */
  readonly protocol: string;
  /** Ends it, as long as there is no answer. */
  readonly signal?: AbortSignal;
}

/** The upstream switched: status 101, and nothing else. */
export interface Switched {
  readonly status: 101;
  /** Names and values in turn. */
  readonly headers: readonly string[];
  /** The caller of `upgrade` owns it from here on. */
  readonly socket: Duplex;
  /** What came with the head already. */
  readonly head: Buffer;
}

/** The upstream did not: an answer as any other. */
export interface NotSwitched {
  readonly status: number;
  readonly headers: readonly string[];
  readonly socket: undefined;
  readonly body: Readable;
}

/** Where the calls of a route go: one server, or many behind a way to choose among them. */
export interface Upstream {
  readonly name: string;
  /** Set where it reads bodies by `readBody`: then nobody makes a stream of them before. */
  readonly readsWhole?: boolean;
  send(request: UpstreamRequest, handler: AnswerHandler): void;
  /** @throws Error as `onError` gets it; `upstreamProblem` turns it into what the caller is told */
  upgrade(request: UpgradeRequest): Promise<Switched | NotSwitched>;
}
