import { Injectable } from '@nestjs/common';
import { InjectDataSource } from '@nestjs/typeorm';
import { DataSource } from 'typeorm';
import { RevocationsService } from '../revocation/revocations.service.js';
import { GrantsService } from './grants.service.js';

/** A grant that is in force, for people and administrators. */
export interface ListedGrant {
  readonly id: string;
  readonly clientId: string;
  readonly clientName: string | null;
  readonly userId: string;
  readonly scopes: readonly string[];
  readonly resources: readonly string[];
  readonly createdAt: Date;
}

export interface GrantFilter {
  readonly clientId?: string | undefined;
  readonly userId?: string | undefined;
}

/** Lists what was granted, and takes it back. */
@Injectable()
export class GrantList {
  constructor(
    @InjectDataSource() private readonly database: DataSource,
    private readonly grants: GrantsService,
    private readonly revocations: RevocationsService,
  ) {}

  /** A page of grants in force in the order of ids, after `cursor`. */
  page({ clientId, userId }: GrantFilter, cursor: string, limit: number): Promise<ListedGrant[]> {
    return this.database.query<ListedGrant[]>(
      `SELECT g.id, g.client_id AS "clientId", c.metadata->>'client_name' AS "clientName", g.user_id AS "userId",
         g.scopes, g.resources, g.created_at AS "createdAt"
       FROM auth.oauth_grant g JOIN auth.client c ON c.client_id = g.client_id
       WHERE g.revoked_at IS NULL AND g.id > $1
         AND ($2::text IS NULL OR g.client_id = $2) AND ($3::uuid IS NULL OR g.user_id = $3)
       ORDER BY g.id LIMIT $4`,
      [cursor, clientId ?? null, userId ?? null, limit],
    );
  }

  /** Ends all that a user granted a client; it has to ask for consent again. */
  async revokeAccess(userId: string, clientId: string): Promise<void> {
    const rows = await this.database.query<{ id: string }[]>(
      'SELECT id FROM auth.oauth_grant WHERE user_id = $1 AND client_id = $2 AND revoked_at IS NULL',
      [userId, clientId],
    );
    await this.grants.revokeAll(rows.map(({ id }) => id));
    await this.database.query('DELETE FROM auth.consent WHERE user_id = $1 AND client_id = $2', [
      userId,
      clientId,
    ]);
  }

  /** Ends everything a user granted, and every token that stands for them. */
  async revokeUser(userId: string): Promise<void> {
    await this.revocations.revoke('user', userId, {
      work: async (manager) => {
        await manager.query(
          'UPDATE auth.oauth_grant SET revoked_at = now() WHERE user_id = $1 AND revoked_at IS NULL',
          [userId],
        );
      },
    });
  }
}
