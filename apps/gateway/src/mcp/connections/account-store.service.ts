import { SecretBox } from '@gatehouse/token';
import { Inject, Injectable } from '@nestjs/common';
import { InjectDataSource } from '@nestjs/typeorm';
import { DataSource } from 'typeorm';
import { CONFIG, type Config } from '../../config.js';
import type { Account, Person } from './account.js';
import type { OAuthServer } from './oauth-server.js';

type Place = Pick<OAuthServer, 'name' | 'url'>;

/** An account as administrators see it: never a token. */
export interface AccountRow {
  readonly id: string;
  readonly server: string;
  readonly issuer: string;
  readonly subject: string;
  readonly scope: string | null;
  readonly connectedAt: Date;
  readonly renewedAt: Date;
}

export interface AccountFilter {
  readonly server?: string | undefined;
  readonly issuer?: string | undefined;
  readonly subject?: string | undefined;
}

const COLUMNS = `id, server, issuer, subject, scope, connected_at AS "connectedAt", renewed_at AS "renewedAt"`;
const FILTER = `($1::text IS NULL OR server = $1) AND ($2::text IS NULL OR issuer = $2)
  AND ($3::text IS NULL OR subject = $3)`;

/** The accounts that users connected, encrypted: all of their SQL. */
@Injectable()
export class AccountStore {
  private readonly box: SecretBox;

  constructor(
    @InjectDataSource() private readonly database: DataSource,
    @Inject(CONFIG) config: Config,
  ) {
    this.box = new SecretBox(config.secret, 'accounts at MCP servers');
  }

  /** @returns undefined where there is none that opens: to connect it anew helps */
  async find(person: Person, server: Place): Promise<Account | undefined> {
    const [row] = await this.database.query<{ sealed: string }[]>(
      'SELECT sealed FROM gateway.mcp_account WHERE server = $1 AND issuer = $2 AND subject = $3',
      [server.name, person.issuer, person.subject],
    );
    try {
      return row && (JSON.parse(this.box.open(row.sealed, contextOf(person, server))) as Account);
    } catch {
      return undefined;
    }
  }

  async put(person: Person, server: Place, account: Account): Promise<void> {
    const sealed = this.box.seal(JSON.stringify(account), contextOf(person, server));
    await this.database.query(
      `INSERT INTO gateway.mcp_account (server, issuer, subject, scope, sealed) VALUES ($1, $2, $3, $4, $5)
       ON CONFLICT (server, issuer, subject)
       DO UPDATE SET scope = excluded.scope, sealed = excluded.sealed, renewed_at = now()`,
      [server.name, person.issuer, person.subject, account.scope ?? null, sealed],
    );
  }

  async delete({ issuer, subject }: Person, server: string): Promise<void> {
    await this.database.query(
      'DELETE FROM gateway.mcp_account WHERE server = $1 AND issuer = $2 AND subject = $3',
      [server, issuer, subject],
    );
  }

  async read(id: string): Promise<AccountRow | undefined> {
    const text = `SELECT ${COLUMNS} FROM gateway.mcp_account WHERE id = $1`;
    return (await this.database.query<AccountRow[]>(text, [id]))[0];
  }

  /** In the order of their ids. */
  list({ server, issuer, subject }: AccountFilter, after: string, limit: number): Promise<AccountRow[]> {
    return this.database.query<AccountRow[]>(
      `SELECT ${COLUMNS} FROM gateway.mcp_account WHERE ${FILTER} AND id > $4 ORDER BY id LIMIT $5`,
      [server ?? null, issuer ?? null, subject ?? null, after, limit],
    );
  }
}

/** Tokens open for this user, and for the address that they were given for: not for one that comes after it. */
function contextOf({ issuer, subject }: Person, { name, url }: Place): string {
  return JSON.stringify([issuer, subject, name, url]);
}
