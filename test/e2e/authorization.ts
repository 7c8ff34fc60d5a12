import { createHash, randomBytes } from 'node:crypto';
import type { Browser, Page } from '../../examples/demo-flow/src/browser.js';
import type { Demo } from '../../examples/demo-flow/src/demo-file.js';
import type { RegisteredClient } from '../../examples/demo-flow/src/flow.js';
import { type Answer, basicAuth, callApi } from '../../examples/demo-flow/src/http-call.js';
import { postClient } from '../../examples/demo-flow/src/registration.js';
import { passThrough } from '../../examples/demo-flow/src/sign-in.js';

/** Where the clients of these tests take their answers; the browser is stopped there. */
export const REDIRECT_URI = 'http://127.0.0.1:8766/callback';

/** A PKCE verifier and its S256 challenge (RFC 7636 §4). */
export interface Proof {
  verifier: string;
  challenge: string;
}

/** A fresh PKCE pair. */
export function newProof(): Proof {
  const verifier = randomBytes(32).toString('base64url');
  return { verifier, challenge: createHash('sha256').update(verifier).digest('base64url') };
}

/** A token of the administrator's client, scope `admin`. */
export async function adminToken(demo: Demo): Promise<string> {
  const answer = await postToken(demo, demo.admin, { grant_type: 'client_credentials', scope: 'admin' });
  return String(answer.json.access_token);
}

/** Registers a confidential client of these tests' own, so that nothing is shared with the demo's. */
export async function register(
  demo: Demo,
  token: string,
  metadata: Record<string, unknown> = {},
): Promise<RegisteredClient> {
  const answer = await postClient(demo.issuer, token, {
    client_name: 'Black box',
    redirect_uris: [REDIRECT_URI],
    grant_types: ['authorization_code', 'refresh_token', 'client_credentials'],
    response_types: ['code'],
    token_endpoint_auth_method: 'client_secret_basic',
    scope: 'openid profile email offline_access demo:read demo:write',
    ...metadata,
  });
  expect(answer.status).toBe(201);
  return answer.json as unknown as RegisteredClient;
}

/** An authorization request by hand; a member that is undefined is left out. */
export function authorizeUrl(
  demo: Demo,
  client: RegisteredClient,
  members: Record<string, string | undefined> = {},
): string {
  const parameters = {
    response_type: 'code',
    client_id: client.client_id,
    redirect_uri: REDIRECT_URI,
    scope: 'openid profile offline_access demo:read',
    state: 'the state',
    code_challenge: newProof().challenge,
    code_challenge_method: 'S256',
    ...members,
  };
  const present = Object.entries(parameters).filter(
    (entry): entry is [string, string] => entry[1] !== undefined,
  );
  return `${demo.issuer}/oauth2/authorize?${new URLSearchParams(present).toString()}`;
}

/** A token request by hand, authenticated by HTTP Basic. */
export async function postToken(
  demo: Demo,
  client: { client_id: string; client_secret: string },
  form: Record<string, string> | string,
): Promise<Answer> {
  return callApi(`${demo.issuer}/oauth2/token`, {
    headers: { authorization: basicAuth(client.client_id, client.client_secret) },
    form,
  });
}

/** Redeems a code with its verifier. */
export async function redeem(
  demo: Demo,
  client: RegisteredClient,
  code: string,
  verifier: string,
): Promise<Answer> {
  return postToken(demo, client, {
    grant_type: 'authorization_code',
    code,
    redirect_uri: REDIRECT_URI,
    code_verifier: verifier,
  });
}

/** Refreshes. */
export async function refresh(demo: Demo, client: RegisteredClient, refreshToken: unknown): Promise<Answer> {
  return postToken(demo, client, { grant_type: 'refresh_token', refresh_token: String(refreshToken) });
}

/** The authorization answer's parameters at the redirect URI; fails the test when the browser is elsewhere. */
export function answerAt(page: Page): URLSearchParams {
  expect(`${page.url} ${page.text.slice(0, 300)}`).toContain(REDIRECT_URI);
  return new URL(page.url).searchParams;
}

/** The demo user signs in to a client, logs in where the browser isn't known yet, and consents: a code. */
export async function obtainCode(
  demo: Demo,
  client: RegisteredClient,
  challenge: string,
  browser: Browser,
): Promise<string> {
  const url = authorizeUrl(demo, client, { code_challenge: challenge });
  const page = await passThrough(browser, url, demo.user, { stopAt: REDIRECT_URI });
  return answerAt(page).get('code') ?? '';
}

/** A token response's body by the code flow. */
export async function signIn(
  demo: Demo,
  client: RegisteredClient,
  browser: Browser,
): Promise<Record<string, unknown>> {
  const proof = newProof();
  const answer = await redeem(
    demo,
    client,
    await obtainCode(demo, client, proof.challenge, browser),
    proof.verifier,
  );
  expect(answer.status).toBe(200);
  return answer.json;
}

/** Polls until the gateway refuses a token; the milliseconds it took. */
export async function refusedAfter(demo: Demo, token: string): Promise<number> {
  const start = performance.now();
  while (performance.now() - start < 5000) {
    const { status } = await callApi(`${demo.api.url}/hello`, { token });
    if (status === 401) return performance.now() - start;
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
  return Infinity;
}
