import { randomUUID } from 'node:crypto';
import { traceHeaders } from '@gatehouse/observability';
import type { JsonObject } from '../../wire/json.js';
import type { Upstream } from '../../upstreams/upstream.js';
import { encodeHeaderValue } from '../protocol/header-value.js';
import { type PeerVersion, STATELESS } from '../protocol/versions.js';
import { type Fields, type ServerCredentials, withoutSecrets } from '../servers/server-credentials.js';
import { answerMessages, UnreadableAnswer } from './answer-messages.js';
import type { Asker } from './asker.js';
import { failed, NotUnderstood, refused, SessionGone, unreadable } from './failures.js';
import { paramsFor } from './params-for.js';
import { PostedAnswer } from './posted-answer.js';
import { withCredentials } from './with-credentials.js';

/** Where a server is, and how the gateway shows who asks. */
export interface HttpPlace {
  readonly upstream: Upstream;
  readonly origin: string;
  readonly path: string;
  readonly credentials: ServerCredentials;
  /** Bytes of an answer. */
  readonly maxAnswer: number;
}

/** What a request is asked within; with the stateless version, there is none. */
export interface Session {
  readonly version: PeerVersion;
  readonly id: string | undefined;
  /** Whether the server takes a log level. */
  readonly logs: boolean;
}

/** An answer, and what in it must not be seen. */
interface Posted {
  readonly answer: PostedAnswer;
  readonly hide: (text: string) => string;
}

/** MCP 2025-11-25, Session Management: visible ASCII; many are kept. */
const SESSION_ID = /^[\x21-\x7E]{1,1024}$/;

/** For what is said without waiting for an answer. */
const SMALL_TALK_MS = 10_000;

/** Streamable HTTP: one message to a server, and all that it answers. */
export class HttpExchange {
  /** Sessions in which a server refused a message as a whole: it may be the session that it refuses. */
  readonly doubted = new WeakSet<Session>();

  constructor(private readonly place: HttpPlace) {}

  /** @throws where there is no answer, or none that can be read */
  async *request(
    method: string,
    params: JsonObject,
    asker: Asker,
    session: Session | undefined,
  ): AsyncGenerator<JsonObject> {
    const id = randomUUID();
    const more = session ? [] : [...mirrored(method, params), ...asker.paramHeaders];
    const body = {
      jsonrpc: '2.0',
      id,
      method,
      params: paramsFor(session?.version ?? STATELESS, params, asker),
    };
    const { answer, hide } = await this.post(body, asker, session, more);
    let isAnswered = false;
    try {
      const { status } = await answer.head;
      if (session && status >= 400) this.doubted.add(session);
      await headOf(answer, session);
      for await (const message of answerMessages(answer, this.place.maxAnswer, hide)) {
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
        this.notify('notifications/cancelled', { requestId: id }, asker, session).catch(() => undefined);
      }
    }
  }

  /** @returns the answer to `initialize`, and the session that it began */
  async initialize(params: JsonObject, asker: Asker) {
    const id = randomUUID();
    const { answer, hide } = await this.post({ jsonrpc: '2.0', id, method: 'initialize', params }, asker);
    try {
      const { sessionId } = await headOf(answer);
      if (sessionId !== undefined && !SESSION_ID.test(sessionId)) {
        throw new UnreadableAnswer('Its session id is none');
      }
      for await (const message of answerMessages(answer, this.place.maxAnswer, hide)) {
        if (message.id === id) return { message, sessionId };
      }
      throw unreadable();
    } finally {
      answer.body.destroy();
    }
  }

  /** Says something that has no answer. */
  async notify(method: string, params: JsonObject, asker: Asker, session: Session): Promise<void> {
    const own = { ...asker, gone: AbortSignal.timeout(SMALL_TALK_MS) };
    const { answer } = await this.post({ jsonrpc: '2.0', method, params }, own, session);
    await answer.head.finally(() => answer.body.destroy());
  }

  /** Ends a session. */
  async delete(session: Session, { call, ...asker }: Asker): Promise<void> {
    const shown = await this.place.credentials.of(call.caller);
    const gone = AbortSignal.timeout(SMALL_TALK_MS);
    const answer = this.send('DELETE', { ...asker, call, gone }, fieldsOf(call.id, shown, session), null);
    await answer.head.finally(() => answer.body.destroy());
  }

  private async post(
    message: JsonObject,
    asker: Asker,
    session?: Session,
    more: readonly string[] = [],
  ): Promise<Posted> {
    const { call } = asker;
    const bytes = Buffer.from(JSON.stringify(message));
    const { answer, shown } = await withCredentials(this.place.credentials, call.caller, (fields) =>
      this.send('POST', asker, [...fieldsOf(call.id, fields, session), ...JSON_BODY, ...more], bytes),
    );
    return { answer, hide: withoutSecrets(shown) };
  }

  private send(
    method: string,
    { call, gone }: Asker,
    headers: readonly string[],
    body: Buffer | null,
  ): PostedAnswer {
    const { upstream, path } = this.place;
    const answer = new PostedAnswer(gone);
    upstream.send({ call, method, path, headers: [...headers], body }, answer);
    return answer;
  }
}

export const JSON_BODY = ['content-type', 'application/json'];

/** The header of a request, names and values in turn. */
export function fieldsOf(callId: string, shown: Fields, session?: Session): string[] {
  const fields: Record<string, string> = {
    accept: 'application/json, text/event-stream',
    'accept-encoding': 'identity',
    'user-agent': 'gatehouse',
    'x-request-id': callId,
    ...traceHeaders(),
    ...shown,
    ...(session && { 'mcp-protocol-version': session.version }),
    ...(session?.id !== undefined && { 'mcp-session-id': session.id }),
  };
  return Object.entries(fields).flat();
}

/** @throws where there can be no answer in the body */
export async function headOf(answer: PostedAnswer, session?: Session) {
  const head = await answer.head;
  const { status, contentType } = head;
  if (status === 401 || status === 403) throw refused();
  const said = `it answered ${status}`;
  if (status === 404 && session?.id !== undefined) throw new SessionGone(said);
  if (status >= 500) throw failed(new Error(said));
  if (status >= 300 && contentType !== 'application/json') throw new NotUnderstood(said);
  return head;
}

export function isAnswer({ result, error }: JsonObject): boolean {
  return result !== undefined || error !== undefined;
}

/** MCP 2026-07-28, Standard Request Headers: what intermediaries route and limit by. */
function mirrored(method: string, { name, uri }: JsonObject): string[] {
  const fields = ['mcp-protocol-version', STATELESS, 'mcp-method', method];
  const named = method === 'resources/read' ? uri : name;
  return typeof named === 'string' ? [...fields, 'mcp-name', encodeHeaderValue(named)] : fields;
}
