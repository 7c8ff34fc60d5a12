import { Global, Module } from '@nestjs/common';
import { A2aAgentKind } from './a2a-agent.kind.js';
import { A2aAgents } from './a2a-agents.service.js';
import { A2aRoutes } from './a2a-routes.service.js';

/** Agents behind routes: their cards as callers read them, for whom they work, and who answers for them. */
@Global()
@Module({ providers: [A2aAgentKind, A2aAgents, A2aRoutes], exports: [A2aRoutes] })
export class A2aModule {}
