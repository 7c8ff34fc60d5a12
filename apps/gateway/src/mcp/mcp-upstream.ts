import { randomUUID } from 'node:crypto';
import { HttpErrorFilter, Problem } from '@gatehouse/http';
import { isObject, type JsonObject } from '../wire/json.js';
import { readBody } from '../upstreams/read-body.js';
import type { Call } from '../calls/call.js';
import { HeaderList } from '../calls/header-list.js';
import { serveEnd } from '../routes/serve-end.js';
import type { AnswerHandler, Upstream, UpstreamRequest } from '../upstreams/upstream.js';
import { type Asker, askerKey } from './client/asker.js';
import type { McpEndDefinition } from './mcp-end-definition.js';
import { CallerAnswer } from './protocol/caller-answer.js';
import {
  INVALID_PARAMS,
  METHOD_NOT_FOUND,
  type RpcNotification,
  type RpcRequest,
} from './protocol/json-rpc.js';
import { about, McpProblem } from './protocol/mcp-problem.js';
import { metaOf, readMessage } from './protocol/read-message.js';
import { spokenVersion } from './protocol/spoken-version.js';
import {
  HANDSHAKE_VERSIONS,
  IMPLEMENTATION,
  isHandshakeVersion,
  META,
  STATELESS,
  VERSIONS,
} from './protocol/versions.js';
import type { McpCalls } from './records/mcp-calls.service.js';
import { RunningRequests } from './running-requests.js';
import type { McpServer } from './servers/mcp-servers.service.js';
import { callTool } from './tools/call-tool.js';
import { toolLabel } from './tools/known-tools.js';
import { listTools } from './tools/list-tools.js';
import { type NamedTool, ToolNames } from './tools/tool-names.js';

/** What an endpoint needs to know of its route. */
export interface McpEndpoint {
  readonly definition: McpEndDefinition;
  readonly servers: readonly McpServer[];
  readonly calls: McpCalls;
  readonly isAllowedOrigin: (origin: string) => boolean;
  /** What a caller is told who lacks scopes. */
  readonly insufficientScope: (call: Call, scopes: readonly string[]) => Problem;
}

/** A request, and all that is known of who asks. */
interface Asked extends RpcRequest {
  readonly asker: Asker;
  readonly answer: CallerAnswer;
}

const errors = new HttpErrorFilter();
const CAPABILITIES = { tools: {} };
const MAX_SESSION_ID = 200;

/** The end of an `mcp` route: to the proxy it is an upstream like any other. */
export class McpUpstream implements Upstream {
  readonly name = 'mcp';
  private readonly names: ToolNames;
  private readonly running = new RunningRequests();

