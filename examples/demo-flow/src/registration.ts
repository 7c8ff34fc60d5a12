import { type Answer, callApi } from './http-call.js';
import type { Flow, RegisteredClient } from './flow.js';

/** Registers a client over the admin API with RFC 7591's member names. */
export async function postClient(
  issuer: string,
  adminToken: string | undefined,
  metadata: Record<string, unknown>,
): Promise<Answer> {
  return callApi(`${issuer}/admin/v1/clients`, { token: adminToken, json: metadata });
}

/**
 * Registers a client that only takes tokens for itself.
 * @param lifetime of its access tokens in seconds; the server's default when left out.
 */
export async function registerMachine(
  flow: Pick<Flow, 'demo' | 'left'>,
  name: string,
  scope: string,
  lifetime?: number,
): Promise<RegisteredClient> {
  const answer = await postClient(flow.demo.issuer, flow.left('adminToken'), {
    client_name: name,
    grant_types: ['client_credentials'],
    response_types: [],
    redirect_uris: [],
    token_endpoint_auth_method: 'client_secret_basic',
    scope,
    ...(lifetime === undefined ? {} : { access_token_lifetime: lifetime }),
  });
  if (answer.status !== 201)
    throw new Error(`registering "${name}" answered ${answer.status}: ${answer.text}`);
  return answer.json as unknown as RegisteredClient;
}
