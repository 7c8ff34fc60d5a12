import type { Readable } from 'node:stream';
import type { HeaderList } from './header-list.js';

/** What the gateway answers by itself, in place of an upstream. */
export interface Answer {
  readonly status: number;
  readonly headers: HeaderList;
  /** Null: no body. A stream is ended when the caller goes away. */
  readonly body: string | Buffer | Readable | null;
}

/** The head of an answer on its way to the caller; policies may change it until it is sent. */
export interface AnswerHead {
  status: number;
  readonly headers: HeaderList;
}

/** The request as the upstream will get it; policies may change it until it is sent. */
export interface OutgoingRequest {
  method: string;
  /** Below the upstream's base path, normalised, with a slash at its beginning. */
  path: string;
  /** With its `?`, or empty. */
  query: string;
  readonly headers: HeaderList;
}
