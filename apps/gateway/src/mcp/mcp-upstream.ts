import { HttpErrorFilter, Problem } from '@gatehouse/http';
import { annotateSpan } from '@gatehouse/observability';
import { isObject, type JsonObject } from '../wire/json.js';
import { readBody } from '../upstreams/read-body.js';
import type { Call } from '../calls/call.js';
import { HeaderList } from '../calls/header-list.js';
import { serveEnd } from '../routes/serve-end.js';
import type { AnswerHandler, Upstream, UpstreamRequest } from '../upstreams/upstream.js';
import { type Asker, askerKey } from './client/asker.js';
import type { Asked, McpEndpoint } from './endpoint.js';
import { featuresOf } from './features.js';
import type { Methods } from './feature.js';
import { CallerAnswer } from './protocol/caller-answer.js';
import {
  INVALID_PARAMS,
  METHOD_NOT_FOUND,
  type RequestId,
  type RpcNotification,
  type RpcRequest,
} from './protocol/json-rpc.js';
import { isLogLevel, type WantedLog } from './protocol/log-level.js';
import { about, McpProblem } from './protocol/mcp-problem.js';
import { metaOf, readMessage } from './protocol/read-message.js';
import { cacheableFor } from './protocol/result-for.js';
import { spokenVersion } from './protocol/spoken-version.js';
import {
  HANDSHAKE_VERSIONS,
  IMPLEMENTATION,
  isHandshakeVersion,
  META,
  STATELESS,
  type Version,
  VERSIONS,
} from './protocol/versions.js';
import { capabilitiesIn, newSessionId, sessionIdOf } from './protocol/session-id.js';
import { RunningRequests } from './running-requests.js';

const errors = new HttpErrorFilter();

/** The end of an `mcp` route: to the proxy it is an upstream like any other. */
export class McpUpstream implements Upstream {
  readonly name = 'mcp';
  readonly readsWhole = true;
  private readonly capabilities: JsonObject;
  private readonly methods: ReadonlyMap<string, Methods[string]>;
  private readonly handshakeMethods: ReadonlyMap<string, Methods[string]>;
  private readonly running = new RunningRequests();

  constructor(private readonly endpoint: McpEndpoint) {
    const features = featuresOf(endpoint);
    this.capabilities = Object.assign({}, ...features.map(({ capability }) => capability)) as JsonObject;
    this.methods = new Map(features.flatMap(({ methods }) => Object.entries(methods)));
    this.handshakeMethods = new Map(
      features.flatMap(({ handshakeMethods = {} }) => Object.entries(handshakeMethods)),
    );
  }

  send(request: UpstreamRequest, caller: AnswerHandler): void {
    serveEnd(caller, (gone) => this.serve(request, caller, gone));
  }

  upgrade(): Promise<never> {
    return Promise.reject(new Problem(400, 'MCP is not spoken by WebSocket here.'));
  }

  private async serve(request: UpstreamRequest, caller: AnswerHandler, gone: AbortSignal): Promise<void> {
    const { call, method } = request;
    const headers = new HeaderList(request.headers);
    this.checkOrigin(call, headers.get('origin'));
    if (method !== 'POST') throw onlyPost(method);
    demandJson(headers);
    const message = readMessage(await readBody(request, this.endpoint.definition.max_body));
    const { id } = message;
    try {
      const version = spokenVersion(message, headers);
      tell(id, version);
      const key = askerKey(call.caller, version === STATELESS ? undefined : sessionIdOf(headers));
      if (id === undefined) return this.take(message, key, caller);
      const log = logIn(message, version);
      const asker = { call, version, key, log, ...besides(message, headers) };
      await this.running.run(key, id, (cancelled) => {
        const ended = AbortSignal.any([gone, cancelled]);
        const own = message.method === 'initialize' ? ['mcp-session-id', newSessionId(message.params)] : [];
        const answer = new CallerAnswer(caller, id, takesStream(headers), ended, own);
        return this.finish({ ...message, answer, asker: { ...asker, gone: ended } }, cancelled);
      });
    } catch (thrown) {
      const problem = errors.known(thrown);
      errors.report(thrown, problem);
      throw problem instanceof Problem && id !== undefined ? about(id, problem) : problem;
    }
  }