  constructor(private readonly endpoint: McpEndpoint) {
    this.names = new ToolNames(endpoint.servers);
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
      const key = askerKey(call.caller, version === STATELESS ? undefined : sessionIdOf(headers));
      if (id === undefined) return this.take(message, key, caller);
      const asker = { call, version, key, ...besides(message, headers) };
      await this.running.run(key, id, (cancelled) => {
        const ended = AbortSignal.any([gone, cancelled]);
        const own = message.method === 'initialize' ? ['mcp-session-id', randomUUID()] : [];
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

  private async answer({ asker, answer, ...request }: Asked): Promise<void> {
    const { method, params } = request;
    const isStateless = asker.version === STATELESS;
    if (method === 'tools/call') return this.call({ asker, answer, ...request });
    if (method === 'tools/list') {
      const listed = await listTools(this.endpoint.servers, this.names, params, asker);
      return answer.result(isStateless ? cacheable(listed) : listed);
    }
    if (isStateless && method === 'server/discover') return answer.result(cacheable(this.discovered()));
    if (!isStateless && method === 'initialize') return answer.result(this.initialized(params));
    if (!isStateless && method === 'ping') return answer.result({});
    const error = { code: METHOD_NOT_FOUND, message: `There is no method ${method} here.` };
    answer.error(error, isStateless ? 404 : 200);
  }

  private async call({ params, asker, answer }: Asked): Promise<void> {
    const { call } = asker;
    const found = this.names.find(params.name);
    if (!found?.server.rules.has(found.tool)) {
      const name = JSON.stringify(params.name ?? null).slice(0, 200);
      return answer.error({ code: INVALID_PARAMS, message: `There is no tool ${name}.` });
    }
    const { tool, server } = found;
    const { calls, insufficientScope } = this.endpoint;
    calls.begun(found);
    let outcome = 'caller_left';
    try {
      const { scopes: granted = [] } = call.caller;
      if (!server.rules.isFor(tool, granted)) throw insufficientScope(call, server.rules.scopesOf(tool));
      await server.rules.charge(tool, call);
      outcome = await callTool(found, params, asker, answer);
    } catch (error) {
      if (!asker.gone.aborted) outcome = outcomeOf(error, call);
      throw error;
    } finally {
      this.tell(call, found, outcome);
    }
  }

  private tell(call: Call, found: NamedTool, outcome: string): void {
    call.upstream = found.server.name;
    call.part = toolLabel(found.server, found.tool);
    this.endpoint.calls.ended(call, found, outcome);
  }

  private initialized({ protocolVersion }: JsonObject): JsonObject {
    return {
      protocolVersion: isHandshakeVersion(protocolVersion) ? protocolVersion : HANDSHAKE_VERSIONS[0],
      capabilities: CAPABILITIES,
      serverInfo: IMPLEMENTATION,
      ...this.instructions,
    };
  }

  private discovered(): JsonObject {
    return { supportedVersions: VERSIONS, capabilities: CAPABILITIES, ...this.instructions };
  }

  private get instructions(): JsonObject {
    const { instructions } = this.endpoint.definition;
    return instructions === undefined ? {} : { instructions };
  }

  /** MCP, Streamable HTTP: a page of another origin must not reach a server that its user can reach (DNS rebinding). */
  private checkOrigin({ protocol, host }: Call, origin: string | undefined): void {
    if (origin === undefined || origin === `${protocol}://${host}`) return;
    if (this.endpoint.isAllowedOrigin(origin)) return;
    throw new McpProblem(403, 'Pages of this origin may not call the endpoint.', { fault: 'origin' });
  }
}

/** What depends on who asks is for nobody else, and may be another thing the next time. */
function cacheable(result: JsonObject): JsonObject {
  const _meta = { [META.serverInfo]: IMPLEMENTATION };
  return { resultType: 'complete', ttlMs: 0, cacheScope: 'private', ...result, _meta };
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

function sessionIdOf(headers: HeaderList): string | undefined {
  const id = headers.get('mcp-session-id');
  if (id !== undefined && id.length > MAX_SESSION_ID)
    throw new McpProblem(400, 'The Mcp-Session-Id is too long.');
  return id;
}

/** What of a request says more of the caller. */
function besides(
  { params }: RpcRequest,
  { pairs }: HeaderList,
): Pick<Asker, 'capabilities' | 'paramHeaders'> {
  const capabilities = metaOf(params)[META.clientCapabilities];
  // Arguments of tools that their servers want in header fields, too.
  const paramHeaders = pairs.flatMap((name, i) =>
    i % 2 === 0 && name.startsWith('mcp-param-') ? [name, pairs[i + 1]!] : [],
  );
  return { capabilities: isObject(capabilities) ? capabilities : {}, paramHeaders };
}

function takesStream(headers: HeaderList): boolean {
  return headers.all('accept').join().includes('text/event-stream');
}

function outcomeOf(error: unknown, { fault }: Call): string {
  if (error instanceof McpProblem && error.fault !== undefined) return error.fault;
  return fault ?? (error instanceof Problem ? 'refused' : 'failed');
}
