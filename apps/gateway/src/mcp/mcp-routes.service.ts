import { type FieldFault, Problem } from '@gatehouse/http';
import { bearerChallenge, presentedToken } from '@gatehouse/token';
import { Inject, Injectable } from '@nestjs/common';
import type { Call } from '../calls/call.js';
import { CONFIG, type Config } from '../config.js';
import type { Configuration } from '../configuration/config-kind.js';
import { originTest } from '../cors/origin-pattern.js';
import { accessTokenSettings } from '../guards/access-token-settings.js';
import { type GuardDefinition, typedGuards } from '../guards/guard-definition.js';
import { resourceMetadataUrl } from '../protected-resource/resource-metadata-url.js';
import type { Route } from '../routes/route-table.js';
import { LogLevels } from './logging/log-levels.service.js';
import type { McpEndDefinition } from './mcp-end-definition.js';
import { McpUpstream } from './mcp-upstream.js';
import { isOwnOrigin } from './own-origin.js';
import { McpProblem } from './protocol/mcp-problem.js';
import { McpCalls } from './records/mcp-calls.service.js';
import { prefixOf } from './servers/mcp-server-definition.js';
import { McpServerKind } from './servers/mcp-server.kind.js';
import { type McpServer, McpServers } from './servers/mcp-servers.service.js';

/** Routes that are MCP endpoints. */
@Injectable()
export class McpRoutes {
  constructor(
    private readonly kind: McpServerKind,
    private readonly servers: McpServers,
    private readonly calls: McpCalls,
    private readonly logLevels: LogLevels,
    @Inject(CONFIG) private readonly config: Config,
  ) {}

  faults({ servers }: McpEndDefinition, configuration: Configuration): FieldFault[] {
    const known = configuration.of(this.kind);
    const prefixes = servers.map((name) => known.get(name) && prefixOf(known.get(name)!.definition));
    return prefixes.flatMap((prefix, index) => {
      const fault = (detail: string) => [{ pointer: `/mcp/servers/${index}`, detail }];
      if (prefix === undefined) return fault('names no MCP server: create it first');
      return prefixes.indexOf(prefix) < index
        ? fault('has the prefix of another one: its tools had its names')
        : [];
    });
  }

  /** Who answers the calls of a route. */
  end(
    definition: McpEndDefinition,
    guards: readonly GuardDefinition[],
    configuration: Configuration,
  ): Pick<Route, 'choose' | 'scopes'> {
    const all = this.servers.of(configuration);
    const servers = definition.servers.map((name) => all.get(name)!);
    const audience = audienceOf(guards);
    const isAllowedOrigin = originTest(definition.origins);
    const upstream = new McpUpstream({
      definition,
      servers,
      calls: this.calls,
      logLevels: this.logLevels,
      isAllowedOrigin: (origin, call) =>
        isOwnOrigin(origin, call, this.config.gatewayUrl) || isAllowedOrigin(origin),
      insufficientScope: (call, scopes, of) => this.insufficientScope(call, scopes, of, audience),
    });
    const destination = { upstream, part: undefined };
    const scopes = [...new Set(servers.flatMap(scopesOf))];
    return { choose: () => destination, scopes };
  }

  /**
   * MCP Authorization, Runtime Insufficient Scope Errors: with a token that allows more, the call would be good. The
   * scopes that the caller has are named, too, lest it ask for a token that allows something else instead.
   */
  private insufficientScope(
    { headers: { authorization }, caller: { scopes: granted = [] } }: Call,
    needed: readonly string[],
    of: string,
    audience: readonly string[] | undefined,
  ): Problem {
    const errorDescription = `The ${of} needs the scope ${needed.join(' ')}`;
    const scope = [...new Set([...granted, ...needed])];
    const challenge = bearerChallenge({
      error: 'insufficient_scope',
      errorDescription,
      scope,
      scheme: presentedToken(authorization)?.scheme ?? 'Bearer',
      resourceMetadata: audience && resourceMetadataUrl(this.config.gatewayUrl, audience),
    });
    return new McpProblem(403, `${errorDescription}.`, {
      fault: 'insufficient_scope',
      headers: audience ? { 'www-authenticate': challenge } : {},
    });
  }
}

function scopesOf({ rules: { tool, resource, prompt } }: McpServer): readonly string[] {
  return [tool, resource, prompt].flatMap(({ scopes }) => scopes);
}

/** For whom the tokens are that the guards take; undefined: they take none. */
function audienceOf(guards: readonly GuardDefinition[]): readonly string[] | undefined {
  for (const { type, ...settings } of typedGuards(guards)) {
    if (type === 'access_token') return accessTokenSettings.parse(settings).audience;
  }
  return undefined;
}
