import { HttpErrorFilter, Problem } from '@gatehouse/http';
import type { Call } from '../calls/call.js';
import { HeaderList } from '../calls/header-list.js';
import { PostedAnswer } from '../mcp/client/posted-answer.js';
import { INVALID_REQUEST, type RpcRequest } from '../mcp/protocol/json-rpc.js';
import { about, McpProblem } from '../mcp/protocol/mcp-problem.js';
import { withoutSecrets } from '../mcp/servers/server-credentials.js';
import { readMessage } from '../mcp/protocol/read-message.js';
import { serveEnd } from '../routes/serve-end.js';
import { readBody } from '../upstreams/read-body.js';
import type { AnswerHandler, Upstream, UpstreamRequest } from '../upstreams/upstream.js';
import { isObject, type JsonObject, parseObject } from '../wire/json.js';
import { type A2aAgent, MARK } from './a2a-agent.js';
import type { A2aEndDefinition } from './a2a-end-definition.js';
import { readCard } from './card/read-card.js';
import { type CardFront, rewriteCard } from './card/rewrite-card.js';
import { CARD_SUFFIX, isCardRequest } from './card-request.js';
import { failureOf, unreadable } from './failures.js';
import { faultOfJson, PassedAnswer } from './passed-answer.js';
import type { A2aVersion } from './protocol/methods.js';
import { passedMethod } from './protocol/passed-method.js';
import { passedFields, versionOf } from './protocol/service-fields.js';

/** What an end needs to know of its route. */
export interface A2aEnd {
  readonly definition: A2aEndDefinition;
  readonly agent: A2aAgent;
  /** The gateway's own address. */
  readonly gatewayUrl: string;
  readonly security: () => Pick<CardFront, 'issuers' | 'scopes' | 'isGuarded'>;
  readonly insufficientScope: (call: Call, scopes: readonly string[]) => Problem;
}

const errors = new HttpErrorFilter();

/** The end of an `a2a` route: to the proxy it is an upstream like any other. */
export class A2aUpstream implements Upstream {
  readonly name = 'a2a';
  readonly readsWhole = true;

  constructor(private readonly end: A2aEnd) {}

  send(request: UpstreamRequest, caller: AnswerHandler): void {
    serveEnd(caller, (gone) => this.serve(request, caller, gone));
  }

  upgrade(): Promise<never> {
    return Promise.reject(new Problem(400, 'A2A is not spoken by WebSocket here.'));
  }

  private async serve(request: UpstreamRequest, caller: AnswerHandler, gone: AbortSignal): Promise<void> {
    const { call, method } = request;
    const headers = new HeaderList(request.headers);
    call.upstream = this.end.agent.name;
    if (isCardRequest(call)) return this.card(call, versionOf(headers), caller);
    if (method !== 'POST') throw onlyPost(method);
    const type = (headers.get('content-type') ?? '').split(';', 1)[0]!.trim().toLowerCase();
    if (type !== 'application/json') throw new McpProblem(415, 'The Content-Type must be application/json.');
    const message = readMessage(await readBody(request, this.end.definition.max_body));
    if (message.id === undefined) {
      throw new McpProblem(400, 'A2A knows requests only: the id is missing.', { code: INVALID_REQUEST });
    }
    try {
      versionOf(headers);
      await this.ask(message, call, headers, caller, gone);
    } catch (thrown) {
      throw this.told(thrown, message, call);
    }
  }

  private async ask(
    message: RpcRequest,
    call: Call,
    headers: HeaderList,
    caller: AnswerHandler,
    gone: AbortSignal,
  ): Promise<void> {
    const { agent, insufficientScope } = this.end;
    const { rules, credentials, definition } = agent.parts;
    const known = passedMethod(message, definition, this.end.security().isGuarded);
    call.part = known.method;
    const missing = rules.missing(known.method, call);
    if (missing.length > 0) throw insufficientScope(call, missing);
    await rules.charge(known.method, call);
    const sent: JsonObject = {
      jsonrpc: '2.0',
      id: message.id,
      method: message.method,
      params: message.params,
    };
    const fields = passedFields(headers);
    if (known.method === 'GetExtendedAgentCard')
      return this.extendedCard(sent, known.version, call, fields, caller, gone);
    const passing = {
      hide: withoutSecrets(await credentials.of(call.caller), MARK),
      maxAnswer: definition.max_answer,
      tell: (error: Error) => this.told(error, message, call),
    };
    await agent.send(sent, known.version, call, fields, new PassedAnswer(caller, passing));
  }

