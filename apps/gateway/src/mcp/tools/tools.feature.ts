import type { JsonObject } from '../../wire/json.js';
import type { Asked, McpEndpoint } from '../endpoint.js';
import type { Feature } from '../feature.js';
import { INVALID_PARAMS } from '../protocol/json-rpc.js';
import { cacheableFor } from '../protocol/result-for.js';
import { known } from '../requests/known.js';
import { Names } from '../requests/names.js';
import { passedParams } from '../requests/passed-params.js';
import { relay } from '../requests/relay.js';
import type { ServerRequests } from '../requests/server-requests.js';
import type { Target } from '../requests/target.js';
import { connected, CONNECT_TOOL } from './connect-tool.js';
import { listTools } from './list-tools.js';
import { resultOfTool } from './tool-for.js';

/** The tools of all servers of an endpoint, as if they were of one. */
export class ToolsFeature implements Feature {
  readonly capability: JsonObject = { tools: {} };
  readonly methods = {
    'tools/list': (asked: Asked) => this.list(asked),
    'tools/call': (asked: Asked) => this.call(asked),
  };
  private readonly names: Names;

  constructor(
    private readonly endpoint: McpEndpoint,
    private readonly requests: ServerRequests,
  ) {
    this.names = new Names(endpoint.servers, 'tool');
  }

  private async list({ asker, answer, params }: Asked): Promise<void> {
    const listed = await listTools(this.endpoint.servers, this.names, params, asker);
    answer.result(cacheableFor(asker.version, listed));
  }

  private async call(asked: Asked): Promise<void> {
    const { params, answer } = asked;
    const found = this.names.find(params.name);
    if (found && isThere(found)) {
      return this.requests.run(asked, found, (passed) => this.authorized(passed, found));
    }
    const name = JSON.stringify(params.name ?? null).slice(0, 200);
    answer.error({ code: INVALID_PARAMS, message: `There is no tool ${name}.` });
  }

  private async authorized(asked: Asked, found: Target): Promise<string> {
    const { asker, answer, params } = asked;
    const { server, name } = found;
    if (isConnectTool(found)) {
      await server.account!.demand(asker.call.caller);
      answer.result(resultOfTool(asker.version, server, connected(server)));
      return 'answered';
    }
    await this.requests.admit(asked, found);
    const sent = { ...passedParams(params, ['arguments']), name };
    const relayed = await relay(server.backend.callTool(sent, asker), asked, (result) =>
      resultOfTool(asker.version, server, result),
    );
    if (relayed.is === 'error') return 'error';
    if (relayed.result.isError === true) return 'tool_error';
    known(found);
    return 'answered';
  }
}

function isThere(found: Target): boolean {
  return isConnectTool(found) || found.server.rules.tool.has(found.name);
}

function isConnectTool({ server, name }: Target): boolean {
  return name === CONNECT_TOOL && server.account !== undefined;
}
