import { Injectable } from '@nestjs/common';
import { type Configuration, PerConfiguration } from '../configuration/config-kind.js';
import { nameMatcher } from '../mcp/servers/name-matcher.js';
import { openSecret } from '../mcp/servers/sealed-secret.js';
import {
  exchangedToken,
  NO_CREDENTIALS,
  secretHeader,
  type ServerCredentials,
} from '../mcp/servers/server-credentials.js';
import { CallLimits } from '../throttling/call-limits.service.js';
import { TokenExchanges } from '../tokens/token-exchanges.service.js';
import type { Upstream } from '../upstreams/upstream.js';
import { Upstreams } from '../upstreams/upstreams.service.js';
import { WeakCache } from '../upstreams/weak-cache.js';
import { A2aAgent } from './a2a-agent.js';
import type { A2aAgentDefinition } from './a2a-agent-definition.js';
import { A2aAgentKind } from './a2a-agent.kind.js';
import { MethodRules } from './method-rules.js';

/** The agents of a configuration. What is known of one outlives changes of everything else. */
@Injectable()
export class A2aAgents {
  private readonly agents = new WeakCache<A2aAgent>();
  private readonly made = new PerConfiguration((configuration) => this.compileAll(configuration));

  constructor(
    private readonly kind: A2aAgentKind,
    private readonly upstreams: Upstreams,
    private readonly limits: CallLimits,
    private readonly exchanges: TokenExchanges,
  ) {}

  of(configuration: Configuration): ReadonlyMap<string, A2aAgent> {
    return this.made.of(configuration);
  }

  private compileAll(configuration: Configuration): ReadonlyMap<string, A2aAgent> {
    const all = [...configuration.of(this.kind).values()];
    return new Map(
      all.map(({ name, definition }) => [
        name,
        this.agents.of(JSON.stringify(definition), () => this.compile(definition)),
      ]),
    );
  }

  private compile(definition: A2aAgentDefinition): A2aAgent {
    const { allow = ['*'], deny } = definition.skills;
    const [isAllowed, isDenied] = [nameMatcher(allow), nameMatcher(deny)];
    return new A2aAgent({
      definition,
      upstream: this.upstreamOf(definition),
      credentials: this.credentialsOf(definition),
      rules: new MethodRules(definition, this.limits),
      hasSkill: (id) => isAllowed(id) && !isDenied(id),
    });
  }

  private upstreamOf({ url, tls, http2, connections, timeouts }: A2aAgentDefinition): Upstream {
    const { origin } = new URL(url);
    const settings = { tls, http2, connections, timeouts };
    return this.upstreams.at(origin, settings);
  }

  private credentialsOf({ auth, url }: A2aAgentDefinition): ServerCredentials {
    if (auth.type === 'none') return NO_CREDENTIALS;
    if (auth.type === 'header') return secretHeader(auth.name, openSecret(auth, { url }, this.kind.box));
    return exchangedToken(this.exchanges, auth);
  }
}
