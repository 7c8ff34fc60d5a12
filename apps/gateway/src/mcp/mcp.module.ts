import { Global, Module } from '@nestjs/common';
import { McpRoutes } from './mcp-routes.service.js';
import { OpenApiServers } from './openapi/openapi-servers.service.js';
import { McpCalls } from './records/mcp-calls.service.js';
import { McpServerKind } from './servers/mcp-server.kind.js';
import { McpServers } from './servers/mcp-servers.service.js';

/** MCP servers behind routes: whose tools there are, for whom, and who answers for them. */
@Global()
@Module({
  providers: [McpCalls, McpRoutes, McpServerKind, McpServers, OpenApiServers],
  exports: [McpRoutes],
})
export class McpModule {}
