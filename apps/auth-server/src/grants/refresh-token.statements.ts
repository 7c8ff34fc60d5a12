import type { Statement } from '@gatehouse/database';
import type { Confirmation, Hash } from '@gatehouse/token';
import type { AuthorizationDetail } from '../authorize/authorization-details.js';
import type { ClaimsRequest } from '../authorize/claims-request.js';

/** A refresh token to store: an element of the first parameter of `ISSUE`. */
export interface NewRefreshToken {
  readonly hash: Hash;
  readonly grant_id: string;
  /** Seconds. */
  readonly lifetime: number;
  readonly confirmation: Confirmation | null;
}

/** The first refresh tokens of grants. */
export const ISSUE: Statement<object> = {
  name: 'first refresh tokens',
  text: `INSERT INTO auth.refresh_token (hash, grant_id, issued_at, expires_at, confirmation)
    SELECT hash, grant_id, now(), now() + make_interval(secs => lifetime), confirmation
    FROM jsonb_to_recordset($1::jsonb) AS n (hash text, grant_id uuid, lifetime float8, confirmation jsonb)`,
};

export interface RefreshTokenRow {
  readonly hash: Hash;
  readonly grant_id: string;
  readonly client_id: string;
  readonly user_id: string;
  readonly scopes: string[];
  readonly resources: string[];
  readonly auth_time: Date;
  readonly session_id: string | null;
  readonly amr: string[];
  readonly authorization_details: AuthorizationDetail[] | null;
  readonly claims: ClaimsRequest | null;
  readonly issued_at: number;
  readonly exp: number;
  readonly expired: boolean;
  readonly revoked: boolean;
  readonly used: boolean;
  readonly in_grace: boolean;
  readonly successor: string | null;
  readonly confirmation: Confirmation | null;
}

/** Refresh tokens by their hashes ($1) with their grants; $2 is the grace of clients that have none of their own. */
export const FIND: Statement<RefreshTokenRow> = {
  name: 'refresh tokens',
  text: `SELECT t.hash, t.grant_id, g.client_id, g.user_id, g.scopes, g.resources, g.auth_time, g.session_id, g.amr,
      g.authorization_details, g.claims,
      extract(epoch FROM t.issued_at)::float8 AS issued_at,
      extract(epoch FROM t.expires_at)::float8 AS exp,
      t.expires_at <= now() AS expired,
      g.revoked_at IS NOT NULL AS revoked,
      t.used_at IS NOT NULL AS used,
      -- One that was used just now can be newer than now(), which is when this statement's transaction began.
      coalesce(grace.secs > 0 AND t.used_at > now() - make_interval(secs => grace.secs), false) AS in_grace,
      t.successor, t.confirmation
    FROM auth.refresh_token t JOIN auth.oauth_grant g ON g.id = t.grant_id
      JOIN auth.client c ON c.client_id = g.client_id
      CROSS JOIN LATERAL (SELECT coalesce((c.metadata->>'refresh_token_grace')::int, $2::int) AS secs) grace
    WHERE t.hash = ANY ($1::text[])`,
};

/** A token to exchange: an element of the first parameter of `ROTATE`. */
export interface RefreshTokenRotation {
  readonly hash: Hash;
  /** The successor, sealed. */
  readonly sealed: string;
  readonly successor: Hash;
  /** Seconds. */
  readonly idle: number;
  /** Seconds. */
  readonly absolute: number;
}

/** Spends tokens and stores their successors, whose hashes it tells; one token asked for twice is spent once. */
export const ROTATE: Statement<{ readonly hash: Hash }> = {
  name: 'refresh token rotations',
  text: `WITH spent AS (
      UPDATE auth.refresh_token t SET used_at = now(), successor = a.sealed
      FROM jsonb_to_recordset($1::jsonb)
          AS a (hash text, sealed text, successor text, idle float8, absolute float8),
        auth.oauth_grant g
      WHERE t.hash = a.hash AND t.used_at IS NULL AND t.expires_at > now()
        AND g.id = t.grant_id AND g.revoked_at IS NULL
      RETURNING a.successor, a.idle, a.absolute, t.grant_id, t.confirmation, g.created_at)
    INSERT INTO auth.refresh_token (hash, grant_id, issued_at, expires_at, confirmation)
    SELECT successor, grant_id, now(),
      least(now() + make_interval(secs => idle), created_at + make_interval(secs => absolute)), confirmation
    FROM spent RETURNING hash`,
};
