import { Browser } from '../../../../examples/demo-flow/src/browser.js';
import { loginForm } from '../../../../examples/demo-flow/src/sign-in.js';
import type { Module } from '../plan.js';
import { expectRefusal } from '../expectations.js';

/** The authorization endpoint's answers: OpenID Connect Core §3.1.2, §3.2.2, §3.3.2. */
export const response: Readonly<Record<string, Module>> = {
  'oidcc-server': async (plan) => {
    const client = await plan.register();
    const { shown, claims, accessToken } = await client.complete({}, { browser: new Browser() });
    expect(shown).toEqual(['login', 'consent']);
    expect(claims !== undefined).toBe(plan.has('code') || plan.has('id_token'));
    expect(accessToken !== undefined).toBe(plan.has('code') || plan.has('token'));
  },

  'oidcc-server-client-secret-post': async (plan) => {
    const client = await plan.register({ token_endpoint_auth_method: 'client_secret_post' });
    const { claims } = await client.complete();
    expect(claims!.sub).toBe(client.person.id);
  },

  'oidcc-response-type-missing': async (plan) => {
    const client = await plan.register();
    const visit = await client.visit({ response_type: undefined });
    expectRefusal(plan, visit, ['invalid_request', 'unsupported_response_type']);
  },

  'oidcc-ensure-request-without-nonce-succeeds-for-code-flow': async (plan) => {
    const client = await plan.register();
    const { claims } = await client.complete({ nonce: undefined });
    expect(claims).not.toHaveProperty('nonce');
  },

  'oidcc-ensure-request-without-nonce-fails': async (plan) => {
    const client = await plan.register();
    expectRefusal(plan, await client.visit({ nonce: undefined }), ['invalid_request']);
  },

  'oidcc-ensure-post-request-succeeds': async (plan) => {
    const client = await plan.register();
    await client.finish(await client.visitByPost());
  },

  'oidcc-ensure-registered-redirect-uri': async (plan) => {
    const client = await plan.register();
    const visit = await client.visit({ redirect_uri: `${client.redirectUri}/other` });
    expect(visit.answer).toBeUndefined();
    expect(visit.page.status).toBe(400);
    expect(visit.page.text).toContain('redirect_uri');
  },

  'oidcc-display-page': async (plan) => {
    await (await plan.register()).complete({ display: 'page' });
  },

  'oidcc-display-popup': async (plan) => {
    await (await plan.register()).complete({ display: 'popup' });
  },

  'oidcc-ensure-request-with-unknown-parameter-succeeds': async (plan) => {
    await (await plan.register()).complete({ extra: 'foobar' });
  },

  'oidcc-login-hint': async (plan) => {
    const client = await plan.register();
    const browser = new Browser();
    await client.complete({ login_hint: client.person.username }, { browser });
    const login = browser.received.find((page) => loginForm(page));
    expect(loginForm(login!)!.fields.username).toBe(client.person.username);
  },

  'oidcc-ui-locales': async (plan) => {
    await (await plan.register()).complete({ ui_locales: 'se' }, { browser: new Browser() });
  },

  'oidcc-claims-locales': async (plan) => {
    await (await plan.register()).complete({ claims_locales: 'se' });
  },

  'oidcc-ensure-request-with-acr-values-succeeds': async (plan) => {
    const { claims } = await (await plan.register()).complete({ acr_values: '1 2' });
    expect(['undefined', 'string']).toContain(typeof claims?.acr);
  },

  'oidcc-ensure-request-with-valid-pkce-succeeds': async (plan) => {
    await (await plan.register({ require_pkce: true })).complete();
  },
};
