import { Problem } from '@gatehouse/http';
import { missingScopes } from '@gatehouse/token';
import { z } from 'zod';
import type { Caller } from '../guards/route-guard.js';

export const scopeToken = z
  .string()
  .regex(/^[\x21\x23-\x5B\x5D-\x7E]{1,200}$/, 'must be a scope token (RFC 6749 §3.3)');

/** What guards of credentials say of the scopes that these must have. */
export const scopeSettings = {
  scopes: z.array(scopeToken).max(50).default([]).describe('Scopes that the credential must have'),
  match: z
    .enum(['all', 'any'])
    .optional()
    .describe('Whether it must have all of them (also where this is left out), or one will do'),
};

interface ScopeSettings {
  readonly scopes: readonly string[];
  readonly match?: 'all' | 'any' | undefined;
}

/** Checks, with `NO_SCOPES`, that `match` has something to be about. */
export function matchesScopes({ scopes, match }: ScopeSettings): boolean {
  return match === undefined || scopes.length > 0;
}

export const NO_SCOPES = { path: ['match'], message: 'is about scopes, and there are none' };

/** @throws Problem 403 when the credential has not the scopes that a guard asks for */
export function demandScopes(
  { scopes: granted = [] }: Caller,
  { scopes, match = 'all' }: ScopeSettings,
): void {
  if (scopes.length === 0) return;
  const missing = missingScopes(granted, scopes);
  const enough = match === 'all' ? missing.length === 0 : missing.length < scopes.length;
  if (enough) return;
  const list = match === 'all' ? `the scope ${missing.join(' ')}` : `one of the scopes ${scopes.join(' ')}`;
  throw new Problem(403, `The credential lacks ${list}.`);
}
