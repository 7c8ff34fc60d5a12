import type { Caller } from '../guards/route-guard.js';
import type { LoginClient } from './login-client.js';

type Claims = Readonly<Record<string, unknown>>;

const MAX_GROUPS = 1_000;

/** Who signed in, as upstreams are told. */
export function callerOf({ clientId }: LoginClient, claims: Claims, scopes: readonly string[]): Caller {
  const email = emailOf(claims);
  return {
    subject: String(claims.sub),
    clientId,
    scopes,
    ...text('name', claims.name),
    ...text('username', claims.preferred_username),
    ...(email === undefined || claims.email_verified === false ? {} : { email }),
    claims,
  };
}

/** One address: a second `@` would make its domain a matter of who reads it (oauth2-proxy CVE-2026-40574). */
export function emailOf({ email }: Claims): string | undefined {
  return typeof email === 'string' && email.length <= 254 && /^[^@\s]+@[^@\s]+$/.test(email)
    ? email
    : undefined;
}

/** Whether the person's e-mail address lets them in. An address that the provider has not verified is anybody's. */
export function hasWelcomeEmail({ emailDomains }: LoginClient, claims: Claims): boolean {
  if (emailDomains === undefined) return true;
  const email = emailOf(claims);
  if (email === undefined || claims.email_verified !== true) return false;
  return emailDomains.includes(email.slice(email.indexOf('@') + 1).toLowerCase());
}

export function groupsOf({ groupsClaim }: LoginClient, claims: Claims): string[] {
  const value = Object.hasOwn(claims, groupsClaim) ? claims[groupsClaim] : undefined;
  const groups = Array.isArray(value) ? value : [value];
  return groups.filter((one): one is string => typeof one === 'string').slice(0, MAX_GROUPS);
}

function text<Name extends string>(name: Name, value: unknown): Partial<Record<Name, string>> {
  return typeof value === 'string' ? ({ [name]: value } as Record<Name, string>) : {};
}
