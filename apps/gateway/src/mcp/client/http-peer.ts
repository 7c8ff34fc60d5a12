import { isObject, type JsonObject } from '../../wire/json.js';
import { INVALID_PARAMS, METHOD_NOT_FOUND, RESOURCE_NOT_FOUND } from '../protocol/json-rpc.js';
import { isLogLevel, type LogLevel } from '../protocol/log-level.js';
import {
  HANDSHAKE_VERSIONS,
  type PeerVersion,
  IMPLEMENTATION,
  isPeerVersion,
  STATELESS,
} from '../protocol/versions.js';
import { type Asker, askerKey } from './asker.js';
import { CallerSessions } from './caller-sessions.js';
import { NotUnderstood, SessionGone, unreadable } from './failures.js';
import { HttpExchange, type HttpPlace, isAnswer, type Session } from './http-exchange.js';
import type { Peer } from './mcp-backend.js';
import type { Said } from './said.js';
import { type Timeouts, withinTimeouts } from './within-timeouts.js';

/** What a server turned out to speak. */
type Spoken =
  { readonly version: typeof STATELESS } | { readonly version: PeerVersion; readonly hasSessions: boolean };

/** For the handshake. */
const HANDSHAKE_MS = 10_000;

/** Asks one MCP server by Streamable HTTP, in the newest version that it takes. */
export class HttpPeer implements Peer {
  private peer: Promise<Spoken> | undefined;
  private readonly sessions = new CallerSessions();
  /** What the servers know of what is wanted of their logs. */
  private readonly levels = new WeakMap<Session, LogLevel>();
  private readonly exchange: HttpExchange;

  constructor(
    place: HttpPlace,
    private readonly timeouts: Timeouts,
  ) {
    this.exchange = new HttpExchange(place);
  }

  ask(method: string, params: JsonObject, asker: Asker): AsyncIterable<Said> {
    return withinTimeouts(this.timeouts, asker, (within) => this.answers(method, params, within));
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
    if (peer.version === STATELESS) return this.exchange.request(method, params, asker, undefined);
    if (peer.hasSessions) return this.withinSession(method, params, asker);
    return this.exchange.request(method, params, asker, {
      version: peer.version,
      id: undefined,
      logs: false,
    });
  }

  private async *withinSession(method: string, params: JsonObject, asker: Asker): AsyncGenerator<JsonObject> {
    const { key } = asker;
    if (key === undefined) {
      const session = await this.open(asker);
      try {
        yield* this.exchange.request(method, params, asker, session);
      } finally {
        this.close(session, asker);
      }
      return;
    }
    try {
      yield* this.asCaller(key, method, params, asker);
    } catch (error) {
      if (!(error instanceof SessionGone)) throw error;
      this.sessions.delete(key);
      yield* this.asCaller(key, method, params, asker);
    }
  }

  private async *asCaller(
    key: string,
    method: string,
    params: JsonObject,
    asker: Asker,
  ): AsyncGenerator<JsonObject> {
    const session = await this.sessionOf(key, asker);
    await this.setLevel(session, asker);
    yield* this.exchange.request(method, params, asker, session);
  }

  /** MCP 2025-11-25, Setting Log Level: a session has one. */
  private async setLevel(session: Session, asker: Asker): Promise<void> {
    const { log: level } = asker;
    if (!session.logs || !isLogLevel(level) || this.levels.get(session) === level) return;
    try {
      const answers = this.exchange.request('logging/setLevel', { level }, asker, session);
      for await (const message of answers) if (isAnswer(message)) break;
    } catch (error) {
      // No call is to fail for what is said beside it.
      if (error instanceof SessionGone || asker.gone.aborted) throw error;
    }
    this.levels.set(session, level);
  }

  private sessionOf(key: string, asker: Asker): Promise<Session> {
    const known = this.sessions.get(key);
    if (known) return known;
    const opening = this.open(asker);
    this.keep(key, opening, asker);
    opening.catch(() => this.sessions.delete(key));
    return opening;
  }

  private keep(key: string, opening: Promise<Session>, asker: Asker): void {
    const caller = askerKey(asker.call.caller, undefined) ?? '';
    const left = this.sessions.set(key, caller, opening);
    left?.then((session) => this.close(session, asker)).catch(() => undefined);
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
    const own = { ...asker, gone: AbortSignal.timeout(HANDSHAKE_MS) };
    const found = await this.discover(own);
    if (found) return { version: STATELESS };
    const known = await this.goodSession(asker.key);
    if (known) return { version: known.version, hasSessions: true };
    const session = await this.open(own);
    if (session.id !== undefined) {
      if (asker.key === undefined) this.close(session, own);
      else this.keep(asker.key, Promise.resolve(session), asker);
    }
    return { version: session.version, hasSessions: session.id !== undefined };
  }

  /** What a server keeps in a session must not be lost to an error that it answers with. */
  private async goodSession(key: string | undefined): Promise<Session | undefined> {
    const known = key === undefined ? undefined : await this.sessions.get(key)?.catch(() => undefined);
    return known?.id === undefined || this.exchange.doubted.has(known) ? undefined : known;
  }

  private async discover(asker: Asker): Promise<boolean> {
    try {
      for await (const message of this.exchange.request('server/discover', {}, asker, undefined)) {
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
    const own = { ...asker, gone: AbortSignal.timeout(HANDSHAKE_MS) };
    const params = { protocolVersion: HANDSHAKE_VERSIONS[0], capabilities: {}, clientInfo: IMPLEMENTATION };
    const { message, sessionId: id } = await this.exchange.initialize(params, own);
    const { result } = message;
    if (!isObject(result) || !isPeerVersion(result.protocolVersion)) throw unreadable();
    const logs = isObject(result.capabilities) && isObject(result.capabilities.logging);
    const session = { version: result.protocolVersion, id, logs };
    await this.exchange.notify('notifications/initialized', {}, own, session);
    return session;
  }

  private close(session: Session, asker: Asker): void {
    this.exchange.delete(session, asker).catch(() => undefined);
  }
}

/** What servers say of what they do not have. */
const ORDINARY = new Set<unknown>([INVALID_PARAMS, METHOD_NOT_FOUND, RESOURCE_NOT_FOUND]);

/** Servers have many ways to say that they are spoken to in a version that they do not know. */
function mayMeanVersion({ error }: JsonObject): boolean {
  return isObject(error) && !ORDINARY.has(error.code);
}
