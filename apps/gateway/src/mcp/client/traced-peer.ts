import { ClientSpan, type SpanEnd } from '@gatehouse/observability';
import type { JsonObject } from '../../wire/json.js';
import { McpProblem } from '../protocol/mcp-problem.js';
import { metaOf } from '../protocol/read-message.js';
import { shown } from '../requests/known.js';
import type { Backend, ToolCall } from '../servers/backend.js';
import type { Asker } from './asker.js';
import type { Peer } from './mcp-backend.js';
import type { Said } from './said.js';

/** Where a server is: a program is on this machine. */
export interface TracedServer {
  readonly name: string;
  readonly url: string | undefined;
}

type Attributes = Record<string, string | number>;

const LEFT: SpanEnd = { errorType: 'caller_left' };

/**
 * A span of each request to a server, by the semantic conventions of OpenTelemetry for MCP: the server, which gets the trace in
 * `_meta` (MCP 2026-07-28, OpenTelemetry trace context) and in the header, goes on below it.
 */
export function tracedPeer(peer: Peer, server: TracedServer): Peer {
  const place = placeOf(server);
  const ask = peer.ask.bind(peer);
  return { ask: (method, params, asker) => traced(ask, place, method, params, asker) };
}

/** The same of each call of an API whose operations are tools. */
export function tracedTools(api: Backend, server: TracedServer): Backend {
  const place = placeOf(server);
  const ask: Ask = (_, params, asker) => api.callTool(params as ToolCall, asker);
  return {
    listTools: (asker) => api.listTools(asker),
    callTool: (params, asker) => traced(ask, place, 'tools/call', params, asker),
  };
}

type Ask = Peer['ask'];

async function* traced(
  ask: Ask,
  place: Attributes,
  method: string,
  params: JsonObject,
  asker: Asker,
): AsyncGenerator<Said> {
  const target = targetOf(method, params);
  const { [TOOL]: tool, [PROMPT]: prompt } = target;
  const name = [method, tool ?? prompt ?? []].flat().join(' ');
  const span = ClientSpan.begin(name, { 'mcp.method.name': method, ...target, ...place }, traceIn(params));
  if (!span) return yield* ask(method, params, asker);
  let end = LEFT;
  try {
    for await (const said of span.during(ask(method, params, asker))) {
      end = endBy(said) ?? end;
      yield said;
    }
  } catch (error) {
    end = asker.gone.aborted ? LEFT : { errorType: faultOf(error) };
    throw error;
  } finally {
    span.end(end);
  }
}

const TOOL = 'gen_ai.tool.name';
const PROMPT = 'gen_ai.prompt.name';

/** What is asked for, by the names that the server has. */
function targetOf(method: string, { name, uri }: JsonObject): Readonly<Record<string, string>> {
  if (method === 'resources/read' && typeof uri === 'string') {
    return { 'mcp.resource.uri': shown({ kind: 'resource', name: uri }) };
  }
  if (typeof name !== 'string') return {};
  if (method === 'prompts/get') return { [PROMPT]: name };
  return method === 'tools/call' ? { [TOOL]: name, 'gen_ai.operation.name': 'execute_tool' } : {};
}

function placeOf({ name, url }: TracedServer): Attributes {
  const own = { 'gatehouse.mcp.server': name };
  if (url === undefined) return { ...own, 'network.transport': 'pipe' };
  const { hostname, port, protocol } = new URL(url);
  return {
    ...own,
    'network.transport': 'tcp',
    'network.protocol.name': 'http',
    'server.address': hostname,
    'server.port': Number(port || (protocol === 'https:' ? 443 : 80)),
  };
}

/** The trace that the caller says this belongs to: its messages and its connection may be of different ones. */
function traceIn(params: JsonObject): Readonly<Record<string, string>> {
  const { traceparent, tracestate } = metaOf(params);
  if (typeof traceparent !== 'string') return {};
  return { traceparent, ...(typeof tracestate === 'string' && { tracestate }) };
}

/** @returns undefined where it goes on */
function endBy(said: Said): SpanEnd | undefined {
  if (said.is === 'notification') return undefined;
  if (said.is === 'result') return { errorType: said.result.isError === true ? 'tool_error' : undefined };
  const code = String(said.error.code);
  return { errorType: code, attributes: { 'rpc.response.status_code': code } };
}

function faultOf(error: unknown): string {
  return (error instanceof McpProblem ? error.fault : undefined) ?? '_OTHER';
}
