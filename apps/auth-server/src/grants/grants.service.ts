import { randomUUID } from 'node:crypto';
import { Gathered, Statements } from '@gatehouse/database';
import { Injectable } from '@nestjs/common';
import { InjectRepository } from '@nestjs/typeorm';
import { LRUCache } from 'lru-cache';
import { In, type Repository } from 'typeorm';
import type { ClaimsRequest } from '../authorize/claims-request.js';
import { RevocationsService } from '../revocation/revocations.service.js';
import { Grant } from './grant.entity.js';

export type NewGrant = Pick<Grant, 'clientId' | 'userId' | 'scopes' | 'resources' | 'authTime'> &
  Partial<Pick<Grant, 'amr' | 'claims' | 'authorizationDetails' | 'sessionId'>>;

const REMEMBERED = 5_000;
const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;

@Injectable()
export class GrantsService {
  private readonly statements: Statements;
  private readonly columns: readonly (readonly [name: string, member: keyof Grant])[];
  private readonly inserts = new Gathered((grants: readonly Grant[]) => this.insertAll(grants));
  private readonly lookups = new Gathered((ids: readonly string[]) => this.findAll(ids));
  private readonly claims = new LRUCache<string, { claims: ClaimsRequest | null }>({ max: REMEMBERED });

  constructor(
    @InjectRepository(Grant) private readonly repository: Repository<Grant>,
    private readonly revocations: RevocationsService,
  ) {
    this.statements = new Statements(repository.manager.connection);
    this.columns = repository.metadata.columns.map((one) => [
      one.databaseName,
      one.propertyName as keyof Grant,
    ]);
  }

  /** Stored before its code is handed out, so that whatever happens to the code finds a grant to revoke. */
  async create(grant: NewGrant): Promise<Grant> {
    const row = this.repository.create({
      amr: [],
      claims: null,
      authorizationDetails: null,
      ...grant,
      id: randomUUID(),
      createdAt: new Date(),
      revokedAt: null,
    });
    await this.inserts.ask(row);
    return row;
  }

  async find(id: string): Promise<Grant | undefined> {
    return UUID.test(id) ? this.lookups.ask(id) : undefined;
  }

  /** The `claims` parameter of a grant's request, which never changes. */
  async claimsOf(id: string): Promise<ClaimsRequest | null> {
    const known = this.claims.get(id);
    if (known) return known.claims;
    const claims = (await this.find(id))?.claims ?? null;
    this.claims.set(id, { claims });
    return claims;
  }

  /** Ends a grant: its refresh tokens at once, its access tokens within the second that the feed takes. */
  revoke(id: string): Promise<void> {
    return this.revokeAll([id]);
  }

  /** As `revoke`, of many. */
  async revokeAll(ids: readonly string[]): Promise<void> {
    if (ids.length === 0) return;
    await this.revocations.revoke('grant', ids, {
      work: async (manager) => {
        await manager.update(Grant, { id: In([...ids]) }, { revokedAt: new Date() });
      },
    });
  }

  private async insertAll(grants: readonly Grant[]): Promise<undefined[]> {
    const names = this.columns.map(([name]) => name).join(', ');
    const rows = grants.map((grant) =>
      Object.fromEntries(this.columns.map(([name, member]) => [name, grant[member]])),
    );
    const text = `INSERT INTO auth.oauth_grant (${names})
      SELECT ${names} FROM jsonb_populate_recordset(NULL::auth.oauth_grant, $1::jsonb)`;
    await this.statements.run({ name: 'new grants', text }, [JSON.stringify(rows)]);
    return grants.map(() => undefined);
  }

  private async findAll(ids: readonly string[]): Promise<(Grant | undefined)[]> {
    const text = `SELECT ${this.statements.columnsOf(Grant)} FROM auth.oauth_grant WHERE id = ANY ($1::uuid[])`;
    const rows = await this.statements.run<Grant>({ name: 'grants by id', text }, [[...new Set(ids)]]);
    const grants = new Map(rows.map((row) => [row.id, row]));
    return ids.map((id) => grants.get(id));
  }
}
