import type { SecretBox } from '@gatehouse/token';
import type { HeaderAuth, McpServerDefinition, OAuthAuth } from './mcp-server-definition.js';

type Place = Pick<McpServerDefinition, 'url'>;
/** How the gateway shows who calls, where that takes a secret. */
export type SecretAuth = HeaderAuth | OAuthAuth;

export function takesSecret(auth: McpServerDefinition['auth']): auth is SecretAuth {
  return auth.type === 'header' || auth.type === 'oauth';
}

/** The member that has the secret, as it is sent. */
export function secretMember({ type }: SecretAuth): 'value' | 'client_secret' {
  return type === 'header' ? 'value' : 'client_secret';
}

/** Encrypts the secret. It opens only for the place it was given for, whoever changes that afterwards. */
export function sealSecret<Auth extends SecretAuth>(auth: Auth, place: Place, box: SecretBox): Auth {
  const sealed = box.seal(secretOf(auth)!, placeOf(auth, place));
  return { ...(withoutSecret(auth) as Auth), sealed };
}

/** @throws when it was sealed under another GATEHOUSE_SECRET, or for another place */
export function openSecret(auth: SecretAuth, place: Place, box: SecretBox): string {
  return box.open(auth.sealed ?? '', placeOf(auth, place));
}

export function secretOf(auth: SecretAuth): string | undefined {
  return auth.type === 'header' ? auth.value : auth.client_secret;
}

export function withoutSecret(auth: SecretAuth): SecretAuth {
  if (auth.type === 'header') return { type: auth.type, name: auth.name };
  const { client_secret: _, sealed: __, ...rest } = auth;
  return rest;
}

/** Where the secret goes. */
export function placeOf(auth: SecretAuth, { url }: Place): string {
  if (auth.type === 'header') return JSON.stringify([url, auth.name]);
  return JSON.stringify([url, auth.authorization_server, auth.client_id]);
}
