import { Gathered, type Statement, Statements } from '@gatehouse/database';
import type { VerifiedAccessToken } from '@gatehouse/token';
import { Injectable } from '@nestjs/common';
import { InjectDataSource } from '@nestjs/typeorm';
import { EventEmitter } from 'node:events';
import { DataSource, type EntityManager } from 'typeorm';
import type { RevocationKind } from './revocation.entity.js';

/** No access token lives longer (client metadata bounds its lifetime), so an entry need not be kept longer. */
export const MAX_ACCESS_TOKEN_LIFETIME_S = 86_400;

export interface RevocationEntry {
  readonly id: number;
  readonly kind: RevocationKind;
  readonly value: string;
  /** Epoch seconds. */
  readonly before: number;
  /** Epoch seconds. */
  readonly exp: number;
}

/**
 * Where a listener of the feed left off: an entry, by its id and when it was made. A database that was restored gives ids
 * anew, to other entries.
 */
export type FeedCursor = Pick<RevocationEntry, 'id' | 'before'>;

interface RevocationRow extends Omit<RevocationEntry, 'id'> {
  /** A bigint, which pg reads as text. */
  readonly id: string;
}

export interface RevocationOptions {
  /** Epoch seconds after which no token it names can be alive. */
  readonly expiresAt?: number;
  /** Seconds from now in which replicas that have not heard of it may still issue such tokens. Default 0. */
  readonly marginS?: number;
  /** Done in the same transaction. */
  readonly work?: (manager: EntityManager) => Promise<void>;
}

/**
 * A token of this very second counts as issued before: its `iat` has whole seconds only. Kinds without a time (jti,
 * grant) are written once, or a client that revokes one token again and again would fill every gateway's deny-list.
 */
const INSERT = `
  INSERT INTO auth.revocation (kind, value, before, expires_at)
  SELECT $1, one, date_trunc('second', clock_timestamp()) + make_interval(secs => 1 + $4), to_timestamp($3)
  FROM unnest($2::text[]) one
  WHERE $1 NOT IN ('jti', 'grant')
    OR NOT EXISTS (SELECT 1 FROM auth.revocation WHERE kind = $1 AND value = one AND expires_at > now())`;

/** A pairwise client's tokens do not say who their user is (OpenID Connect Core §8.1): they are revoked by their grants. */
const PAIRWISE_GRANTS = `
  INSERT INTO auth.revocation (kind, value, before, expires_at)
  SELECT 'grant', g.id::text, date_trunc('second', clock_timestamp()) + interval '1 s', to_timestamp($2)
  FROM auth.oauth_grant g JOIN auth.client c ON c.client_id = g.client_id
  WHERE g.user_id = $1::uuid AND g.revoked_at IS NULL AND c.metadata->>'subject_type' = 'pairwise'`;

/** What a token was issued under, by kind and value: all that may be revoked of it. */
const NAMED: Statement<Pick<RevocationEntry, 'kind' | 'value' | 'before'>> = {
  name: 'revocations of tokens',
  text: `SELECT kind, value, extract(epoch FROM max(before))::float8 AS before
    FROM auth.revocation WHERE value = ANY ($1::text[]) AND expires_at > now() GROUP BY kind, value`,
};

/** Revokes, and tells what is revoked. */
@Injectable()
export class RevocationsService {
  /** Emits `revoked` when this process wrote an entry, so that its feed need not wait for the next look. */
  readonly events = new EventEmitter();

  private readonly statements: Statements;
  private readonly checks = new Gathered((tokens: readonly VerifiedAccessToken[]) => this.areRevoked(tokens));

  constructor(@InjectDataSource() private readonly database: DataSource) {
    this.statements = new Statements(database);
  }

  /** Writes an entry of the feed; one that would say nothing new is left out. */
  async revoke(
    kind: RevocationKind,
    value: string | readonly string[],
    options: RevocationOptions = {},
  ): Promise<void> {
    const expiresAt = options.expiresAt ?? Math.floor(Date.now() / 1000) + MAX_ACCESS_TOKEN_LIFETIME_S;
    await this.database.transaction(async (manager) => {
      await options.work?.(manager);
      // Ids are a cursor, so they must become visible in their order: one writer at a time, until it has committed.
      await manager.query("SELECT pg_advisory_xact_lock(hashtext('gatehouse revocations'))");
      await manager.query(INSERT, [kind, [value].flat(), expiresAt, options.marginS ?? 0]);
      if (kind === 'user') await manager.query(PAIRWISE_GRANTS, [value, expiresAt]);
    });
    this.events.emit('revoked');
  }

  /** Whether a token, or anything it was issued under, is revoked. */
  isRevoked(token: VerifiedAccessToken): Promise<boolean> {
    return this.checks.ask(token);
  }

  private async areRevoked(tokens: readonly VerifiedAccessToken[]): Promise<boolean[]> {
    const values = new Set(tokens.flatMap((token) => revocableOf(token).map(([, value]) => value)));
    const rows = await this.statements.run(NAMED, [[...values]]);
    if (rows.length === 0) return tokens.map(() => false);
    const found = new Map(rows.map(({ kind, value, before }) => [`${kind} ${value}`, before]));
    return tokens.map((token) =>
      revocableOf(token).some(([kind, value]) => {
        const before = found.get(`${kind} ${value}`);
        return before !== undefined && (kind === 'jti' || kind === 'grant' || before > token.claims.iat);
      }),
    );
  }

  /** Entries after a cursor, in order, those of no further use left out. */
  async after(id: number, limit: number): Promise<RevocationEntry[]> {
    const rows = await this.database.query<RevocationRow[]>(
      `SELECT id, kind, value, extract(epoch FROM before)::float8 AS before, extract(epoch FROM expires_at)::float8 AS exp
       FROM auth.revocation WHERE id > $1 AND expires_at > now() ORDER BY id LIMIT $2`,
      [id, limit],
    );
    return rows.map((row) => ({ ...row, id: Number(row.id) }));
  }

  /** The newest entry's place. */
  async newest(): Promise<FeedCursor> {
    const [row] = await this.database.query<{ id: string; before: number }[]>(
      'SELECT id, extract(epoch FROM before)::float8 AS before FROM auth.revocation ORDER BY id DESC LIMIT 1',
    );
    return row ? { id: Number(row.id), before: row.before } : { id: 0, before: 0 };
  }

  /** Whether a cursor names an entry that is there: not if it has expired, and not if it was lost in a restore. */
  async has({ id, before }: FeedCursor): Promise<boolean> {
    const rows = await this.database.query<unknown[]>(
      'SELECT 1 FROM auth.revocation WHERE id = $1 AND floor(extract(epoch FROM before)) = $2',
      [id, Math.floor(before)],
    );
    return rows.length > 0;
  }
}

/** Each thing by which a token may be revoked. */
function revocableOf({ claims, kid }: VerifiedAccessToken): [kind: RevocationKind, value: string][] {
  const { jti, grant_id: grantId, client_id: clientId, sub } = claims;
  const named: [RevocationKind, string][] = [
    ['jti', jti],
    ['client', clientId],
    ['user', sub],
    ['key', kid],
  ];
  return grantId === undefined ? named : [...named, ['grant', grantId]];
}
