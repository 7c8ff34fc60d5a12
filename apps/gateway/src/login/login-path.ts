/** Who somebody is, and leave to renew that without them (OpenID Connect Core §5.4 and §11). */
export const IDENTITY_SCOPES = ['openid', 'profile', 'email', 'offline_access'];

/** What a person signs in for. */
export interface Login {
  /** A path of this gateway. */
  readonly returnTo: string;
  /** The login client's name; undefined for the built-in one. */
  readonly client?: string | undefined;
  /** Beyond those that every login of the client asks for. */
  readonly scopes?: readonly string[] | undefined;
  /** In place of those of the client. */
  readonly acrValues?: readonly string[] | undefined;
  /** In place of the client's. */
  readonly prompt?: string | undefined;
}

/** Where providers send browsers back to. Each login client but the built-in one has a path of its own. */
export function callbackPath(client?: string): string {
  return client === undefined ? '/.gatehouse/callback' : `/.gatehouse/callback/${client}`;
}

/** The address that begins a login. */
export function loginPath({ returnTo, client, scopes = [], acrValues = [], prompt }: Login): string {
  const query = new URLSearchParams({ return_to: returnTo });
  if (client !== undefined) query.set('client', client);
  if (scopes.length > 0) query.set('scope', scopes.join(' '));
  if (acrValues.length > 0) query.set('acr_values', acrValues.join(' '));
  if (prompt !== undefined) query.set('prompt', prompt);
  return `/.gatehouse/login?${query.toString()}`;
}

/** The address of another of the gateway's own pages, for a login client. */
export function ownPath(page: 'denied' | 'logout' | 'signed-out', client: string | undefined): string {
  return `/.gatehouse/${page}${client === undefined ? '' : `?client=${client}`}`;
}
