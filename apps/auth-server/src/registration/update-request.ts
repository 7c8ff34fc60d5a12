import { OAuthError } from '@gatehouse/http';
import { matchesSecret } from '../clients/client-secrets.js';
import type { Client } from '../clients/client.entity.js';

/** RFC 7592 §2.2: what this server says of a registration, and no client says to it. */
const SERVERS_OWN = [
  'registration_access_token',
  'registration_client_uri',
  'client_secret_expires_at',
  'client_id_issued_at',
];

/**
 * Checks that an update is about the client that the token manages (RFC 7592 §2.2).
 * @throws OAuthError invalid_client_metadata
 */
export function checkUpdate(client: Client, body: Readonly<Record<string, unknown>>): void {
  if (body.client_id !== client.clientId) {
    throw invalid('client_id must be in the request, and be that of the registration');
  }
  const foreign = SERVERS_OWN.find((name) => Object.hasOwn(body, name));
  if (foreign !== undefined) throw invalid(`${foreign} must not be in the request`);
  const { client_secret: secret } = body;
  if (secret === undefined) return;
  const matches = typeof secret === 'string' && matchesSecret(client, secret);
  if (!matches) throw invalid('client_secret is not the one of the registration');
}

function invalid(description: string): OAuthError {
  return new OAuthError('invalid_client_metadata', `${description} (RFC 7592 section 2.2)`);
}
