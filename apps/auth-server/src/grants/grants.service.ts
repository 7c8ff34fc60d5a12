import { randomUUID } from 'node:crypto';
import { Injectable } from '@nestjs/common';
import { InjectRepository } from '@nestjs/typeorm';
import { In, type Repository } from 'typeorm';
import { RevocationsService } from '../revocation/revocations.service.js';
import { Grant } from './grant.entity.js';

export type NewGrant = Pick<Grant, 'clientId' | 'userId' | 'scopes' | 'resources' | 'authTime'> &
  Partial<Pick<Grant, 'amr' | 'claims' | 'authorizationDetails' | 'sessionId'>>;

@Injectable()
export class GrantsService {
  constructor(
    @InjectRepository(Grant) private readonly repository: Repository<Grant>,
    private readonly revocations: RevocationsService,
  ) {}

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
    await this.repository.insert(row as never);
    return row;
  }

  async find(id: string): Promise<Grant | undefined> {
    return (await this.repository.findOneBy({ id })) ?? undefined;
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
}
