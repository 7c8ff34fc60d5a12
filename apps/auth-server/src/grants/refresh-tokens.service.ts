import { Gathered, Statements } from '@gatehouse/database';
import { isFapi2 } from '@gatehouse/client';
import { type Confirmation, expandKey, type Hash, hashOf, newSecret, SecretBox } from '@gatehouse/token';
import { Inject, Injectable } from '@nestjs/common';
import {
  FIND,
  ISSUE,
  type NewRefreshToken,
  ROTATE,
  type RefreshTokenRotation,
  type RefreshTokenRow,
} from './refresh-token.statements.js';
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

/** The chain of refresh tokens of each grant: each is exchanged once, for the next (RFC 9700 §4.14.2). */
@Injectable()
export class RefreshTokens {
  private readonly statements: Statements;
  private readonly inserts = new Gathered((tokens: readonly NewRefreshToken[]) => this.insertAll(tokens));
  private readonly lookups = new Gathered((hashes: readonly Hash[]) => this.findAll(hashes));
  private readonly rotations = new Gathered((all: readonly RefreshTokenRotation[]) => this.rotateAll(all));

  constructor(
    @InjectDataSource() private readonly database: DataSource,
    @Inject(CONFIG) private readonly config: Config,
  ) {
    this.statements = new Statements(database);
  }

  /**
   * The first refresh token of a grant.
   * @param confirmation what the request's tokens are bound to
   */
  async issue(grant: Pick<Grant, 'id'>, client: Client, confirmation?: Confirmation): Promise<string> {
    const token = newSecret();
    const { idle, absolute } = this.lifetimesOf(client);
    await this.inserts.ask({
      hash: hashOf(token),
      grant_id: grant.id,
      lifetime: Math.min(idle, absolute),
      confirmation: refreshBinding(client, confirmation),
    });
    return token;
  }

  async find(token: string): Promise<FoundRefreshToken | undefined> {
    const row = await this.lookups.ask(hashOf(token));
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
    const rotated = await this.rotations.ask({
      hash: hashOf(token),
      sealed: successorBox(token).seal(successor, CONTEXT),
      successor: hashOf(successor),
      idle,
      absolute,
    });
    return rotated ? successor : undefined;
  }

  /** Whether a token was exchanged already: a successor that was used shows that its answer was not lost. */
  async isUsed(token: string): Promise<boolean> {
    const [row] = await this.database.query<{ used: boolean }[]>(
      'SELECT used_at IS NOT NULL AS used FROM auth.refresh_token WHERE hash = $1',
      [hashOf(token)],
    );
    return row?.used ?? true;
  }

  private async insertAll(tokens: readonly NewRefreshToken[]): Promise<undefined[]> {
    await this.statements.run(ISSUE, [JSON.stringify(tokens)]);
    return tokens.map(() => undefined);
  }

  private async findAll(hashes: readonly Hash[]): Promise<(RefreshTokenRow | undefined)[]> {
    const rows = await this.statements.run(FIND, [hashes, this.config.refreshTokenGrace]);
    const found = new Map(rows.map((row) => [row.hash, row]));
    return hashes.map((hash) => found.get(hash));
  }

  private async rotateAll(rotations: readonly RefreshTokenRotation[]): Promise<boolean[]> {
    const rows = await this.statements.run(ROTATE, [JSON.stringify(rotations)]);
    const stored = new Set(rows.map(({ hash }) => hash));
    return rotations.map(({ successor }) => stored.has(successor));
  }

  private lifetimesOf({ metadata }: Client): Lifetimes {
    const absolute = metadata.refresh_token_absolute ?? this.config.refreshTokenAbsolute;
    // One that does not rotate is not seen to be used.
    const idle = isFapi2(metadata) ? absolute : (metadata.refresh_token_idle ?? this.config.refreshTokenIdle);
    return { idle, absolute };
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
  return new SecretBox(token, CONTEXT, expandKey);
}