  private take(message: RpcNotification, key: string | undefined, caller: AnswerHandler): void {
    if (message.method === 'notifications/cancelled') this.running.cancel(key, message.params.requestId);
    caller.onHead(202, ['content-length', '0'], () => undefined);
    caller.onEnd([]);
  }

  private async finish(asked: Asked, cancelled: AbortSignal): Promise<void> {
    const { id, answer, asker } = asked;
    try {
      await this.answer(asked);
    } catch (error) {
      if (cancelled.aborted) return answer.cancelled();
      if (error instanceof McpProblem && !asker.gone.aborted) asker.call.fault ??= error.fault;
      if (!answer.hasBegun || !(error instanceof Problem)) throw error;
      answer.error(about(id, error));
    }
  }

  private async answer(asked: Asked): Promise<void> {
    const { asker, answer, method, params } = asked;
    const isStateless = asker.version === STATELESS;
    const ask = this.methods.get(method) ?? (isStateless ? undefined : this.handshakeMethods.get(method));
    if (ask) return ask(asked);
    if (isStateless && method === 'server/discover') return answer.result(this.discovered());
    if (!isStateless && method === 'initialize') return answer.result(this.initialized(params));
    if (!isStateless && method === 'ping') return answer.result({});
    const error = { code: METHOD_NOT_FOUND, message: `There is no method ${method} here.` };
    answer.error(error, isStateless ? 404 : 200);
  }

  private initialized({ protocolVersion }: JsonObject): JsonObject {
    return {
      protocolVersion: isHandshakeVersion(protocolVersion) ? protocolVersion : HANDSHAKE_VERSIONS[0],
      capabilities: this.capabilities,
      serverInfo: IMPLEMENTATION,
      ...this.instructions,
    };
  }

  private discovered(): JsonObject {
    const { capabilities, instructions } = this;
    return cacheableFor(STATELESS, { supportedVersions: VERSIONS, capabilities, ...instructions });
  }

  private get instructions(): JsonObject {
    const { instructions } = this.endpoint.definition;
    return instructions === undefined ? {} : { instructions };
  }

  /** MCP, Streamable HTTP: a page of another origin must not reach a server that its user can reach (DNS rebinding). */
  private checkOrigin(call: Call, origin: string | undefined): void {
    if (origin === undefined || this.endpoint.isAllowedOrigin(origin, call)) return;
    throw new McpProblem(403, 'Pages of this origin may not call the endpoint.', { fault: 'origin' });
  }
}

/** Ids are the caller's own, and may be long. */
const MAX_TOLD_ID = 100;

function tell(id: RequestId | undefined, version: Version): void {
  annotateSpan({
    ...(id !== undefined && { 'jsonrpc.request.id': String(id).slice(0, MAX_TOLD_ID) }),
    'mcp.protocol.version': version,
  });
}

function onlyPost(method: string): McpProblem {
  return new McpProblem(405, `There is nothing to ${method} here: each message is a POST.`, {
    headers: { allow: 'POST' },
  });
}

function demandJson(headers: HeaderList): void {
  const type = (headers.get('content-type') ?? '').split(';', 1)[0]!.trim().toLowerCase();
  if (type !== 'application/json') throw new McpProblem(415, 'The Content-Type must be application/json.');
}

/** What of a request says more of the caller. */
function besides({ params }: RpcRequest, headers: HeaderList): Pick<Asker, 'capabilities' | 'paramHeaders'> {
  const capabilities = metaOf(params)[META.clientCapabilities] ?? capabilitiesIn(sessionIdOf(headers));
  // Arguments of tools that their servers want in header fields, too.
  const { pairs } = headers;
  const paramHeaders = pairs.flatMap((name, i) =>
    i % 2 === 0 && name.startsWith('mcp-param-') ? [name, pairs[i + 1]!] : [],
  );
  return { capabilities: isObject(capabilities) ? capabilities : {}, paramHeaders };
}

/** MCP 2026-07-28, Logging: nothing is said to who does not ask for it. Before, the session says it. */
function logIn({ params }: RpcRequest, version: Version): WantedLog {
  if (version !== STATELESS) return 'unsaid';
  const { [META.logLevel]: level = 'nothing' } = metaOf(params);
  if (level === 'nothing' || isLogLevel(level)) return level;
  throw new McpProblem(400, `The ${META.logLevel} of params._meta is no level.`, { code: INVALID_PARAMS });
}

function takesStream(headers: HeaderList): boolean {
  return headers.all('accept').join().includes('text/event-stream');
}
