import { Injectable } from '@nestjs/common';
import { A2aRoutes, exceptForCards } from '../a2a/a2a-routes.service.js';
import { aiProblem, AiRoutes, authenticateSdk, operationPath } from '../ai/ai-routes.service.js';
import type { Configuration } from '../configuration/config-kind.js';
import { type Authenticate, RouteGuards } from '../guards/route-guards.service.js';
import { ApiKind } from '../apis/api.kind.js';
import { lifecycle } from '../apis/lifecycle.js';
import { GlobalPoliciesKind } from '../policies/global-policies.kind.js';
import type { PolicyChain } from '../policies/policy-chain.js';
import { McpRoutes } from '../mcp/mcp-routes.service.js';
import { mcpProblemAnswer } from '../mcp/protocol/problem-answer.js';
import { Policies } from '../policies/policies.service.js';
import { CallLimits } from '../throttling/call-limits.service.js';
import { Plans } from '../throttling/plans.service.js';
import { compileLimits } from '../throttling/route-limits.js';
import { Upstreams } from '../upstreams/upstreams.service.js';
import { NOBODY } from '../guards/route-guard.js';
import type { IncomingCall } from '../calls/incoming-call.js';
import { compileSplit } from './choose-part.js';
import { compileForwardedPath } from './forwarded-path.js';
import { compileMirror } from './mirror.js';
import { compileMaintenance, compileRedirect, compileRespond } from './own-answer.js';
import type { RouteDefinition } from './route-definition.js';
import type { Route } from './route-table.js';

/** Makes routes ready to serve. */
@Injectable()
export class CompileRoute {
  constructor(
    private readonly guards: RouteGuards,
    private readonly policies: Policies,
    private readonly globalPolicies: GlobalPoliciesKind,
    private readonly apis: ApiKind,
    private readonly upstreams: Upstreams,
    private readonly limits: CallLimits,
    private readonly plans: Plans,
    private readonly ai: AiRoutes,
    private readonly mcp: McpRoutes,
    private readonly a2a: A2aRoutes,
  ) {}

  route(id: string, definition: RouteDefinition, configuration: Configuration): Route {
    const { name, match } = definition;
    const guarded = definition.guards.length > 0;
    const forwardedPath = pathOf(definition);
    return {
      id,
      name,
      api: definition.api,
      match,
      stripPrefix: definition.strip_prefix,
      forwardedPath,
      ...this.end(definition, forwardedPath, configuration),
      ...forwardedHost(definition),
      ...this.mirror(definition),
      authenticate: this.authenticate(definition),
      consumed: this.guards.consumedBy(definition.guards),
      charge: compileLimits(definition.limits, { id, name, guarded }, this.limits, this.plans),
      chain: this.chainOf(definition, configuration),
    };
  }

  private authenticate({ guards, maintenance, ai, a2a }: RouteDefinition): Authenticate | undefined {
    const authenticate = this.guards.compileAll(guards);
    if (maintenance) return behind(compileMaintenance(maintenance), authenticate);
    if (a2a && authenticate) return exceptForCards(authenticate, a2a);
    return ai && authenticate ? authenticateSdk(authenticate) : authenticate;
  }

  /** What becomes of the calls. */
  private end(
    { name, upstream, split, respond, redirect, maintenance, ai, mcp, a2a, guards }: RouteDefinition,
    forwardedPath: Route['forwardedPath'],
    configuration: Configuration,
  ): Pick<Route, 'answer' | 'choose' | 'problem'> {
    if (ai) return { ...this.ai.end(name, ai, configuration), problem: aiProblem };
    if (mcp) return { ...this.mcp.end(mcp, guards, configuration), problem: mcpProblemAnswer };
    if (a2a) return { ...this.a2a.end(a2a, guards, configuration), problem: mcpProblemAnswer };
    if (respond) return { answer: compileRespond(respond) };
    if (redirect) return { answer: compileRedirect(redirect, forwardedPath) };
    if (split) return { choose: compileSplit(split, (one) => this.upstreams.of(one)) };
    const one = upstream ?? maintenance?.upstream;
    if (!one) return {};
    const destination = { upstream: this.upstreams.of(one), part: undefined };
    return { choose: () => destination };
  }

  private mirror({ mirror, name }: RouteDefinition): Pick<Route, 'mirror'> {
    return mirror ? { mirror: compileMirror(mirror, this.upstreams.of(mirror.upstream), name) } : {};
  }

  /** What every route begins with, what its API says, and what it says itself. */
  private chainOf(
    { name, api: apiName, policies }: RouteDefinition,
    configuration: Configuration,
  ): PolicyChain {
    const api = this.apis.find(apiName, configuration);
    const chain = [...this.globalPolicies.in(configuration), ...(api?.policies ?? []), ...policies];
    const place = { route: name, api: apiName, document: api?.document ?? undefined };
    const state = api && lifecycle(api);
    return this.policies.compile(chain, place, state ? [state] : []);
  }
}

/** AI routes tell by the rest of the path what is asked, unless they say what it becomes. */
function pathOf(definition: RouteDefinition): Route['forwardedPath'] {
  if (!definition.ai || definition.rewrite !== undefined) return compileForwardedPath(definition);
  return operationPath(compileForwardedPath({ strip_prefix: true }));
}

function forwardedHost({ preserve_host: preserved, host }: RouteDefinition): Pick<Route, 'forwardedHost'> {
  if (host !== undefined) return { forwardedHost: () => host };
  return preserved ? { forwardedHost: (call) => call.host || undefined } : {};
}

/** Whoever is not let in is not asked who they are. */
function behind(admit: (call: IncomingCall) => void, authenticate: Authenticate | undefined): Authenticate {
  return (call) => {
    admit(call);
    return authenticate ? authenticate(call) : NOBODY;
  };
}
