import { demandMatch } from '@gatehouse/admin';
import { Injectable } from '@nestjs/common';
import { InjectDataSource } from '@nestjs/typeorm';
import type { FastifyRequest } from 'fastify';
import { DataSource } from 'typeorm';

/** Keeps administrators who change one thing at once from undoing each other's work (RFC 9110 §13.1.1). */
@Injectable()
export class Preconditions {
  constructor(@InjectDataSource() private readonly database: DataSource) {}

  /**
   * Makes a change when the thing is still what `If-Match` says, one change of it at a time over all replicas. Without
   * the header it is made anyway.
   * @param read the representation that the entity tag is of
   * @throws Problem 412
   */
  async change<Result>(
    request: FastifyRequest,
    read: () => Promise<unknown>,
    change: () => Promise<Result>,
  ): Promise<Result> {
    const condition = request.headers['if-match'];
    if (condition === undefined) return change();
    return this.database.transaction(async (manager) => {
      await manager.query('SELECT pg_advisory_xact_lock(hashtext($1))', [`admin ${request.url}`]);
      demandMatch(condition, await read());
      return change();
    });
  }
}
