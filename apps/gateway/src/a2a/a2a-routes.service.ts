import type { FieldFault, Problem } from '@gatehouse/http';
import { bearerChallenge, presentedToken } from '@gatehouse/token';
import { Inject, Injectable } from '@nestjs/common';
import type { Call } from '../calls/call.js';
import { CONFIG, type Config } from '../config.js';
import type { Configuration } from '../configuration/config-kind.js';
import { type AccessTokenSettings, accessTokenSettings } from '../guards/access-token-settings.js';
import { type GuardDefinition, typedGuards } from '../guards/guard-definition.js';
import { NOBODY } from '../guards/route-guard.js';
import type { Authenticate } from '../guards/route-guards.service.js';
import { McpProblem } from '../mcp/protocol/mcp-problem.js';
import { resourceMetadataUrl } from '../protected-resource/resource-metadata-url.js';
import type { Route } from '../routes/route-table.js';
import { Issuers } from '../tokens/issuers.service.js';
import { A2aAgentKind } from './a2a-agent.kind.js';
import { A2aAgents } from './a2a-agents.service.js';
import type { A2aEndDefinition } from './a2a-end-definition.js';
import { A2aUpstream } from './a2a-upstream.js';
import { isCardRequest } from './card-request.js';

/** Routes that are A2A agents. */
@Injectable()
export class A2aRoutes {
  constructor(
    private readonly kind: A2aAgentKind,
    private readonly agents: A2aAgents,
    private readonly issuers: Issuers,
    @Inject(CONFIG) private readonly config: Config,
  ) {}

  faults({ agent }: A2aEndDefinition, configuration: Configuration): FieldFault[] {
    if (configuration.of(this.kind).has(agent)) return [];
    return [{ pointer: '/a2a/agent', detail: 'names no A2A agent: create it first' }];
  }

  /** Who answers the calls of a route. */
  end(
    definition: A2aEndDefinition,
    guards: readonly GuardDefinition[],
    configuration: Configuration,
  ): Pick<Route, 'choose' | 'scopes'> {
    const agent = this.agents.of(configuration).get(definition.agent)!;
    const settings = accessTokenOf(guards);
    const scopes = [...new Set([...(settings?.scopes ?? []), ...agent.parts.rules.scopes])];
    const upstream = new A2aUpstream({
      definition,
      agent,
      gatewayUrl: this.config.gatewayUrl,
      // Issuers may be put into force after the route is made.
      security: () => ({ issuers: this.urlsOf(settings), scopes, isGuarded: guards.length > 0 }),
      insufficientScope: (call, missing) => this.insufficientScope(call, missing, settings?.audience),
    });
    const destination = { upstream, part: undefined };
    return { choose: () => destination, scopes: agent.parts.rules.scopes };
  }

  private urlsOf(settings: AccessTokenSettings | undefined): readonly string[] {
    return (settings?.issuers ?? []).flatMap((name) => this.issuers.named(name)?.rules.url ?? []);
  }

  private insufficientScope(
    { headers: { authorization }, caller: { scopes: granted = [] } }: Call,
    missing: readonly string[],
    audience: readonly string[] | undefined,
  ): Problem {
    const errorDescription = `The method needs the scope ${missing.join(' ')}`;
    const challenge = bearerChallenge({
      error: 'insufficient_scope',
      errorDescription,
      scope: [...new Set([...granted, ...missing])],
      scheme: presentedToken(authorization)?.scheme ?? 'Bearer',
      resourceMetadata: audience && resourceMetadataUrl(this.config.gatewayUrl, audience),
    });
    return new McpProblem(403, `${errorDescription}.`, {
      fault: 'insufficient_scope',
      headers: audience ? { 'www-authenticate': challenge } : {},
    });
  }
}

/** A2A 1.0 §8.2: a card is there for whoever looks for the agent. Nothing else is answered to that request. */
export function exceptForCards(
  authenticate: Authenticate,
  { public_card: isPublic }: A2aEndDefinition,
): Authenticate {
  return isPublic ? (call) => (isCardRequest(call) ? NOBODY : authenticate(call)) : authenticate;
}

function accessTokenOf(guards: readonly GuardDefinition[]): AccessTokenSettings | undefined {
  for (const { type, ...settings } of typedGuards(guards)) {
    if (type === 'access_token') return accessTokenSettings.parse(settings);
  }
  return undefined;
}
