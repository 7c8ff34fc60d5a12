import { Browser } from '../../../../examples/demo-flow/src/browser.js';
import { consentForm } from '../../../../examples/demo-flow/src/sign-in.js';
import { ISSUER } from '../../../auth-server/auth-server.js';
import { FROM_ITS_PAGE } from '../../../auth-server/people.js';
import { readAnswer } from '../answers.js';
import { Fapi2Client } from '../fapi2-client.js';
import type { Module, Plan } from '../plan.js';
import { pass } from '../time.js';

const register = (plan: Plan) => Fapi2Client.register(plan);

/** Pushed requests, and what the browser brings: FAPI 2.0 Security Profile §5.3.2.2. */
export const fapi2Requests: Readonly<Record<string, Module>> = {
  'user-rejects-authentication': async (plan) => {
    const client = await register(plan);
    const { rp } = client;
    const request_uri = await client.pushed({ state: 'the state' });
    const query = new URLSearchParams({ client_id: client.clientId, request_uri }).toString();
    const url = `${plan.server.url}/oauth2/authorize?${query}`;
    const navigation = { stopAt: rp.redirectUri, most: 3, headers: FROM_ITS_PAGE };
    const page = await rp.browser.open(url, navigation);
    const denied = await rp.browser.submit(consentForm(page)!, { decision: 'deny' }, navigation);
    expect(readAnswer(denied, rp.redirectUri)!.members).toMatchObject({
      error: 'access_denied',
      state: 'the state',
      iss: ISSUER,
    });
  },

  'ensure-authorization-request-without-state-success': async (plan) => {
    const client = await register(plan);
    const { answer } = await client.visit(await client.pushed({ state: undefined }));
    expect(answer!.members).not.toHaveProperty('state');
    expect((await client.redeem(answer!.members.code!)).status).toBe(200);
  },

  'ensure-authorization-request-without-nonce-success': async (plan) => {
    const client = await register(plan);
    const { id_token: idToken } = await client.tokens({ nonce: undefined });
    expect(await client.rp.validate(idToken!, {})).not.toHaveProperty('nonce');
  },

  'ensure-authorization-request-with-64-char-nonce-success': async (plan) => {
    const client = await register(plan);
    const nonce = 'n'.repeat(64);
    const { id_token: idToken } = await client.tokens({ nonce });
    await client.rp.validate(idToken!, { nonce });
  },

  /** Longer than a server must take: here it is taken, and comes back whole. */
  'ensure-authorization-request-with-long-nonce': async (plan) => {
    const client = await register(plan);
    const nonce = 'n'.repeat(384);
    const { id_token: idToken } = await client.tokens({ nonce });
    await client.rp.validate(idToken!, { nonce });
  },

  'ensure-authorization-request-with-long-state': async (plan) => {
    const client = await register(plan);
    const state = 's'.repeat(384);
    const { answer } = await client.visit(await client.pushed({ state }));
    expect(answer!.members.state).toBe(state);
  },

  'ensure-other-scope-order-succeeds': async (plan) => {
    const client = await register(plan);
    expect(await client.tokens({ scope: 'email openid' })).toHaveProperty('id_token');
  },

  'test-claims-parameter-identity-claims': async (plan) => {
    const client = await register(plan);
    const claims = JSON.stringify({ id_token: { name: null }, userinfo: { name: { essential: true } } });
    const { access_token: token } = await client.tokens({ claims });
    expect((await client.userinfo(token!)).body).toMatchObject({ name: 'Ada Lovelace' });
  },

  /** RFC 9126 §4: what stands beside request_uri in the browser is not looked at. */
  'ensure-different-nonce-inside-and-outside-request-object': async (plan) => {
    const client = await register(plan);
    const uri = await client.pushed({ nonce: 'inside' });
    const { answer } = await client.visit(uri, undefined, { nonce: 'outside' });
    const { body } = await client.redeem(answer!.members.code!);
    await client.rp.validate(body.id_token as string, { nonce: 'inside' });
  },

  'ensure-different-state-inside-and-outside-request-object': async (plan) => {
    const client = await register(plan);
    const { answer } = await client.visit(await client.pushed({ state: 'inside' }), undefined, {
      state: 'outside',
    });
    expect(answer!.members.state).toBe('inside');
  },

  'state-only-outside-request-object-not-used': async (plan) => {
    const client = await register(plan);
    const { answer } = await client.visit(await client.pushed({ state: undefined }), undefined, {
      state: 'outside',
    });
    expect(answer!.members).not.toHaveProperty('state');
  },

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

  'ensure-unsigned-authorization-request-without-using-par-fails': async (plan) => {
    const client = await register(plan);
    const { answer } = await client.rp.go(client.request(), client.rp.browser);
    expect(answer!.members.error).toBe('invalid_request');
    expect(answer!.members).not.toHaveProperty('code');
  },

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
    await pass(plan.server, 61);
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
