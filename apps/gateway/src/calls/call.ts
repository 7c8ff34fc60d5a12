import { constants, type Http2ServerResponse } from 'node:http2';
import type { IncomingHttpHeaders, IncomingMessage, ServerResponse } from 'node:http';
import type { Duplex } from 'node:stream';
import { Logger } from '@nestjs/common';
import { type Caller, NOBODY } from '../guards/route-guard.js';
import type { Route } from '../routes/route-table.js';
import type { PassedNames } from '../proxy/passed-names.js';
import type { Tunnels } from '../proxy/tunnel.js';
import { brokenOff } from './broken-off.js';
import type { BodyCheck } from './body-check.js';
import { HeaderList } from './header-list.js';
import type { IncomingCall } from './incoming-call.js';

const logger = new Logger('Proxy');

/** Who is at the other end, as the peer and the proxies we trust say. */
export interface Origin {
  readonly ip: string;
  readonly protocol: string;
  readonly host: string;
}

/** Finds out who is at the other end: looked at once for each call. */
export type OriginOf = (request: IncomingMessage) => Origin;

/** The connection of a caller who asks for another protocol. */
export interface CallerConnection {
  readonly socket: Duplex;
  /** What came after the head of the request. */
  readonly head: Buffer;
}

/** What all calls of a gateway share. */
export interface CallSite {
  readonly originOf: OriginOf;
  readonly tunnels: Tunnels;
  /** How long a caller may take nothing of an answer; 0: for ever. */
  readonly sendTimeoutMs: number;
  /** Of what callers send, what upstreams get. */
  readonly forwardedNames: PassedNames;
  /** Ends a call with what was thrown. */
  refuse(call: Call, thrown: unknown): void;
}

/**
 * A call on its way through the gateway: what was asked, who asks, which route it takes. One for each proxied request;
 * HTTP/1.1, HTTP/2 and WebSocket alike.
 */
export class Call implements IncomingCall {
  readonly method: string;
  readonly url: string;
  readonly headers: IncomingHttpHeaders;
  /** Milliseconds of `performance.now()`. */
  readonly startedAt = performance.now();

  /** The path in the one form that is matched and forwarded. Set by the match, as the four below. */
  path = '';
  /** With its `?`, or empty, as sent. */
  query = '';
  route: Route = undefined as never;
  /** The part of the path by which the route matched: what `strip_prefix` leaves out. */
  prefix = '';
  /** What a template or a regular expression of the route caught of the path, by name. */
  parameters: Readonly<Record<string, string>> = NONE;

  caller: Caller = NOBODY;
  /** Set by a guard that answers for the body, too; it sees the body before policies and the upstream do. */
  bodyCheck: BodyCheck | undefined;
  /** Added to whatever answer the caller gets, an error among them. */
  readonly answerHeaders = new HeaderList();
  /** For policies that have to remember something between their hooks. */
  state: Map<unknown, unknown> | undefined;

  /** Bytes of the bodies so far, and where the call stands: for the log, the usage record and the metrics. */
  bytesIn = 0;
  bytesOut = 0;
  status = 0;
  /** What the upstream did, as far as there was one. */
  upstream: string | undefined;
  /** Host and port of the server that was asked last. */
  target: string | undefined;
  upstreamStartedAt: number | undefined;
  upstreamHeadAt: number | undefined;
  /** The part of a split that took the call. */
  part: string | undefined;
  tries = 0;
  /** The short name of what ended the call before an upstream answered, e.g. `limit` or `upstream_timeout`. */
  fault: string | undefined;
  cache: 'hit' | 'stale' | 'miss' | undefined;

  /** What is to be told when the caller goes away. */
  pending: { abandon(): void } | undefined;

  /** Whether the answer is sent, or the caller has gone: nothing more can be said. */
  gone = false;

  /** Small pieces of the answer that are sent at the end of this turn of the event loop. */
  readonly gathered: Buffer[] = [];

  /** Set as soon as the caller reads more slowly than the upstream sends. */
  sendTimer: Pick<NodeJS.Timeout, 'refresh'> | undefined;

  /** Looked at once, and at the beginning: a connection that is closed no longer knows whose it was. */
  private readonly origin: Origin;
  private endings: (() => void)[] | undefined;

  constructor(
    readonly raw: IncomingMessage,
    readonly response: ServerResponse,
    readonly id: string,
    readonly site: CallSite,
    /** Set where the caller asks to go on by WebSocket. */
    readonly upgrade?: CallerConnection,
  ) {
    this.method = raw.method!;
    this.url = raw.url ?? '';
    this.headers = raw.headers;
    this.origin = site.originOf(raw);
  }

  /** @returns puts what guards set on the call back to what it is now: for one that refuses and gives way to another */
  beforeGuard(): () => void {
    const { bodyCheck } = this;
    const fields = [...this.answerHeaders.pairs];
    return () => {
      this.bodyCheck = bodyCheck;
      this.answerHeaders.pairs.splice(0, Infinity, ...fields);
    };
  }

  /** Ends the call with a problem, wherever it stands: an answer that has begun is broken off. */
  refuse(thrown: unknown): void {
    this.site.refuse(this, thrown);
  }

  /** Ends an answer that has begun so that it does not look like a whole one. */
  breakOff(): void {
    if (this.raw.httpVersionMajor === 2) {
      const { stream } = this.response as unknown as Http2ServerResponse;
      brokenOff.add(stream);
      stream.close(constants.NGHTTP2_INTERNAL_ERROR);
    } else this.response.destroy();
  }

  /** Runs something when the call is over, however it ends: gives back what it held. At once, when it is over already. */
  atEnd(work: () => void): void {
    if (this.gone) work();
    else (this.endings ??= []).push(work);
  }

  /** Called once, by the proxy, when the answer is sent or the caller has gone. */
  end(): void {
    this.gone = true;
    // Whether the answer was sent cannot be told here: Node ends the response of an HTTP/2 stream that was reset, too.
    this.pending?.abandon();
    for (const work of this.endings ?? []) endedBy(work);
  }

  get ip(): string {
    return this.origin.ip;
  }

  get protocol(): string {
    return this.origin.protocol;
  }

  get host(): string {
    return this.origin.host;
  }

  /** The host without its port, in lower case, without the root's dot (RFC 3986 §3.2.2). */
  get hostname(): string {
    return hostnameOf(this.host);
  }
}

/** What fails must neither keep the rest from its end, nor end the process: nobody could catch it. */
function endedBy(work: () => void): void {
  try {
    work();
  } catch (error) {
    logger.error(error);
  }
}

const NONE: Readonly<Record<string, string>> = Object.freeze({});

export function hostnameOf(host: string): string {
  const bracket = host.startsWith('[') ? host.indexOf(']') + 1 : 0;
  const colon = host.indexOf(':', bracket);
  const name = (colon < 0 ? host : host.slice(0, colon)).toLowerCase();
  return name.endsWith('.') ? name.slice(0, -1) : name;
}
