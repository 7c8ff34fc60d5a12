import type { Client } from '../clients/client.entity.js';
import type { User } from '../users/user.entity.js';

const ADMIN: ReadonlySet<string> = new Set(['admin']);
const NONE: ReadonlySet<string> = new Set();

/** The scopes of operators that a client's device may ask a person for: `admin`, for this product's own command line. */
export function administrationBy({ origin }: Client): ReadonlySet<string> {
  return origin === 'seed' ? ADMIN : NONE;
}

/** Nobody can give away what they may not do themselves. */
export function mayAllow({ administrator }: User, scopes: readonly string[]): boolean {
  return administrator || !scopes.includes('admin');
}
