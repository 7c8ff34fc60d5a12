import { UnsecuredJWT } from 'jose';
import { newClientKey, signBy } from '../client-key.js';
import {
  endSession,
  expectErrorPage,
  expectSignedOut,
  expectStillSignedIn,
  signedIn,
} from '../end-session.js';
import type { Module } from '../plan.js';

const STATE = { state: 'the state' };

/** OpenID Connect RP-Initiated Logout. */
export const logout: Readonly<Record<string, Module>> = {
  'oidcc-rp-initiated-logout-discovery-endpoint-verification': async (plan) => {
    expect(plan.metadata.end_session_endpoint).toMatch(/^https:\/\/issuer\.test\//);
  },

  'oidcc-rp-initiated-logout': async (plan) => {
    const { client, target, idToken } = await signedIn(plan);
    const request = { id_token_hint: idToken, post_logout_redirect_uri: target, ...STATE };
    const { page } = await endSession(client, request);
    expect(page.url).toBe(`${target}?state=the+state`);
    await expectSignedOut(client);
  },

  'oidcc-rp-initiated-logout-no-state': async (plan) => {
    const { client, target, idToken } = await signedIn(plan);
    const { page } = await endSession(client, { id_token_hint: idToken, post_logout_redirect_uri: target });
    expect(page.url).toBe(target);
    await expectSignedOut(client);
  },

  'oidcc-rp-initiated-logout-bad-post-logout-redirect-uri': async (plan) => {
    const { client, target, idToken } = await signedIn(plan);
    const request = { id_token_hint: idToken, post_logout_redirect_uri: `${target}/bad`, ...STATE };
    expectErrorPage(await endSession(client, request));
    await expectStillSignedIn(client);
  },

  'oidcc-rp-initiated-logout-query-added-to-post-logout-redirect-uri': async (plan) => {
    const { client, target, idToken } = await signedIn(plan);
    const request = { id_token_hint: idToken, post_logout_redirect_uri: `${target}?foo=bar`, ...STATE };
    expectErrorPage(await endSession(client, request));
    await expectStillSignedIn(client);
  },

  'oidcc-rp-initiated-logout-modified-id-token-hint': async (plan) => {
    const { client, target, claims } = await signedIn(plan);
    const hint = new UnsecuredJWT({ ...claims }).encode();
    const request = { id_token_hint: hint, post_logout_redirect_uri: target, ...STATE };
    expectErrorPage(await endSession(client, request));
    await expectStillSignedIn(client);
  },

  'oidcc-rp-initiated-logout-bad-id-token-hint': async (plan) => {
    const { client, target, claims } = await signedIn(plan);
    const hint = await signBy(await newClientKey(), claims);
    const request = { id_token_hint: hint, post_logout_redirect_uri: target, ...STATE };
    expectErrorPage(await endSession(client, request));
    await expectStillSignedIn(client);
  },

  'oidcc-rp-initiated-logout-no-id-token-hint': async (plan) => {
    const { client, target } = await signedIn(plan);
    expectErrorPage(await endSession(client, { post_logout_redirect_uri: target, ...STATE }));
    await expectStillSignedIn(client);
  },

  'oidcc-rp-initiated-logout-no-params': async (plan) => {
    const { client } = await signedIn(plan);
    const { page, confirmed } = await endSession(client, {});
    expect({ status: page.status, confirmed }).toEqual({ status: 200, confirmed: true });
    expect(page.text).toContain('You are signed out');
    await expectSignedOut(client);
  },

  'oidcc-rp-initiated-logout-no-post-logout-redirect-uri': async (plan) => {
    const { client, idToken } = await signedIn(plan);
    const { page } = await endSession(client, { id_token_hint: idToken, ...STATE });
    expect(page.text).toContain('You are signed out');
    await expectSignedOut(client);
  },

  'oidcc-rp-initiated-logout-only-state': async (plan) => {
    const { client } = await signedIn(plan);
    const { page, confirmed } = await endSession(client, STATE);
    expect(confirmed).toBe(true);
    expect(page.text).toContain('You are signed out');
    await expectSignedOut(client);
  },
};
