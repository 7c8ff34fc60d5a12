import type { Flow, RegisteredClient } from '../flow.js';
import { callApi } from '../http-call.js';
import { clientCredentials, FULL_SCOPE } from '../oauth-client.js';
import { postClient } from '../registration.js';

/** Where the app of this flow would listen; the browser is stopped there, so nothing needs to. */
const REDIRECT_URI = 'http://127.0.0.1:8765/callback';

/** The administrator gets a token and registers the app as a client. */
export async function registerClient(flow: Flow): Promise<void> {
  const { issuer, admin } = flow.demo;
  const metadata = {
    client_name: 'Demo flow',
    redirect_uris: [REDIRECT_URI],
    grant_types: ['authorization_code', 'refresh_token', 'client_credentials'],
    response_types: ['code'],
    token_endpoint_auth_method: 'client_secret_basic',
    scope: FULL_SCOPE,
  };

  const anonymous = await postClient(issuer, undefined, metadata);
  flow.check(
    'without a token the admin API answers 401 with a Bearer challenge',
    anonymous.status === 401 && /^Bearer/i.test(anonymous.headers['www-authenticate'] ?? ''),
    { status: anonymous.status, challenge: anonymous.headers['www-authenticate'] },
  );

  const token = await clientCredentials(issuer, admin, 'admin');
  flow.check(
    'the admin client gets a Bearer token by client_credentials',
    token.token_type === 'bearer' && token.access_token !== '',
    token.token_type,
  );
  flow.adminToken = token.access_token;

  const answer = await postClient(issuer, token.access_token, metadata);
  flow.check('POST /admin/v1/clients answers 201', answer.status === 201, `${answer.status} ${answer.text}`);
  const client = answer.json as unknown as RegisteredClient & Record<string, unknown>;
  flow.saw(`client_id ${client.client_id}`);
  flow.check(
    'the answer carries client_id and client_secret',
    nonEmpty(client.client_id) && nonEmpty(client.client_secret),
    Object.keys(client),
  );
  flow.check(
    'client_secret_expires_at stands beside the secret (RFC 7591 §3.2.1)',
    typeof client.client_secret_expires_at === 'number',
    client.client_secret_expires_at,
  );
  flow.check('the metadata comes back as registered', sameMembers(metadata, client), answer.text);
  flow.check(
    'the answer that holds a secret is not stored by caches',
    /no-store/.test(answer.headers['cache-control'] ?? ''),
    answer.headers['cache-control'],
  );

  const again = await callApi(`${issuer}/admin/v1/clients/${encodeURIComponent(client.client_id)}`, {
    token: token.access_token,
  });
  flow.check(
    'the secret is shown this once: reading the client again shows none',
    again.status === 200 && !again.text.includes(client.client_secret),
    `${again.status} ${again.text}`,
  );
  flow.client = client;
}

function nonEmpty(value: unknown): boolean {
  return typeof value === 'string' && value !== '';
}

function sameMembers(sent: Record<string, unknown>, received: Record<string, unknown>): boolean {
  return Object.entries(sent).every(
    ([name, value]) => JSON.stringify(received[name]) === JSON.stringify(value),
  );
}
