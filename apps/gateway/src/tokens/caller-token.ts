import { type Confirmation, parseScope } from '@gatehouse/token';
import type { ClaimNames } from './issuer-definition.js';

/** Claims as they came, none of them checked for its type. */
export type Claims = Readonly<Record<string, unknown>>;

/** An access token that its issuer answers for, whichever way that was found out. */
export interface CallerToken {
  /** The name of the issuer in the configuration. */
  readonly issuer: string;
  readonly claims: Claims;
  readonly subject: string | undefined;
  readonly clientId: string | undefined;
  readonly audiences: readonly string[];
  readonly scopes: readonly string[];
  readonly roles: readonly string[];
  /** What the token is bound to; undefined: nothing, whoever has it may use it. */
  readonly confirmation: Confirmation | undefined;
  /** Epoch seconds. */
  readonly exp: number;
  /** The id of the key that signed it; empty for one that was introspected. */
  readonly kid: string;
}

/** What a token says, in the terms of whoever reads it. @param names where the issuer writes it */
export function readCallerToken(
  issuer: string,
  claims: Claims,
  names: ClaimNames,
  { exp, kid }: { readonly exp: number; readonly kid: string },
): CallerToken {
  return {
    issuer,
    claims,
    subject: textOf(claimOf(claims, names.subject)),
    clientId: textOf(claimOf(claims, names.client)),
    audiences: listOf(claimOf(claims, names.audience)),
    scopes: scopesOf(claimOf(claims, names.scope)),
    roles: listOf(claimOf(claims, names.roles)),
    confirmation: confirmationOf(claims),
    exp,
    kid,
  };
}

/** @param name a claim, or where it begins with a slash a JSON pointer (RFC 6901) to one that stands deeper */
function claimOf(claims: Claims, name: string): unknown {
  if (!name.startsWith('/')) return own(claims, name);
  return name
    .slice(1)
    .split('/')
    .map((part) => part.replaceAll('~1', '/').replaceAll('~0', '~'))
    .reduce<unknown>(own, claims);
}

function own(value: unknown, name: string): unknown {
  const isObject = typeof value === 'object' && value !== null && Object.hasOwn(value, name);
  return isObject ? (value as Claims)[name] : undefined;
}

function textOf(value: unknown): string | undefined {
  return typeof value === 'string' && value !== '' ? value : undefined;
}

function listOf(value: unknown): readonly string[] {
  if (typeof value === 'string') return [value];
  return Array.isArray(value) ? value.filter((one) => typeof one === 'string') : [];
}

/** RFC 8693 §4.2 has them in one text; others have them in a list. One that is malformed gives none. */
function scopesOf(value: unknown): readonly string[] {
  return parseScope(listOf(value).join(' ')) ?? [];
}

/** One that cannot be read must not count as none: it then names a method that nobody knows, and is refused. */
function confirmationOf({ cnf }: Claims): Confirmation | undefined {
  if (cnf === undefined) return undefined;
  return typeof cnf === 'object' && cnf !== null ? (cnf as Confirmation) : {};
}
