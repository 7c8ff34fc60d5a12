import { Problem } from '@gatehouse/http';
import type { Call } from '../../calls/call.js';
import { ConnectNeeded } from '../connections/connect-needed.js';
import { orConnect } from '../connections/tell-connect.js';
import type { Asked, McpEndpoint } from '../endpoint.js';
import { INVALID_PARAMS } from '../protocol/json-rpc.js';
import { McpProblem } from '../protocol/mcp-problem.js';
import { callTool } from './call-tool.js';
import { connected, CONNECT_TOOL } from './connect-tool.js';
import { toolLabel } from './known-tools.js';
import { resultFor } from './tool-for.js';
import type { NamedTool, ToolNames } from './tool-names.js';

/** Calls of tools of an endpoint: who may, how often, and what is told of them. */
export class ToolCalls {
  constructor(
    private readonly endpoint: McpEndpoint,
    private readonly names: ToolNames,
  ) {}

  /** @throws Problem */
  async call(asked: Asked): Promise<void> {
    const { params, answer } = asked;
    const found = this.names.find(params.name);
    if (found && isThere(found)) return this.told(asked, found);
    const name = JSON.stringify(params.name ?? null).slice(0, 200);
    answer.error({ code: INVALID_PARAMS, message: `There is no tool ${name}.` });
  }

  private async told(asked: Asked, found: NamedTool): Promise<void> {
    const { call, gone } = asked.asker;
    this.endpoint.calls.begun(found);
    let outcome = 'caller_left';
    try {
      const isAsked = await orConnect(found.server, asked, async (passed) => {
        outcome = await this.authorized(passed, found);
      });
      if (isAsked) outcome = 'account_needed';
    } catch (error) {
      if (!gone.aborted) outcome = outcomeOf(error, call);
      if (!(error instanceof ConnectNeeded)) throw error;
      call.fault ??= error.fault;
      // MCP, Tools, Error Handling: as a result, for the model to see it, and to tell the user.
      const content = [{ type: 'text', text: error.message }];
      asked.answer.result(resultFor(asked.asker.version, { content, isError: true }));
    } finally {
      this.tell(call, found, outcome);
    }
  }

  private async authorized(asked: Asked, found: NamedTool): Promise<string> {
    const { asker, answer, params } = asked;
    const { call, version } = asker;
    const { server, tool } = found;
    if (isConnectTool(found)) {
      await server.account!.demand(call.caller);
      answer.result(resultFor(version, connected(server)));
      return 'answered';
    }
    const { scopes: granted = [] } = call.caller;
    if (!server.rules.isFor(tool, granted)) {
      throw this.endpoint.insufficientScope(call, server.rules.scopesOf(tool), 'tool');
    }
    await server.rules.charge(tool, call);
    return callTool(found, params, asker, answer);
  }

  private tell(call: Call, found: NamedTool, outcome: string): void {
    call.upstream = found.server.name;
    call.part = toolLabel(found.server, found.tool);
    this.endpoint.calls.ended(call, found, outcome);
  }
}

function isThere(found: NamedTool): boolean {
  return isConnectTool(found) || found.server.rules.has(found.tool);
}

function isConnectTool({ server, tool }: NamedTool): boolean {
  return tool === CONNECT_TOOL && server.account !== undefined;
}

function outcomeOf(error: unknown, { fault }: Call): string {
  if (error instanceof McpProblem && error.fault !== undefined) return error.fault;
  return fault ?? (error instanceof Problem ? 'refused' : 'failed');
}
