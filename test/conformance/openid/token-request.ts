import type { Answer, TestClient } from '../../auth-server/auth-server.js';
import type { Members } from '../../auth-server/people.js';
import { clientAssertion, type ClientKey } from './client-key.js';
import type { Plan } from './plan.js';

interface Caller {
  readonly plan: Plan;
  readonly client: TestClient;
  readonly metadata: Readonly<Record<string, unknown>>;
  readonly key: ClientKey | undefined;
}

/** Calls the token endpoint with the authentication that the client registered. */
export async function requestToken({ plan, client, metadata, key }: Caller, form: Members): Promise<Answer> {
  const { clientId, secret } = client;
  const method = metadata.token_endpoint_auth_method ?? 'client_secret_basic';
  if (method === 'client_secret_basic') return plan.server.post('/oauth2/token', form, client);
  const proof = key
    ? await clientAssertion(key, clientId, plan.issuer)
    : { client_id: clientId, client_secret: secret };
  return plan.server.post('/oauth2/token', { ...proof, ...form });
}
