import { Injectable } from '@nestjs/common';
import {
  type Configuration,
  type ConfigurationUser,
  UsesConfiguration,
} from '../../configuration/config-kind.js';
import { McpServerKind } from '../servers/mcp-server.kind.js';
import { type OAuthServer, oauthServer } from './oauth-server.js';

/** The servers in force at which users connect accounts. */
@Injectable()
@UsesConfiguration()
export class OAuthServers implements ConfigurationUser {
  private inForce: ReadonlyMap<string, OAuthServer> = new Map();

  constructor(private readonly kind: McpServerKind) {}

  prepare(next: Configuration): () => void {
    const all = [...next.of(this.kind).values()];
    const servers = all.flatMap(({ definition }) => oauthServer(definition) ?? []);
    return () => {
      this.inForce = new Map(servers.map((one) => [one.name, one]));
    };
  }

  get(name: string): OAuthServer | undefined {
    return this.inForce.get(name);
  }
}
