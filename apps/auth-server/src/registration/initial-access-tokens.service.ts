import { randomUUID } from 'node:crypto';
import { hashOf, newSecret } from '@gatehouse/token';
import { Injectable } from '@nestjs/common';
import { InjectDataSource } from '@nestjs/typeorm';
import { DataSource } from 'typeorm';

/** What an initial access token allows (RFC 7591 §1.2); the token itself is kept as a hash. */
export interface InitialAccessToken {
  readonly id: string;
  /** Who it was given to, for people. */
  readonly note: string;
  readonly usesLeft: number;
  /** Null: those that a person agrees to. */
  readonly grantTypes: readonly string[] | null;
  /** Null: every scope that a person can agree to. */
  readonly scopes: readonly string[] | null;
  readonly createdAt: Date;
  readonly expiresAt: Date;
}

export interface NewInitialAccessToken {
  readonly note: string;
  readonly uses: number;
  readonly lifetimeS: number;
  readonly grantTypes: readonly string[] | undefined;
  readonly scopes: readonly string[] | undefined;
}

const COLUMNS = `id, note, uses_left AS "usesLeft", grant_types AS "grantTypes", scopes,
  created_at AS "createdAt", expires_at AS "expiresAt"`;

/** Tokens by which an administrator lets others register clients: each for some registrations, until it expires. */
@Injectable()
export class InitialAccessTokens {
  constructor(@InjectDataSource() private readonly database: DataSource) {}

  /** @returns the token, which is known this once */
  async create(request: NewInitialAccessToken): Promise<{ token: string; row: InitialAccessToken }> {
    const token = newSecret();
    const { note, uses, lifetimeS, grantTypes, scopes } = request;
    const [row] = await this.database.query<InitialAccessToken[]>(
      `INSERT INTO auth.initial_access_token (id, hash, note, uses_left, grant_types, scopes, expires_at)
       VALUES ($1, $2, $3, $4, $5, $6, now() + make_interval(secs => $7)) RETURNING ${COLUMNS}`,
      [randomUUID(), hashOf(token), note, uses, grantTypes ?? null, scopes ?? null, lifetimeS],
    );
    return { token, row: row! };
  }

  /** The token's terms, while it is good for a registration. */
  async find(token: string): Promise<InitialAccessToken | undefined> {
    const [row] = await this.database.query<InitialAccessToken[]>(
      `SELECT ${COLUMNS} FROM auth.initial_access_token WHERE hash = $1 AND expires_at > now() AND uses_left > 0`,
      [hashOf(token)],
    );
    return row;
  }

  /** Takes one of its uses: of many callers only as many succeed. */
  async use(id: string): Promise<boolean> {
    const [, taken] = await this.database.query<[unknown[], number]>(
      `UPDATE auth.initial_access_token SET uses_left = uses_left - 1
       WHERE id = $1 AND expires_at > now() AND uses_left > 0`,
      [id],
    );
    return taken === 1;
  }

  /** Gives a use back, when the registration came to nothing. */
  async giveBack(id: string): Promise<void> {
    await this.database.query(
      'UPDATE auth.initial_access_token SET uses_left = uses_left + 1 WHERE id = $1',
      [id],
    );
  }

  /** A page in the order of ids, after `cursor`. */
  list(cursor: string, limit: number): Promise<InitialAccessToken[]> {
    return this.database.query<InitialAccessToken[]>(
      `SELECT ${COLUMNS} FROM auth.initial_access_token WHERE id > $1 ORDER BY id LIMIT $2`,
      [cursor, limit],
    );
  }

  async delete(id: string): Promise<boolean> {
    const [, deleted] = await this.database.query<[unknown[], number]>(
      'DELETE FROM auth.initial_access_token WHERE id = $1',
      [id],
    );
    return deleted === 1;
  }
}
