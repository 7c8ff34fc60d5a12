import { SecretBox } from '@gatehouse/token';
import { Inject, Injectable } from '@nestjs/common';
import { InjectDataSource } from '@nestjs/typeorm';
import type { Client } from 'oauth4webapi';
import { DataSource } from 'typeorm';
import { CONFIG, type Config } from '../../config.js';

/** Where a registration is good. */
export interface RegistrationPlace {
  readonly server: string;
  readonly issuer: string;
  readonly redirectUri: string;
}

/** Registrations at authorization servers (RFC 7591 §3.2.1), encrypted: all of their SQL. */
@Injectable()
export class RegisteredClients {
  private readonly box: SecretBox;

  constructor(
    @InjectDataSource() private readonly database: DataSource,
    @Inject(CONFIG) config: Config,
  ) {
    this.box = new SecretBox(config.secret, 'registrations at MCP servers');
  }

  /** @returns undefined where there is none, or its secret has expired */
  async find(issuer: string, redirectUri: string): Promise<Client | undefined> {
    const [row] = await this.database.query<{ sealed: string }[]>(
      'SELECT sealed FROM gateway.mcp_client WHERE issuer = $1 AND redirect_uri = $2',
      [issuer, redirectUri],
    );
    const client = row && this.open(row.sealed, issuer, redirectUri);
    return client && !hasExpired(client) ? client : undefined;
  }

  /** @returns the one that is kept: another replica may have been faster */
  async add({ server, issuer, redirectUri }: RegistrationPlace, client: Client): Promise<Client> {
    const sealed = this.box.seal(JSON.stringify(client), contextOf(issuer, redirectUri));
    const before = await this.find(issuer, redirectUri);
    if (before) return before;
    await this.database.query(
      `INSERT INTO gateway.mcp_client (server, issuer, redirect_uri, sealed) VALUES ($1, $2, $3, $4)
       ON CONFLICT (issuer, redirect_uri) DO UPDATE SET sealed = excluded.sealed, registered_at = now()`,
      [server, issuer, redirectUri, sealed],
    );
    return client;
  }

  /** It registers anew when the next account is connected. */
  async forget(server: string): Promise<void> {
    await this.database.query('DELETE FROM gateway.mcp_client WHERE server = $1', [server]);
  }

  /** Undefined for what was sealed under another GATEHOUSE_SECRET. */
  private open(sealed: string, issuer: string, redirectUri: string): Client | undefined {
    try {
      return JSON.parse(this.box.open(sealed, contextOf(issuer, redirectUri))) as Client;
    } catch {
      return undefined;
    }
  }
}

function contextOf(issuer: string, redirectUri: string): string {
  return JSON.stringify([issuer, redirectUri]);
}

/** 0: never. */
function hasExpired({ client_secret_expires_at: expires }: Client): boolean {
  return typeof expires === 'number' && expires !== 0 && expires * 1_000 < Date.now() + 60_000;
}
