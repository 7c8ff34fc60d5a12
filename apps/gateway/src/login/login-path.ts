import type { Login } from './passport-request.js';

/** Who somebody is, and leave to renew that without them (OpenID Connect Core §5.4 and §11). */
const ALWAYS = ['openid', 'profile', 'email', 'offline_access'];

/** What a login asks for: what identifies a person, and what a route needs besides. */
export function loginScopes(scopes: readonly string[]): string[] {
  return [...new Set([...ALWAYS, ...scopes])];
}

/** The address that begins a login. */
export function loginPath({ returnTo, scopes }: Login): string {
  const more = scopes.filter((scope) => !ALWAYS.includes(scope));
  const query = new URLSearchParams({ return_to: returnTo });
  if (more.length > 0) query.set('scope', more.join(' '));
  return `/.gatehouse/login?${query.toString()}`;
}
