import type { Readable } from 'node:stream';
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

/** What becomes of it. In order: start, head, data…, and then end or error; each but data at most once. */
export interface AnswerHandler {
  /** @param cancel ends the request, whichever state it is in */
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

/** Where the calls of a route go: one server, or many behind a way to choose among them. */
export interface Upstream {
  readonly name: string;
  send(request: UpstreamRequest, handler: AnswerHandler): void;
}
