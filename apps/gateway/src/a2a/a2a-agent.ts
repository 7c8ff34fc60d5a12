import { traceHeaders } from '@gatehouse/observability';
import type { Call } from '../calls/call.js';
import { failed, failureOf, refused, unreadable } from './failures.js';
import { PostedAnswer } from '../mcp/client/posted-answer.js';
import { type ServerCredentials, withoutSecrets } from '../mcp/servers/server-credentials.js';
import type { AnswerHandler, Upstream, UpstreamRequest } from '../upstreams/upstream.js';
import type { JsonObject } from '../wire/json.js';
import type { A2aAgentDefinition } from './a2a-agent-definition.js';
import { CardSource } from './card/card-source.js';
import { interfaceFor } from './card/read-card.js';
import type { MethodRules } from './method-rules.js';
import type { A2aVersion } from './protocol/methods.js';

/** What an agent is made of. */
export interface AgentParts {
  readonly definition: A2aAgentDefinition;
  readonly upstream: Upstream;
  readonly credentials: ServerCredentials;
  readonly rules: MethodRules;
  readonly hasSkill: (id: string) => boolean;
}

/** Stands for a secret that an agent repeats: ASCII, as answers go on as bytes. */
export const MARK = '...';

const MAX_CARD = 1_024 * 1_024;
const CARD_WAIT_MS = 10_000;

/** An agent, ready to be asked. */
export class A2aAgent {
  readonly cards = new CardSource((version, call) => this.fetchCard(version, call));

  constructor(readonly parts: AgentParts) {}

  get name(): string {
    return this.parts.definition.name;
  }

  /** Sends it a message of JSON-RPC, as it is. @param headers of the caller that are meant for it */
  async send(
    message: JsonObject,
    version: A2aVersion,
    call: Call,
    headers: string[],
    answer: AnswerHandler,
  ): Promise<void> {
    const path = await this.endpoint(version, call);
    const fields = [
      ...headers,
      ...['content-type', 'application/json', 'accept', 'application/json, text/event-stream'],
      ...this.ownFields(call),
      ...Object.entries(await this.parts.credentials.of(call.caller)).flat(),
    ];
    const body = Buffer.from(JSON.stringify(message));
    this.ask({ call, method: 'POST', path, headers: fields, body }, answer);
  }

  private async endpoint(version: A2aVersion, call: Call): Promise<string> {
    const { endpoint, url } = this.parts.definition;
    if (endpoint !== undefined) return basePath(url) + endpoint;
    const { url: said } = interfaceFor(await this.cards.of(version, call), version);
    const found = URL.canParse(said) ? new URL(said) : undefined;
    // A card must not lead the gateway's credentials anywhere else.
    if (found?.origin !== new URL(url).origin)
      throw failed(new Error(`its card names ${said.slice(0, 200)}, which is not at ${new URL(url).origin}`));
    return found.pathname + found.search;
  }

  private async fetchCard(version: A2aVersion, call: Call): Promise<string> {
    const { credentials, definition } = this.parts;
    const answer = new PostedAnswer(AbortSignal.timeout(CARD_WAIT_MS));
    const own = definition.auth.type === 'header' ? await credentials.of(call.caller) : {};
    const headers = ['accept', 'application/json', ...this.ownFields(call), ...Object.entries(own).flat()];
    // A2A 1.0 §3.6: without the field it is 0.3 that is spoken.
    if (version === '1.0') headers.push('a2a-version', version);
    const path = basePath(definition.url) + definition.card_path;
    try {
      this.ask({ call, method: 'GET', path, headers, body: null }, answer);
      const { status } = await answer.head;
      if (status === 401 || status === 403) throw refused();
      if (status !== 200) throw failed(new Error(`its card is answered with ${status}`));
      return withoutSecrets(own, MARK)(await textOf(answer));
    } catch (error) {
      throw failureOf(error, call);
    } finally {
      answer.body.destroy();
    }
  }

  /** Records are to name the agent, not its host. */
  private ask(request: UpstreamRequest, answer: AnswerHandler): void {
    this.parts.upstream.send(request, answer);
    request.call.upstream = this.name;
  }

  private ownFields(call: Call): string[] {
    return [
      'accept-encoding',
      'identity',
      'user-agent',
      'gatehouse',
      'x-request-id',
      call.id,
      ...Object.entries(traceHeaders()).flat(),
    ];
  }
}

async function textOf({ body }: PostedAnswer): Promise<string> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of body as AsyncIterable<Buffer>) {
    size += chunk.length;
    if (size > MAX_CARD) throw unreadable(new Error(`its card has more than ${MAX_CARD} bytes`));
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString();
}

function basePath(url: string): string {
  return new URL(url).pathname.replace(/\/+$/, '');
}
