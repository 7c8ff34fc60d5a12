import { randomUUID } from 'node:crypto';
import { traceHeaders } from '@gatehouse/observability';
import { LRUCache } from 'lru-cache';
import { Clock } from '../../wire/clock.js';
import { isObject, type JsonObject } from '../../wire/json.js';
import type { Call } from '../../calls/call.js';
import type { Upstream } from '../../upstreams/upstream.js';
import { encodeHeaderValue } from '../protocol/header-value.js';
import { INVALID_PARAMS } from '../protocol/json-rpc.js';
import { metaOf } from '../protocol/read-message.js';
import {
  type HandshakeVersion,
  IMPLEMENTATION,
  isHandshakeVersion,
  META,
  RESERVED_META,
  STATELESS,
} from '../protocol/versions.js';
import type { ServerCredentials } from '../servers/server-credentials.js';
import { answerMessages } from './answer-messages.js';
import type { Asker } from './asker.js';
import { failed, failureOf, late, NotUnderstood, refused, SessionGone, unreadable } from './failures.js';
import type { Peer } from './mcp-backend.js';
import { PostedAnswer } from './posted-answer.js';
import { type Said, said } from './said.js';

/** How a server is spoken to. */
export interface ClientOptions {
  readonly upstream: Upstream;
  readonly path: string;
  readonly credentials: ServerCredentials;
  readonly timeouts: { readonly answer: number; readonly total: number };
  /** Bytes of an answer. */
  readonly maxAnswer: number;
}

/** What a server turned out to speak. */
type Spoken =
  | { readonly version: typeof STATELESS }
  | { readonly version: HandshakeVersion; readonly hasSessions: boolean };

interface Session {
  readonly version: HandshakeVersion;
  readonly id: string | undefined;
}

const MAX_SESSIONS = 10_000;
const SESSION_IDLE_MS = 600_000;
/** For the handshake, and for what is said without waiting for an answer. */
const SMALL_TALK_MS = 10_000;

/** Asks one MCP server, in the newest version that it takes. */
export class McpClient implements Peer {
  private peer: Promise<Spoken> | undefined;
  private readonly sessions = new LRUCache<string, Promise<Session>>({
    max: MAX_SESSIONS,
    ttl: SESSION_IDLE_MS,
    updateAgeOnGet: true,
  });

  constructor(private readonly options: ClientOptions) {}

  /**
   * Asks something; notifications come first, the answer last.
   * @throws Problem; after the first message, too
   */
  async *ask(method: string, params: JsonObject, asker: Asker): AsyncGenerator<Said> {
    const { answer, total } = this.options.timeouts;
    const limit = new AbortController();
    const ring = () => limit.abort();
    const [answerClock, totalClock] = [new Clock(answer, ring), new Clock(total, ring)];
    answerClock.start();
    totalClock.start();
    let hasBegun = false;
    const within = { ...asker, gone: AbortSignal.any([asker.gone, limit.signal]) };
    try {
      for await (const message of this.answers(method, params, within)) {
        // Whoever reads slowly makes the pause: it is not the server's.
        answerClock.stop();
        hasBegun = true;
        const heard = said(message);
        if (heard) yield heard;
        answerClock.start();
      }
    } catch (error) {
      throw within.gone.aborted ? late() : failureOf(error, hasBegun);
    } finally {
      answerClock.stop();
      totalClock.stop();
    }
  }

  private async *answers(method: string, params: JsonObject, asker: Asker): AsyncGenerator<JsonObject> {
    const peer = await this.negotiated(asker);
    try {
      for await (const message of this.asPeer(peer, method, params, asker)) {
        if (mayMeanVersion(message)) this.peer = undefined;
        yield message;
      }
    } catch (error) {
      // It may have become another one meanwhile: the next call finds out.
      if (!asker.gone.aborted) this.peer = undefined;
      throw error;
    }
  }

  private asPeer(peer: Spoken, method: string, params: JsonObject, asker: Asker): AsyncGenerator<JsonObject> {
    if (peer.version === STATELESS) return this.exchange(method, params, asker, undefined);
    if (peer.hasSessions) return this.withinSession(method, params, asker);
    return this.exchange(method, params, asker, { version: peer.version, id: undefined });
  }

