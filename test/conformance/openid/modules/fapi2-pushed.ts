import { Browser } from '../../../../examples/demo-flow/src/browser.js';
import { Fapi2Client } from '../fapi2-client.js';
import type { Module, Plan } from '../plan.js';
import { expire } from '../time.js';

const register = (plan: Plan) => Fapi2Client.register(plan);

/** What is refused where requests are pushed, and what a request_uri is good for: FAPI 2.0 Security Profile §5.3.2.2, RFC 9126. */
export const fapi2Pushed: Readonly<Record<string, Module>> = {
  'ensure-request-object-without-redirect-uri-fails': (plan) =>
    refusedAtPar(plan, { redirect_uri: undefined }),
  'ensure-redirect-uri-in-authorization-request': (plan) =>
    refusedAtPar(plan, { redirect_uri: undefined, scope: 'profile' }),

  /** The profile lets servers take unregistered ones (§5.3.2.2 note 1): here they are refused, as RFC 9126 §2.4 may. */
  'plain-fapi-tolerate-unregistered-redirect-uri': (plan) =>
    refusedAtPar(plan, { redirect_uri: 'https://unregistered.test/callback' }),

  'ensure-registered-redirect-uri': (plan) =>
    refusedAtPar(plan, { redirect_uri: 'https://unregistered.test/callback' }),

  'ensure-response-type-code-idtoken-fails': (plan) => refusedAtPar(plan, { response_type: 'code id_token' }),
  'ensure-response-type-token-fails': (plan) => refusedAtPar(plan, { response_type: 'token' }),
  'par-ensure-pkce-required': (plan) =>
    refusedAtPar(plan, { code_challenge: undefined, code_challenge_method: undefined }),
  'par-plain-pkce-rejected': (plan) =>
    refusedAtPar(plan, { code_challenge: 'c'.repeat(43), code_challenge_method: 'plain' }),
  'par-authorization-request-containing-request_uri-form-param': (plan) =>
    refusedAtPar(plan, { request_uri: 'urn:ietf:params:oauth:request_uri:other' }),

  'par-without-duplicate-parameters': async (plan) => {
    const client = await register(plan);
    expect(await client.tokens()).toHaveProperty('access_token');
  },

  'par-attempt-invalid-http-method': async (plan) => {
    const { status } = await plan.server.fetch('/oauth2/par', { method: 'PUT' });
    expect(status).toBe(405);
  },

  'par-attempt-reuse-request_uri': async (plan) => {
    const client = await register(plan);
    const uri = await client.pushed();
    expect((await client.visit(uri)).answer!.members).toHaveProperty('code');
    await refusedOnPage(client, uri);
  },

  'par-attempt-to-use-expired-request_uri': async (plan) => {
    const client = await register(plan);
    const uri = await client.pushed();
    await expire(plan.server, 61);
    await refusedOnPage(client, uri);
  },

  'par-attempt-to-use-request_uri-for-different-client': async (plan) => {
    const [client, other] = [await register(plan), await register(plan)];
    await refusedOnPage(other, await client.pushed());
  },

  /** The suite warns: the profile only recommends it (§5.3.2.2 note 3). Here a request_uri is for one visit. */
  'par-ensure-reused-request-uri-prior-to-auth-completion-succeeds': async (plan) => {
    const client = await register(plan);
    const uri = await client.pushed();
    const url = new URLSearchParams({ client_id: client.clientId, request_uri: uri }).toString();
    await new Browser().open(`${plan.server.url}/oauth2/authorize?${url}`);
    await refusedOnPage(client, uri);
  },
};

async function refusedAtPar(plan: Plan, members: Record<string, string | undefined>): Promise<void> {
  const { status, body } = await (await register(plan)).push(members);
  expect(status).toBe(400);
  expect(['invalid_request', 'unsupported_response_type', 'unauthorized_client']).toContain(body.error);
  expect(body).not.toHaveProperty('request_uri');
}

async function refusedOnPage(client: Fapi2Client, uri: string): Promise<void> {
  const { page, answer } = await client.visit(uri);
  expect({ status: page.status, answer }).toEqual({ status: 400, answer: undefined });
}
