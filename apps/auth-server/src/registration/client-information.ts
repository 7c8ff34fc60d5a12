import type { Registered } from './registration.service.js';

/** RFC 7591 §3.2.1 and RFC 7592 §3: all metadata as it was registered, and the two ways to manage it. */
export function clientInformation({ client, secret, registrationToken }: Registered, endpoint: string) {
  return {
    client_id: client.clientId,
    client_id_issued_at: Math.floor(client.createdAt.getTime() / 1000),
    ...(secret === undefined ? {} : { client_secret: secret, client_secret_expires_at: 0 }),
    ...client.metadata,
    registration_access_token: registrationToken,
    registration_client_uri: `${endpoint}/${encodeURIComponent(client.clientId)}`,
  };
}
