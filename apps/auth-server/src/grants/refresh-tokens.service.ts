import { hashOf, newSecret, SecretBox } from '@gatehouse/token';
import { Injectable } from '@nestjs/common';
import { InjectDataSource } from '@nestjs/typeorm';
import { DataSource } from 'typeorm';
import type { Grant } from './grant.entity.js';

/** A refresh token that is not used for this long ends; using it begins the time anew. */
export const IDLE_S = 14 * 86_400;
/** However often it is used, a grant's refresh tokens end this long after the user agreed. */
export const ABSOLUTE_S = 90 * 86_400;
/** How long a client that lost the answer may ask with the old token again, and gets the same successor. */
export const GRACE_S = 10;

const CONTEXT = 'refresh token successor';

/** A refresh token with the grant it stands for. */
export interface FoundRefreshToken {
  readonly grantId: string;
  readonly clientId: string;
  readonly userId: string;
  readonly scopes: readonly string[];
  readonly resources: readonly string[];
  readonly authTime: Date;
  /** Epoch seconds. */
  readonly issuedAt: number;
  /** Epoch seconds. */
  readonly exp: number;
  readonly expired: boolean;
  readonly revoked: boolean;
  readonly used: boolean;
  /** Set while a lost answer may still be asked for: the successor, in the clear. */
  readonly successor: string | undefined;
}

interface Row {
  grant_id: string;
  client_id: string;
  user_id: string;
  scopes: string[];
  resources: string[];
  auth_time: Date;
  issued_at: number;
  exp: number;
  expired: boolean;
  revoked: boolean;
  used: boolean;
  in_grace: boolean;
  successor: string | null;
}

/** The chain of refresh tokens of each grant: each is exchanged once, for the next (RFC 9700 §4.14.2). */
@Injectable()
export class RefreshTokens {
  constructor(@InjectDataSource() private readonly database: DataSource) {}

  /** The first refresh token of a grant. */
  async issue(grant: Pick<Grant, 'id'>): Promise<string> {
    const token = newSecret();
    await this.database.query(
      `INSERT INTO auth.refresh_token (hash, grant_id, issued_at, expires_at)
       VALUES ($1, $2, now(), now() + make_interval(secs => $3))`,
      [hashOf(token), grant.id, IDLE_S],
    );
    return token;
  }

  async find(token: string): Promise<FoundRefreshToken | undefined> {
    const [row] = await this.database.query<Row[]>(
      `SELECT t.grant_id, g.client_id, g.user_id, g.scopes, g.resources, g.auth_time,
         extract(epoch FROM t.issued_at)::float8 AS issued_at,
         extract(epoch FROM t.expires_at)::float8 AS exp,
         t.expires_at <= now() AS expired,
         g.revoked_at IS NOT NULL AS revoked,
         t.used_at IS NOT NULL AS used,
         coalesce(t.used_at > now() - make_interval(secs => $2), false) AS in_grace,
         t.successor
       FROM auth.refresh_token t JOIN auth.oauth_grant g ON g.id = t.grant_id
       WHERE t.hash = $1`,
      [hashOf(token), GRACE_S],
    );
    if (!row) return undefined;
    return {
      grantId: row.grant_id,
      clientId: row.client_id,
      userId: row.user_id,
      scopes: row.scopes,
      resources: row.resources,
      authTime: row.auth_time,
      issuedAt: Math.floor(row.issued_at),
      exp: Math.floor(row.exp),
      expired: row.expired,
      revoked: row.revoked,
      used: row.used,
      successor: row.in_grace && row.successor ? successorBox(token).open(row.successor, CONTEXT) : undefined,
    };
  }

  /**
   * Exchanges a token for its successor, in one statement: of many callers one succeeds.
   * @returns undefined when the token was used, revoked or expired meanwhile
   */
  async rotate(token: string): Promise<string | undefined> {
    const successor = newSecret();
    const rows = await this.database.query<unknown[]>(
      `WITH spent AS (
         UPDATE auth.refresh_token t SET used_at = now(), successor = $2
         FROM auth.oauth_grant g
         WHERE t.hash = $1 AND t.used_at IS NULL AND t.expires_at > now() AND g.id = t.grant_id AND g.revoked_at IS NULL
         RETURNING t.grant_id, g.created_at)
       INSERT INTO auth.refresh_token (hash, grant_id, issued_at, expires_at)
       SELECT $3, grant_id, now(), least(now() + make_interval(secs => $4), created_at + make_interval(secs => $5))
       FROM spent RETURNING grant_id`,
      [hashOf(token), successorBox(token).seal(successor, CONTEXT), hashOf(successor), IDLE_S, ABSOLUTE_S],
    );
    return rows.length > 0 ? successor : undefined;
  }

  /** Whether a token was exchanged already: a successor that was used shows that its answer was not lost. */
  async isUsed(token: string): Promise<boolean> {
    const [row] = await this.database.query<{ used: boolean }[]>(
      'SELECT used_at IS NOT NULL AS used FROM auth.refresh_token WHERE hash = $1',
      [hashOf(token)],
    );
    return row?.used ?? true;
  }
}

/** Only who has the old token can read its successor. */
function successorBox(token: string): SecretBox {
  return new SecretBox(token, CONTEXT);
}