  private async *withinSession(method: string, params: JsonObject, asker: Asker): AsyncGenerator<JsonObject> {
    const { key } = asker;
    if (key === undefined) {
      const session = await this.open(asker);
      try {
        yield* this.exchange(method, params, asker, session);
      } finally {
        this.close(session, asker);
      }
      return;
    }
    try {
      yield* this.exchange(method, params, asker, await this.sessionOf(key, asker));
    } catch (error) {
      if (!(error instanceof SessionGone)) throw error;
      this.sessions.delete(key);
      yield* this.exchange(method, params, asker, await this.sessionOf(key, asker));
    }
  }

  private sessionOf(key: string, asker: Asker): Promise<Session> {
    const known = this.sessions.get(key);
    if (known) return known;
    const opening = this.open(asker);
    this.sessions.set(key, opening);
    opening.catch(() => this.sessions.delete(key));
    return opening;
  }

  /** One for all who ask at once; where it fails, the credentials of the one who began it may be why. */
  private async negotiated(asker: Asker): Promise<Spoken> {
    const known = await this.peer?.catch(() => undefined);
    if (known) return known;
    const negotiating = this.negotiate(asker);
    this.peer = negotiating;
    negotiating.catch(() => {
      if (this.peer === negotiating) this.peer = undefined;
    });
    return negotiating;
  }

  /** MCP 2026-07-28, Backward Compatibility: `server/discover` first, and `initialize` where it is not known. */
  private async negotiate(asker: Asker): Promise<Spoken> {
    const own = { ...asker, gone: AbortSignal.timeout(SMALL_TALK_MS) };
    const found = await this.discover(own);
    if (found) return { version: STATELESS };
    const session = await this.open(own);
    if (session.id !== undefined) {
      if (asker.key === undefined) this.close(session, own);
      else this.sessions.set(asker.key, Promise.resolve(session));
    }
    return { version: session.version, hasSessions: session.id !== undefined };
  }

  private async discover(asker: Asker): Promise<boolean> {
    try {
      for await (const message of this.exchange('server/discover', {}, asker, undefined)) {
        const { result } = message;
        if (!isObject(result) || !Array.isArray(result.supportedVersions)) return false;
        return result.supportedVersions.includes(STATELESS);
      }
      return false;
    } catch (error) {
      if (error instanceof NotUnderstood) return false;
      throw error;
    }
  }

  private async open(asker: Asker): Promise<Session> {
    const params = { protocolVersion: '2025-11-25', capabilities: {}, clientInfo: IMPLEMENTATION };
    const own = { ...asker, gone: AbortSignal.timeout(SMALL_TALK_MS) };
    const headers = await this.headers(own, undefined);
    const id = randomUUID();
    const answer = this.post(
      own.call,
      headers,
      { jsonrpc: '2.0', id, method: 'initialize', params },
      own.gone,
    );
    const { sessionId } = await this.headOf(answer);
    for await (const message of this.messages(answer)) {
      if (message.id !== id) continue;
      const { result } = message;
      if (!isObject(result) || !isHandshakeVersion(result.protocolVersion)) throw unreadable();
      const session = { version: result.protocolVersion, id: sessionId };
      await this.tell('notifications/initialized', {}, own, session);
      return session;
    }
    throw unreadable();
  }

  private close(session: Session, { call, ...asker }: Asker): void {
    void this.headers({ ...asker, call }, session)
      .then((headers) => this.send(call, 'DELETE', headers, null, AbortSignal.timeout(SMALL_TALK_MS)))
      .then((answer) => answer.head.finally(() => answer.body.destroy()))
      .catch(() => undefined);
  }

  /** Says something that has no answer. */
  private async tell(method: string, params: JsonObject, asker: Asker, session: Session): Promise<void> {
    const headers = await this.headers(asker, session);
    const signal = AbortSignal.timeout(SMALL_TALK_MS);
    const answer = this.post(asker.call, headers, { jsonrpc: '2.0', method, params }, signal);
    await answer.head.finally(() => answer.body.destroy());
  }

