import { Injectable } from '@nestjs/common';
import { type Configuration, PerConfiguration } from '../../configuration/config-kind.js';
import { CallLimits } from '../../throttling/call-limits.service.js';
import { TokenExchanges } from '../../tokens/token-exchanges.service.js';
import type { Upstream } from '../../upstreams/upstream.js';
import { Upstreams } from '../../upstreams/upstreams.service.js';
import { WeakCache } from '../../upstreams/weak-cache.js';
import { McpBackend, type Peer } from '../client/mcp-backend.js';
import { OpenApiBackend } from '../openapi/openapi-backend.js';
import { isOpenApi, OpenApiServers } from '../openapi/openapi-servers.service.js';
import { HttpPeer } from '../client/http-peer.js';
import { SsePeer } from '../client/sse-peer.js';
import { tracedPeer, tracedTools } from '../client/traced-peer.js';
import { AccountCredentials, type AccountGate } from '../connections/account-credentials.service.js';
import { oauthServer } from '../connections/oauth-server.js';
import { Programs } from '../programs/programs.service.js';
import type { Kind } from './access-definition.js';
import type { Backend } from './backend.js';
import { type McpServerDefinition, prefixOf } from './mcp-server-definition.js';
import { McpServerKind } from './mcp-server.kind.js';
import { isRemote, type RemoteServer } from './remote-server.js';
import { openSecret } from './sealed-secret.js';
import {
  exchangedToken,
  NO_CREDENTIALS,
  secretHeader,
  type ServerCredentials,
} from './server-credentials.js';
import { type ServerRules, serverRules } from './server-rules.js';

/** An MCP server, ready to be asked. */
export interface McpServer {
  readonly name: string;
  /** What callers see before the names of its tools and prompts. */
  readonly prefix: string;
  readonly rules: ServerRules;
  readonly backend: Backend;
  /** Whether what it logs of a request reaches who made it: of a program, nobody can tell whose it is. */
  readonly logs: boolean;
  /** Where each user needs an account of their own. */
  readonly account: AccountGate | undefined;
  /** What it is known to have: for metrics, whose labels must be bounded. */
  readonly known: Readonly<Record<Kind, Set<string>>>;
}

/** The client's own clocks say when an answer takes too long. */
const NEVER_S = 86_400;

/** The MCP servers of a configuration. What is known of one outlives changes of everything else. */
@Injectable()
export class McpServers {
  private readonly servers = new WeakCache<McpServer>();
  private readonly made = new PerConfiguration((configuration) => this.compileAll(configuration));

  constructor(
    private readonly kind: McpServerKind,
    private readonly upstreams: Upstreams,
    private readonly limits: CallLimits,
    private readonly exchanges: TokenExchanges,
    private readonly apis: OpenApiServers,
    private readonly accounts: AccountCredentials,
    private readonly programs: Programs,
  ) {}

  of(configuration: Configuration): ReadonlyMap<string, McpServer> {
    return this.made.of(configuration);
  }

  private compileAll(configuration: Configuration): ReadonlyMap<string, McpServer> {
    const all = [...configuration.of(this.kind).values()];
    return new Map(
      all.map(({ name, definition }) => [
        name,
        this.servers.of(JSON.stringify([definition, this.apis.versionOf(definition, configuration)]), () =>
          this.compile(definition, configuration),
        ),
      ]),
    );
  }

  private compile(definition: McpServerDefinition, configuration: Configuration): McpServer {
    const rules = serverRules(definition, this.limits);
    const backend = this.backendOf(definition, configuration);
    return {
      name: definition.name,
      prefix: prefixOf(definition),
      rules,
      backend,
      logs: isRemote(definition) && !isOpenApi(definition),
      account: this.gateOf(definition),
      known: { tool: new Set(), resource: new Set(), prompt: new Set() },
    };
  }

  private gateOf(definition: McpServerDefinition): AccountGate | undefined {
    const server = oauthServer(definition);
    return server && this.accounts.gate(server);
  }

  private backendOf(definition: McpServerDefinition, configuration: Configuration): Backend {
    if (!isRemote(definition)) {
      return this.mcpBackend(this.programs.get(definition.program!)!.peer(definition.timeouts), definition);
    }
    if (!isOpenApi(definition)) return this.mcpBackend(this.peerOf(definition), definition);
    const { name, url, timeouts, max_answer: maxAnswer, openapi } = definition;
    const api = new OpenApiBackend(this.apis.tools(definition, configuration), {
      upstream: this.upstreamOf(definition),
      basePath: new URL(url).pathname.replace(/\/+$/, ''),
      credentials: this.credentialsOf(definition),
      timeout: Math.min(timeouts.answer, timeouts.total),
      maxAnswer,
      maxResult: openapi.max_result,
    });
    return tracedTools(api, { name, url });
  }

  private mcpBackend(peer: Peer, { name, url, max_answer: maxAnswer }: McpServerDefinition): Backend {
    return new McpBackend(tracedPeer(peer, { name, url }), maxAnswer);
  }

  private peerOf(definition: RemoteServer): Peer {
    const { url, transport, timeouts, max_answer: maxAnswer } = definition;
    const { origin, pathname: path } = new URL(url);
    const place = {
      upstream: this.upstreamOf(definition),
      origin,
      path,
      credentials: this.credentialsOf(definition),
      maxAnswer,
    };
    return transport === 'sse' ? new SsePeer(place, timeouts) : new HttpPeer(place, timeouts);
  }

  private upstreamOf(definition: RemoteServer): Upstream {
    const { url, openapi, tls, http2, connections, timeouts } = definition;
    if (openapi?.upstream !== undefined) return this.upstreams.of({ name: openapi.upstream });
    const { origin } = new URL(url);
    const settings = {
      tls,
      http2,
      connections,
      timeouts: { connect: timeouts.connect, response: NEVER_S, idle: NEVER_S },
    };
    return this.upstreams.at(origin, settings);
  }

  private credentialsOf({ name, auth, url }: RemoteServer): ServerCredentials {
    if (auth.type === 'none') return NO_CREDENTIALS;
    if (auth.type === 'header') return secretHeader(auth.name, openSecret(auth, { url }, this.kind.box));
    if (auth.type === 'oauth') return this.accounts.of({ name, url, auth });
    return exchangedToken(this.exchanges, auth);
  }
}
