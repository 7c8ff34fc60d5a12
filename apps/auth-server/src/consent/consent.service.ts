import { type Statement, Statements } from '@gatehouse/database';
import { missingScopes } from '@gatehouse/token';
import { Injectable } from '@nestjs/common';
import { InjectRepository } from '@nestjs/typeorm';
import type { Repository } from 'typeorm';
import { Consent } from './consent.entity.js';

const ALLOWED: Statement<Pick<Consent, 'scopes'>> = {
  name: 'consent',
  text: 'SELECT scopes FROM auth.consent WHERE user_id = $1 AND client_id = $2',
};

/** Remembers what users allowed clients. */
@Injectable()
export class ConsentService {
  private readonly statements: Statements;

  constructor(@InjectRepository(Consent) private readonly repository: Repository<Consent>) {
    this.statements = new Statements(repository.manager.connection);
  }

  /** Whether everything asked for (scopes, and the APIs they are for) was allowed before. */
  async allows(userId: string, clientId: string, scopes: readonly string[]): Promise<boolean> {
    const [consent] = await this.statements.run(ALLOWED, [userId, clientId]);
    return missingScopes(consent?.scopes ?? [], scopes).length === 0;
  }

  /** Adds to what was allowed before, in one statement: two tabs may agree at once. */
  async remember(userId: string, clientId: string, scopes: readonly string[]): Promise<void> {
    await this.repository.query(
      `INSERT INTO auth.consent (user_id, client_id, scopes) VALUES ($1, $2, $3)
       ON CONFLICT (user_id, client_id) DO UPDATE
       SET scopes = ARRAY(SELECT DISTINCT unnest(consent.scopes || excluded.scopes)), updated_at = now()`,
      [userId, clientId, scopes],
    );
  }
}