  private async card(call: Call, version: A2aVersion, caller: AnswerHandler): Promise<void> {
    call.part = 'card';
    const card = rewriteCard(await this.end.agent.cards.of(version, call), this.front(call));
    const more = [
      'cache-control',
      this.end.definition.public_card ? 'public, max-age=60' : 'private, max-age=60',
      'vary',
      'A2A-Version',
    ];
    answerJson(caller, card, more);
  }

  /** Of whoever is known: the agent itself knows the gateway alone. */
  private async extendedCard(
    message: JsonObject,
    version: A2aVersion,
    call: Call,
    fields: string[],
    caller: AnswerHandler,
    gone: AbortSignal,
  ): Promise<void> {
    const { agent } = this.end;
    const answer = new PostedAnswer(gone);
    const hide = withoutSecrets(await agent.parts.credentials.of(call.caller), MARK);
    await agent.send(message, version, call, fields, answer);
    const answered = parseObject(hide(await wholeOf(answer, agent.parts.definition.max_answer, call)));
    if (!answered) throw unreadable();
    const { result, error } = answered;
    const body = isObject(result)
      ? { jsonrpc: '2.0', id: message.id, result: rewriteCard(checked(result), this.front(call)) }
      : { jsonrpc: '2.0', id: message.id, error: error ?? null };
    if (!isObject(result) && !isObject(error)) throw unreadable();
    answerJson(caller, body, ['cache-control', 'no-store']);
  }

  private front(call: Call): CardFront {
    const { definition, gatewayUrl, agent, security } = this.end;
    const path = call.path.endsWith(CARD_SUFFIX) ? call.path.slice(0, -CARD_SUFFIX.length) : call.path;
    return { url: definition.url ?? gatewayUrl + path, hasSkill: agent.parts.hasSkill, ...security() };
  }

  /** What a caller is told of anything that went wrong. */
  private told(thrown: unknown, { id }: RpcRequest, call: Call): Problem {
    const known = failureOf(thrown, call);
    if (known instanceof McpProblem) call.fault ??= known.fault;
    errors.report(thrown, known);
    return about(id, known);
  }
}

function onlyPost(method: string): McpProblem {
  return new McpProblem(405, `There is nothing to ${method} here: each message is a POST.`, {
    headers: { allow: 'POST' },
  });
}

function answerJson(caller: AnswerHandler, value: object, more: readonly string[]): void {
  const bytes = Buffer.from(JSON.stringify(value));
  caller.onHead(
    200,
    ['content-type', 'application/json', 'content-length', String(bytes.length), ...more],
    () => undefined,
  );
  caller.onData(bytes);
  caller.onEnd([]);
}

async function wholeOf(answer: PostedAnswer, max: number, call: Call): Promise<string> {
  try {
    const { status, contentType } = await answer.head;
    const fault = faultOfJson(status, contentType);
    if (fault) throw fault;
    const chunks: Buffer[] = [];
    let size = 0;
    for await (const chunk of answer.body as AsyncIterable<Buffer>) {
      size += chunk.length;
      if (size > max) throw unreadable();
      chunks.push(chunk);
    }
    return Buffer.concat(chunks).toString();
  } catch (error) {
    throw failureOf(error, call);
  } finally {
    answer.body.destroy();
  }
}

function checked(card: JsonObject): JsonObject {
  try {
    return readCard(card);
  } catch (error) {
    throw unreadable(error);
  }
}
