import { randomUUID } from 'node:crypto';
import { Injectable } from '@nestjs/common';
import { InjectRepository } from '@nestjs/typeorm';
import { MoreThan, type Repository } from 'typeorm';
import { TrustedIssuer } from './trusted-issuer.entity.js';

export type TrustedIssuerMembers = Omit<TrustedIssuer, 'id' | 'createdAt'>;

/** The issuers whose assertions this server takes. */
@Injectable()
export class TrustedIssuers {
  constructor(@InjectRepository(TrustedIssuer) private readonly repository: Repository<TrustedIssuer>) {}

  async find(id: string): Promise<TrustedIssuer | undefined> {
    return (await this.repository.findOneBy({ id })) ?? undefined;
  }

  async findByIssuer(issuer: string): Promise<TrustedIssuer | undefined> {
    if (issuer.includes('\0')) return undefined;
    return (await this.repository.findOneBy({ issuer })) ?? undefined;
  }

  /** A page by id, beginning after `cursor`. */
  list(cursor: string, limit: number): Promise<TrustedIssuer[]> {
    return this.repository.find({ where: { id: MoreThan(cursor) }, order: { id: 'ASC' }, take: limit });
  }

  /** @returns undefined when there is one of this name already */
  async create(members: TrustedIssuerMembers): Promise<TrustedIssuer | undefined> {
    const row = this.repository.create({ ...members, id: randomUUID(), createdAt: new Date() });
    const inserted = await this.repository
      .createQueryBuilder()
      .insert()
      .values(row as never)
      .orIgnore()
      .returning('id')
      .execute();
    return (inserted.raw as unknown[]).length > 0 ? row : undefined;
  }

  /** Replaces everything but the name. */
  async replace(row: TrustedIssuer, members: TrustedIssuerMembers): Promise<TrustedIssuer> {
    await this.repository.update({ id: row.id }, { ...members, issuer: row.issuer } as never);
    return Object.assign(row, members, { issuer: row.issuer });
  }

  async delete(id: string): Promise<void> {
    await this.repository.delete({ id });
  }
}
