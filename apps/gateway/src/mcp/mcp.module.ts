import { Global, Module } from '@nestjs/common';
import { LoginModule } from '../login/login.module.js';
import { AccountCredentials } from './connections/account-credentials.service.js';
import { AccountStore } from './connections/account-store.service.js';
import { AccountTokens } from './connections/account-tokens.service.js';
import { AccountsController } from './connections/accounts.controller.js';
import { Accounts } from './connections/accounts.service.js';
import { AuthorizationServers } from './connections/authorization-servers.service.js';
import { ClientDocumentController } from './connections/client-document.controller.js';
import { ConnectFlow } from './connections/connect-flow.service.js';
import { ConnectController } from './connections/connect.controller.js';
import { OAuthRequests } from './connections/oauth-requests.service.js';
import { OAuthServers } from './connections/oauth-servers.service.js';
import { OwnClients } from './connections/own-clients.service.js';
import { People } from './connections/people.service.js';
import { RegisteredClients } from './connections/registered-clients.service.js';
import { Visitors } from './connections/visitors.service.js';
import { LogLevels } from './logging/log-levels.service.js';
import { McpRoutes } from './mcp-routes.service.js';
import { OpenApiServers } from './openapi/openapi-servers.service.js';
import { Programs } from './programs/programs.service.js';
import { McpCalls } from './records/mcp-calls.service.js';
import { McpServerKind } from './servers/mcp-server.kind.js';
import { McpServers } from './servers/mcp-servers.service.js';

/** MCP servers behind routes: whose tools there are, for whom, and who answers for them. */
@Global()
@Module({
  imports: [LoginModule],
  controllers: [AccountsController, ClientDocumentController, ConnectController],
  providers: [
    AccountCredentials,
    Accounts,
    AccountStore,
    AccountTokens,
    AuthorizationServers,
    ConnectFlow,
    LogLevels,
    McpCalls,
    McpRoutes,
    McpServerKind,
    McpServers,
    OAuthRequests,
    OAuthServers,
    OpenApiServers,
    OwnClients,
    People,
    Programs,
    RegisteredClients,
    Visitors,
  ],
  exports: [McpRoutes],
})
export class McpModule {}
