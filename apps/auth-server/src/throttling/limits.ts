import type { Limit } from '@gatehouse/throttling';
import { minutes, type ThrottlerOptions } from '@nestjs/throttler';
import type { FastifyRequest } from 'fastify';
import { normalizeUsername } from '../users/users.service.js';

/** What is counted besides the limits below, and only when it fails: guesses of one client's secret by one address. */
export const FAILURES_OF_CLIENT: Omit<Limit, 'key'> = {
  name: 'failed-client',
  limit: 30,
  windowMs: minutes(1),
};

/** The same for any clients: whoever goes through client ids is stopped, too. */
export const FAILURES_OF_ADDRESS: Omit<Limit, 'key'> = {
  name: 'failed-address',
  limit: 300,
  windowMs: minutes(1),
};

/** Endpoints that a service calls for each of its own requests: a bound on loops that ran away. */
export const SERVICE_ENDPOINT = {
  address: { limit: 600_000, ttl: minutes(1) },
  client: { limit: 600_000, ttl: minutes(1) },
};

/**
 * Attempts to sign in: by one address (an office behind one address is many people), and at one account. The account is
 * named by the handler, not found out from the URL, which can be written in many ways (`/log%69n`).
 */
export const LOGIN = {
  address: { limit: 60, ttl: minutes(1) },
  account: { limit: 10, ttl: minutes(5), getTracker: accountOf as never },
};

/** The default limits of every endpoint, by address, client and account. */
export const THROTTLERS: ThrottlerOptions[] = [
  { name: 'address', limit: 600, ttl: minutes(1) },
  { name: 'client', limit: 6_000, ttl: minutes(1), getTracker: clientOf as never },
  // Only where a handler says which account is meant.
  { name: 'account', limit: 10, ttl: minutes(5), getTracker: (() => undefined) as never },
];

/** The client a request names, before it is known whether it tells the truth. */
function clientOf(request: FastifyRequest): string | undefined {
  const { authorization } = request.headers;
  if (authorization?.slice(0, 6).toLowerCase() === 'basic ') {
    const decoded = Buffer.from(authorization.slice(6, 1_000), 'base64').toString('utf8');
    return bounded(decoded.split(':', 1)[0]);
  }
  return bounded((request.body as Record<string, unknown> | null | undefined)?.client_id);
}

/** The account that somebody tries to sign in to. */
export function accountOf(request: FastifyRequest): string | undefined {
  const username = (request.body as Record<string, unknown> | null | undefined)?.username;
  return typeof username === 'string' ? bounded(normalizeUsername(username)) : undefined;
}

function bounded(value: unknown): string | undefined {
  return typeof value === 'string' && value.length > 0 ? value.slice(0, 200) : undefined;
}
