import { randomUUID } from 'node:crypto';
import type { JsonObject } from '../../wire/json.js';
import { type Fields, withoutSecrets } from '../servers/server-credentials.js';
import { answerEvents, messageOf, UnreadableAnswer } from './answer-messages.js';
import type { Asker } from './asker.js';
import { fieldsOf, headOf, type HttpPlace, JSON_BODY } from './http-exchange.js';
import type { Connection } from './open-session.js';
import { PostedAnswer } from './posted-answer.js';
import { withCredentials } from './with-credentials.js';

/** MCP 2024-11-05, HTTP with SSE: the server speaks in one stream, and says where it is spoken to. */
export class SseConnection implements Connection {
  private readonly hide: (text: string) => string;

  private constructor(
    private readonly place: HttpPlace,
    private readonly asker: Asker,
    private readonly shown: Fields,
    private readonly stream: PostedAnswer,
    private readonly events: AsyncIterator<{ readonly event?: string | undefined; readonly data: string }>,
    /** With its query. */
    private readonly path: string,
  ) {
    this.hide = withoutSecrets(shown);
  }

  /** @throws where there is none, or it cannot be read */
  static async open(place: HttpPlace, asker: Asker): Promise<SseConnection> {
    const { upstream, path, credentials } = place;
    const { call, gone } = asker;
    const { answer: stream, shown } = await withCredentials(credentials, call.caller, (fields) => {
      const answer = new PostedAnswer(gone);
      const request = { call, method: 'GET', path, headers: fieldsOf(call.id, fields), body: null };
      upstream.send(request, answer);
      return answer;
    });
    try {
      await headOf(stream);
      const events = answerEvents(stream, place.maxAnswer)[Symbol.asyncIterator]();
      const { value } = await events.next();
      if (value?.event !== 'endpoint') throw new UnreadableAnswer('It does not begin with its endpoint');
      return new SseConnection(place, asker, shown, stream, events, pathOf(value.data, place));
    } catch (error) {
      stream.body.destroy();
      throw error;
    }
  }

  async request(method: string, params: JsonObject): Promise<string> {
    const id = randomUUID();
    await this.post({ jsonrpc: '2.0', id, method, params });
    return id;
  }

  notify(method: string, params: JsonObject): Promise<void> {
    return this.post({ jsonrpc: '2.0', method, params });
  }

  async *messages(): AsyncGenerator<JsonObject> {
    for (;;) {
      const { value, done } = await this.events.next();
      if (done) return;
      if ((value.event ?? 'message') === 'message') yield messageOf(this.hide(value.data));
    }
  }

  close(): void {
    this.stream.body.destroy();
  }

  private async post(message: JsonObject): Promise<void> {
    const answer = new PostedAnswer(this.asker.gone);
    const headers = [...fieldsOf(this.asker.call.id, this.shown), ...JSON_BODY];
    const body = Buffer.from(JSON.stringify(message));
    const { upstream } = this.place;
    upstream.send({ call: this.asker.call, method: 'POST', path: this.path, headers, body }, answer);
    try {
      const { status } = await headOf(answer);
      if (status >= 300) throw new UnreadableAnswer(`It answered ${status} to a message`);
    } finally {
      answer.body.destroy();
    }
  }
}

/** Nobody else may get what is for the server. @throws UnreadableAnswer */
function pathOf(endpoint: string, { origin, path }: HttpPlace): string {
  if (!URL.canParse(endpoint, origin + path)) throw new UnreadableAnswer('Its endpoint is no URL');
  const url = new URL(endpoint, origin + path);
  if (url.origin !== origin || url.username || url.password) {
    throw new UnreadableAnswer('Its endpoint is of another origin');
  }
  return url.pathname + url.search;
}
