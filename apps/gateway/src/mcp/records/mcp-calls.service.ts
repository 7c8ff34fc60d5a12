import { annotateSpan, Metrics } from '@gatehouse/observability';
import { Injectable, Logger } from '@nestjs/common';
import type { Counter } from 'prom-client';
import type { Call } from '../../calls/call.js';
import type { Kind } from '../servers/access-definition.js';
import { label, shown } from '../requests/known.js';
import type { Target } from '../requests/target.js';

/** What a span calls them, by the semantic conventions of OpenTelemetry for MCP. */
const ATTRIBUTES: Readonly<Record<Kind, string>> = {
  tool: 'gen_ai.tool.name',
  prompt: 'gen_ai.prompt.name',
  resource: 'mcp.resource.uri',
};

/** Tells of requests for what servers have: the log, the metrics, and by the call itself its usage record and its span. */
@Injectable()
export class McpCalls {
  private readonly logger = new Logger(McpCalls.name);
  private readonly calls: Counter<'server' | 'tool' | 'outcome'>;
  private readonly requests: Counter<'server' | 'method' | 'outcome'>;

  constructor(metrics: Metrics) {
    this.calls = metrics.counter({
      name: 'gatehouse_mcp_tool_calls_total',
      help: 'Calls of MCP tools, by how they ended',
      labelNames: ['server', 'tool', 'outcome'],
    });
    this.requests = metrics.counter({
      name: 'gatehouse_mcp_context_requests_total',
      help: 'Requests for resources and prompts of MCP servers, by how they ended',
      labelNames: ['server', 'method', 'outcome'],
    });
  }

  begun(method: string, target: Target): void {
    const prefix = target.kind === 'resource' ? '' : target.server.prefix;
    annotateSpan({ 'mcp.method.name': method, [ATTRIBUTES[target.kind]]: prefix + shown(target) });
  }

  ended(method: string, { id, startedAt }: Call, target: Target, outcome: string): void {
    const { server, kind } = target;
    const ms = Math.round(performance.now() - startedAt);
    if (kind === 'tool') this.calls.inc({ server: server.name, tool: label(target), outcome });
    else this.requests.inc({ server: server.name, method, outcome });
    const name = JSON.stringify(shown(target));
    this.logger.log(`Call ${id}: ${kind} ${name} of ${server.name}, ${outcome} after ${ms} ms`);
  }
}
