import type { Limit } from '@gatehouse/throttling';
import { minutes, type ThrottlerOptions } from '@nestjs/throttler';
import type { FastifyRequest } from 'fastify';

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

/** Forms that people send: by one address, as an office behind it is many people. */
export const PERSONAL_FORM = { address: { limit: 60, ttl: minutes(1) } };

/**
 * Wrong passwords. Few at one account from one address; more at an account from anywhere, as whoever only wants to lock
 * somebody out has many addresses, but a guesser must not have many more tries; and at any accounts from one address.
 */
export const LOGIN_FAILURES = {
  accountAndAddress: { name: 'account-address', limit: 10, windowMs: minutes(5) },
  account: { name: 'account', limit: 100, windowMs: minutes(5) },
  address: { name: 'login-address', limit: 300, windowMs: minutes(5) },
} satisfies Record<string, Omit<Limit, 'key'>>;

/** Wrong user codes of devices (RFC 8628 §5.1): an address has few, and all together cannot search the codes there are. */
export const USER_CODE_FAILURES = {
  address: { name: 'user-code-address', limit: 10, windowMs: minutes(5) },
  all: { name: 'user-code', limit: 100_000, windowMs: minutes(5) },
} satisfies Record<string, Omit<Limit, 'key'>>;

/** Clients registered by one address: each is a row. */
export const REGISTRATION = { address: { limit: 100, ttl: minutes(60) } };

/** How often clients may ask one person to answer them (OpenID CIBA Core §14). */
export const CALLS_OF_PERSON: Omit<Limit, 'key'> = {
  name: 'calls-of-person',
  limit: 10,
  windowMs: minutes(5),
};

/** The default limits of every endpoint, by address and client. */
export const THROTTLERS: ThrottlerOptions[] = [
  { name: 'address', limit: 600, ttl: minutes(1) },
  { name: 'client', limit: 6_000, ttl: minutes(1), getTracker: clientOf as never },
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

function bounded(value: unknown): string | undefined {
  return typeof value === 'string' && value.length > 0 ? value.slice(0, 200) : undefined;
}
