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
  match: z.enum(['all', 'any']).default('all').describe('Whether it must have all of them, or one will do'),
};

/** @throws Problem 403 when the credential has not the scopes that a guard asks for */
export function demandScopes(
  { scopes: granted = [] }: Caller,
  { scopes, match }: { readonly scopes: readonly string[]; readonly match: 'all' | 'any' },
): void {
  if (scopes.length === 0) return;
  const missing = missingScopes(granted, scopes);
  const enough = match === 'all' ? missing.length === 0 : missing.length < scopes.length;
  if (enough) return;
  const list = match === 'all' ? `the scope ${missing.join(' ')}` : `one of the scopes ${scopes.join(' ')}`;
  throw new Problem(403, `The credential lacks ${list}.`);
}
