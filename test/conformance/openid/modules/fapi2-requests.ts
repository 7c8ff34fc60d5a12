import { consentForm } from '../../../../examples/demo-flow/src/sign-in.js';
import { ISSUER } from '../../../auth-server/auth-server.js';
import { FROM_ITS_PAGE } from '../../../auth-server/people.js';
import { readAnswer } from '../answers.js';
import { Fapi2Client } from '../fapi2-client.js';
import type { Module, Plan } from '../plan.js';

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

  'ensure-unsigned-authorization-request-without-using-par-fails': async (plan) => {
    const client = await register(plan);
    const { answer } = await client.rp.go(client.request(), client.rp.browser);
    expect(answer!.members.error).toBe('invalid_request');
    expect(answer!.members).not.toHaveProperty('code');
  },
};
