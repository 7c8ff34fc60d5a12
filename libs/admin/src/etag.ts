import { createHash } from 'node:crypto';
import { Problem } from '@gatehouse/http';
import type { FastifyReply } from 'fastify';

/** The strong entity tag of a representation (RFC 9110 §8.8.3). */
export function etagOf(body: unknown): string {
  return `"${createHash('sha256').update(JSON.stringify(body)).digest('base64url').slice(0, 22)}"`;
}

/** Answers a read with its entity tag. */
export function withEtag<Body>(reply: FastifyReply, body: Body): Body {
  reply.header('etag', etagOf(body));
  return body;
}

/**
 * Demands that a representation is still the one that `If-Match` names (RFC 9110 §13.1.1).
 * @param condition the header; undefined: any will do
 * @throws Problem 412
 */
export function demandMatch(condition: string | undefined, body: unknown): void {
  if (condition === undefined) return;
  const named = condition.split(',').map((one) => one.trim());
  if (named.includes('*') || named.includes(etagOf(body))) return;
  throw new Problem(
    412,
    'It was changed meanwhile. Read it again, and repeat your change on what it is now.',
  );
}
