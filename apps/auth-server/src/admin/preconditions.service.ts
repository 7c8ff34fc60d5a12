import { createHash } from 'node:crypto';
import { Problem } from '@gatehouse/http';
import { Injectable } from '@nestjs/common';
import { InjectDataSource } from '@nestjs/typeorm';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { DataSource } from 'typeorm';

/** The strong entity tag of a representation (RFC 9110 §8.8.3). */
export function etagOf(body: unknown): string {
  return `"${createHash('sha256').update(JSON.stringify(body)).digest('base64url').slice(0, 22)}"`;
}

/** Answers a read with its entity tag. */
export function withEtag<Body>(reply: FastifyReply, body: Body): Body {
  reply.header('etag', etagOf(body));
  return body;
}

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
      const current = etagOf(await read());
      const named = condition.split(',').map((one) => one.trim());
      if (!named.includes('*') && !named.includes(current)) {
        throw new Problem(
          412,
          'It was changed meanwhile. Read it again, and repeat your change on what it is now.',
        );
      }
      return change();
    });
  }
}
