import { type Confirmation, hashOf, newSecret, SecretBox } from '@gatehouse/token';
import { Inject, Injectable } from '@nestjs/common';
import { InjectDataSource } from '@nestjs/typeorm';
import { DataSource } from 'typeorm';
import type { ClaimsRequest } from '../authorize/claims-request.js';
import type { AuthorizationDetail } from '../authorize/authorization-details.js';
import type { Client } from '../clients/client.entity.js';
import { CONFIG, type Config } from '../config.js';
import type { Grant } from './grant.entity.js';

const CONTEXT = 'refresh token successor';

/** How long the refresh tokens of a client live, in seconds. */
interface Lifetimes {
  /** One that is not used for this long ends; using it begins the time anew. */
  readonly idle: number;
  /** However often it is used, a grant's refresh tokens end this long after the user agreed. */
  readonly absolute: number;
}

/** A refresh token with the grant it stands for. */
export interface FoundRefreshToken {
  readonly grantId: string;
  readonly clientId: string;
  readonly userId: string;
  readonly scopes: readonly string[];
  readonly resources: readonly string[];
  readonly authTime: Date;
  readonly amr: readonly string[];
  /** The login session that the grant came from. */
  readonly sid: string | undefined;
  readonly authorizationDetails: readonly AuthorizationDetail[];
  readonly claims: ClaimsRequest | null;
  /** Epoch seconds. */
  readonly issuedAt: number;
  /** Epoch seconds. */
  readonly exp: number;
  readonly expired: boolean;
  readonly revoked: boolean;
  readonly used: boolean;
  /** Set while a lost answer may still be asked for: the successor, in the clear. */
  readonly successor: string | undefined;
  /** The key it is bound to. */
  readonly confirmation: Confirmation | undefined;
}

interface Row {
  session_id: string | null;
  grant_id: string;
  client_id: string;
  user_id: string;
  scopes: string[];
  resources: string[];
  auth_time: Date;
  amr: string[];
  authorization_details: AuthorizationDetail[] | null;
  claims: ClaimsRequest | null;
  issued_at: number;
  exp: number;
  expired: boolean;
  revoked: boolean;
  used: boolean;
  in_grace: boolean;
  successor: string | null;
  confirmation: Confirmation | null;
}

/** The chain of refresh tokens of each grant: each is exchanged once, for the next (RFC 9700 §4.14.2). */
@Injectable()
export class RefreshTokens {
  constructor(
    @InjectDataSource() private readonly database: DataSource,
    @Inject(CONFIG) private readonly config: Config,
  ) {}

  /**
   * The first refresh token of a grant.
   * @param confirmation what the request's tokens are bound to
   */
  async issue(grant: Pick<Grant, 'id'>, client: Client, confirmation?: Confirmation): Promise<string> {
    const token = newSecret();
    const { idle, absolute } = this.lifetimesOf(client);
    await this.database.query(
      `INSERT INTO auth.refresh_token (hash, grant_id, issued_at, expires_at, confirmation)
       VALUES ($1, $2, now(), now() + make_interval(secs => $3), $4)`,
      [hashOf(token), grant.id, Math.min(idle, absolute), refreshBinding(client, confirmation)],
    );
    return token;
  }

  async find(token: string): Promise<FoundRefreshToken | undefined> {
    const [row] = await this.database.query<Row[]>(
      `SELECT t.grant_id, g.client_id, g.user_id, g.scopes, g.resources, g.auth_time, g.session_id, g.amr, g.authorization_details, g.claims,
         extract(epoch FROM t.issued_at)::float8 AS issued_at,
         extract(epoch FROM t.expires_at)::float8 AS exp,
         t.expires_at <= now() AS expired,
         g.revoked_at IS NOT NULL AS revoked,
         t.used_at IS NOT NULL AS used,
         coalesce(t.used_at > now() - make_interval(
           secs => coalesce((c.metadata->>'refresh_token_grace')::int, $2)), false) AS in_grace,
         t.successor, t.confirmation
       FROM auth.refresh_token t JOIN auth.oauth_grant g ON g.id = t.grant_id
         JOIN auth.client c ON c.client_id = g.client_id
       WHERE t.hash = $1`,
      [hashOf(token), this.config.refreshTokenGrace],
    );
    if (!row) return undefined;
    return {
      grantId: row.grant_id,
      clientId: row.client_id,
      userId: row.user_id,
      scopes: row.scopes,
      resources: row.resources,
      authTime: row.auth_time,
      amr: row.amr,
      sid: row.session_id ?? undefined,
      authorizationDetails: row.authorization_details ?? [],
      claims: row.claims,
      issuedAt: Math.floor(row.issued_at),
      exp: Math.floor(row.exp),
      expired: row.expired,
      revoked: row.revoked,
      used: row.used,
      successor: row.in_grace && row.successor ? successorBox(token).open(row.successor, CONTEXT) : undefined,
      confirmation: row.confirmation ?? undefined,
    };
  }

  /**
   * Exchanges a token for its successor, in one statement: of many callers one succeeds.
   * @returns undefined when the token was used, revoked or expired meanwhile
   */
  async rotate(token: string, client: Client): Promise<string | undefined> {
    const successor = newSecret();
    const { idle, absolute } = this.lifetimesOf(client);
    const rows = await this.database.query<unknown[]>(
      `WITH spent AS (
         UPDATE auth.refresh_token t SET used_at = now(), successor = $2
         FROM auth.oauth_grant g
         WHERE t.hash = $1 AND t.used_at IS NULL AND t.expires_at > now() AND g.id = t.grant_id AND g.revoked_at IS NULL
         RETURNING t.grant_id, t.confirmation, g.created_at)
       INSERT INTO auth.refresh_token (hash, grant_id, issued_at, expires_at, confirmation)
       SELECT $3, grant_id, now(), least(now() + make_interval(secs => $4), created_at + make_interval(secs => $5)),
         confirmation
       FROM spent RETURNING grant_id`,
      [hashOf(token), successorBox(token).seal(successor, CONTEXT), hashOf(successor), idle, absolute],
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

  private lifetimesOf({ metadata }: Client): Lifetimes {
    return {
      idle: metadata.refresh_token_idle ?? this.config.refreshTokenIdle,
      absolute: metadata.refresh_token_absolute ?? this.config.refreshTokenAbsolute,
    };
  }
}

/**
 * A public client's refresh tokens are bound as its access tokens are (RFC 9449 §5, RFC 8705 §4); those of others are
 * bound to their client, which authenticates.
 */
function refreshBinding({ metadata }: Client, confirmation: Confirmation | undefined): Confirmation | null {
  return metadata.token_endpoint_auth_method === 'none' ? (confirmation ?? null) : null;
}

/** Only who has the old token can read its successor. */
function successorBox(token: string): SecretBox {
  return new SecretBox(token, CONTEXT);
}