  private async *exchange(
    method: string,
    params: JsonObject,
    asker: Asker,
    session: Session | undefined,
  ): AsyncGenerator<JsonObject> {
    const id = randomUUID();
    const headers = await this.headers(asker, session);
    if (!session) headers.push(...mirrored(method, params), ...asker.paramHeaders);
    const body = { jsonrpc: '2.0', id, method, params: withMeta(params, asker, session) };
    const answer = this.post(asker.call, headers, body, asker.gone);
    let isAnswered = false;
    try {
      await this.headOf(answer, session);
      for await (const message of this.messages(answer)) {
        isAnswered = isAnswer(message);
        // An error that the server could not tell whose it is has no id, or null.
        if (isAnswered && message.id !== id && !(message.id == null && message.error)) throw unreadable();
        yield message;
        if (isAnswered) return;
      }
      throw unreadable();
    } finally {
      answer.body.destroy();
      // MCP 2025-11-25, Cancellation: a connection that is closed says nothing there.
      if (asker.gone.aborted && !isAnswered && session) {
        this.tell('notifications/cancelled', { requestId: id }, asker, session).catch(() => undefined);
      }
    }
  }

  /** @throws where there can be no answer in the body */
  private async headOf(answer: PostedAnswer, session?: Session) {
    const head = await answer.head;
    const { status, contentType } = head;
    if (status === 401 || status === 403) throw refused();
    const said = `it answered ${status}`;
    if (status === 404 && session?.id !== undefined) throw new SessionGone(said);
    if (status >= 500) throw failed(new Error(said));
    if (status >= 300 && contentType !== 'application/json') throw new NotUnderstood(said);
    return head;
  }

  private messages(answer: PostedAnswer): AsyncGenerator<JsonObject> {
    return answerMessages(answer, this.options.maxAnswer, this.options.credentials.hide);
  }

  private async headers({ call }: Asker, session: Session | undefined): Promise<string[]> {
    const fields: Record<string, string> = {
      accept: 'application/json, text/event-stream',
      'accept-encoding': 'identity',
      'user-agent': 'gatehouse',
      'x-request-id': call.id,
      ...traceHeaders(),
      ...(await this.options.credentials.of(call.caller)),
      ...(session && { 'mcp-protocol-version': session.version }),
      ...(session?.id !== undefined && { 'mcp-session-id': session.id }),
    };
    return Object.entries(fields).flat();
  }

  private post(call: Call, headers: string[], message: JsonObject, signal: AbortSignal): PostedAnswer {
    const fields = [...headers, 'content-type', 'application/json'];
    return this.send(call, 'POST', fields, Buffer.from(JSON.stringify(message)), signal);
  }

  private send(
    call: Call,
    method: string,
    headers: string[],
    body: Buffer | null,
    signal: AbortSignal,
  ): PostedAnswer {
    const answer = new PostedAnswer(signal);
    this.options.upstream.send({ call, method, path: this.options.path, headers, body }, answer);
    return answer;
  }
}

function isAnswer({ result, error }: JsonObject): boolean {
  return result !== undefined || error !== undefined;
}

/** Servers have many ways to say that they are spoken to in a version that they do not know. */
function mayMeanVersion({ error }: JsonObject): boolean {
  return isObject(error) && error.code !== INVALID_PARAMS;
}

/** MCP 2026-07-28, Standard Request Headers. */
function mirrored(method: string, { name }: JsonObject): string[] {
  const fields = ['mcp-protocol-version', STATELESS, 'mcp-method', method];
  return typeof name === 'string' ? [...fields, 'mcp-name', encodeHeaderValue(name)] : fields;
}

/** What the caller said of itself is for the gateway; the server is told who the gateway is. */
function withMeta(params: JsonObject, asker: Asker, session: Session | undefined): JsonObject {
  const passed = Object.entries(metaOf(params)).filter(([name]) => !name.startsWith(RESERVED_META));
  const meta = Object.fromEntries(passed);
  if (session) return passed.length === 0 ? withoutMeta(params) : { ...params, _meta: meta };
  const envelope = {
    [META.protocolVersion]: STATELESS,
    [META.clientInfo]: IMPLEMENTATION,
    [META.clientCapabilities]: asker.version === STATELESS ? asker.capabilities : {},
  };
  return { ...params, _meta: { ...meta, ...envelope } };
}

function withoutMeta({ _meta, ...params }: JsonObject): JsonObject {
  return params;
}
