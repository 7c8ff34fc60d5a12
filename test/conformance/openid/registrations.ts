import type { Answer } from '../../auth-server/auth-server.js';
import { type ClientKey, newClientKey } from './client-key.js';
import type { Plan } from './plan.js';
import { RelyingParty } from './relying-party.js';

type Metadata = Readonly<Record<string, unknown>>;

let registered = 0;

/** What any client of a plan registers. */
function metadataOf(plan: Plan): Metadata {
  const implicit = plan.has('id_token') || plan.has('token');
  return {
    redirect_uris: [`https://rp-${(registered += 1)}.test/callback`],
    response_types: [plan.variant.responseType],
    grant_types: [
      ...(plan.has('code') ? ['authorization_code', 'refresh_token'] : []),
      ...(implicit ? ['implicit'] : []),
    ],
    scope: 'openid profile email address phone offline_access',
  };
}

/** A client of an administrator's. The suite's modules come without PKCE, but for the one that is about it. */
export async function registerStatically(plan: Plan, metadata: Metadata): Promise<RelyingParty> {
  const all = { ...metadataOf(plan), require_pkce: false, ...metadata };
  return RelyingParty.of(plan, await plan.server.client(all), all);
}

/** RFC 7591 §3.1, OpenID Connect Registration §3.1: with private_key_jwt, as the suite's Dynamic plan has it. */
export async function requestRegistration(
  plan: Plan,
  metadata: Metadata = {},
): Promise<{ answer: Answer; key: ClientKey }> {
  const key = await newClientKey();
  const keys = 'jwks_uri' in metadata ? {} : { jwks: { keys: [key.jwk] } };
  const all = { ...metadataOf(plan), token_endpoint_auth_method: 'private_key_jwt', ...keys, ...metadata };
  return { answer: await plan.server.call(undefined, '/oauth2/register', 'POST', all), key };
}

/** A client that registered itself. @param own its key, where it publishes that itself */
export async function registerDynamically(
  plan: Plan,
  metadata: Metadata = {},
  own?: ClientKey,
): Promise<RelyingParty> {
  const { answer, key } = await requestRegistration(plan, metadata);
  expect({ status: answer.status, ...answer.body }).toMatchObject({ status: 201, ...metadata });
  const client = { clientId: answer.body.client_id as string, secret: undefined };
  return RelyingParty.of(plan, client, answer.body, own ?? key);
}
