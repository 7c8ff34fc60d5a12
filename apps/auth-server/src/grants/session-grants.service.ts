import { Injectable } from '@nestjs/common';
import { InjectDataSource } from '@nestjs/typeorm';
import { DataSource } from 'typeorm';
import { SessionEnd, type SessionEndListener } from '../sessions/session-end.js';
import type { LoginSession } from '../sessions/sessions.service.js';
import { GrantsService } from './grants.service.js';

/** What was granted without `offline_access` ends with the login session (OpenID Connect Back-Channel Logout §2.7). */
@Injectable()
@SessionEnd()
export class SessionGrants implements SessionEndListener {
  constructor(
    @InjectDataSource() private readonly database: DataSource,
    private readonly grants: GrantsService,
  ) {}

  async sessionEnding({ sid }: LoginSession): Promise<void> {
    const rows = await this.database.query<{ id: string }[]>(
      `SELECT id FROM auth.oauth_grant
       WHERE session_id = $1 AND revoked_at IS NULL AND NOT 'offline_access' = ANY (scopes)`,
      [sid],
    );
    await this.grants.revokeAll(rows.map(({ id }) => id));
  }
}
