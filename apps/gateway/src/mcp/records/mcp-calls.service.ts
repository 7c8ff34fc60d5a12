import { annotateSpan, Metrics } from '@gatehouse/observability';
import { Injectable, Logger } from '@nestjs/common';
import type { Counter } from 'prom-client';
import type { Call } from '../../calls/call.js';
import { toolLabel } from '../tools/known-tools.js';
import type { NamedTool } from '../tools/tool-names.js';

/** Tells of calls of tools: the log, the metrics, and by the call itself its usage record and its span. */
@Injectable()
export class McpCalls {
  private readonly logger = new Logger(McpCalls.name);
  private readonly calls: Counter<'server' | 'tool' | 'outcome'>;

  constructor(metrics: Metrics) {
    this.calls = metrics.counter({
      name: 'gatehouse_mcp_tool_calls_total',
      help: 'Calls of MCP tools, by how they ended',
      labelNames: ['server', 'tool', 'outcome'],
    });
  }

  begun({ server, tool }: NamedTool): void {
    annotateSpan({ 'mcp.method.name': 'tools/call', 'gen_ai.tool.name': server.prefix + tool });
  }

  ended({ id, startedAt }: Call, { server, tool }: NamedTool, outcome: string): void {
    const ms = Math.round(performance.now() - startedAt);
    this.calls.inc({ server: server.name, tool: toolLabel(server, tool), outcome });
    this.logger.log(`Call ${id}: tool ${JSON.stringify(tool)} of ${server.name}, ${outcome} after ${ms} ms`);
  }
}
