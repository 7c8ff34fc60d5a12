import { Browser } from '../../examples/demo-flow/src/browser.js';
import type { RegisteredClient } from '../../examples/demo-flow/src/flow.js';
import { basicAuth, callApi } from '../../examples/demo-flow/src/http-call.js';
import {
  adminToken,
  newProof,
  obtainCode,
  postToken,
  redeem,
  REDIRECT_URI,
  refresh,
  refusedAfter,
  register,
  signIn,
} from './authorization.js';
import { openTarget, type Target } from './target.js';

describe('token requests, seen from outside', () => {
  let target: Target;
  let client: RegisteredClient;
  let other: RegisteredClient;
  // One login for all: an account's attempts are limited.
  const browser = new Browser();

  beforeAll(async () => {
    target = await openTarget();
    const token = await adminToken(target.demo);
    client = await register(target.demo, token);
    other = await register(target.demo, token, { client_name: 'Another' });
  });
  afterAll(() => target.stop());

  it('RFC 6749 §5.1: the answer is not stored', async () => {
    const answer = await postToken(target.demo, client, {
      grant_type: 'client_credentials',
      scope: 'demo:read',
    });
    expect(answer.status).toBe(200);
    expect(answer.headers['cache-control']).toMatch(/no-store/);
    expect(answer.json).toMatchObject({ token_type: expect.stringMatching(/^Bearer$/i), scope: 'demo:read' });
    expect(answer.json.refresh_token).toBeUndefined();
  });

  it.each([
    ['a wrong verifier', { code_verifier: newProof().verifier }],
    ['no verifier (CVE-2023-48228)', {}],
    ['the challenge as its verifier', 'challenge' as const],
  ])('RFC 7636 §4.6: a code with %s is invalid_grant', async (_case, proofOf) => {
    const proof = newProof();
    const code = await obtainCode(target.demo, client, proof.challenge, browser);
    const answer = await postToken(target.demo, client, {
      grant_type: 'authorization_code',
      code,
      redirect_uri: REDIRECT_URI,
      ...(proofOf === 'challenge' ? { code_verifier: proof.challenge } : proofOf),
    });
    expect([answer.status, answer.json.error]).toEqual([
      400,
      expect.stringMatching(/^invalid_(grant|request)$/),
    ]);
    expect(answer.json.access_token).toBeUndefined();
  });

  it('RFC 6749 §4.1.3: a code with another redirect URI is invalid_grant', async () => {
    const proof = newProof();
    const code = await obtainCode(target.demo, client, proof.challenge, browser);
    const answer = await postToken(target.demo, client, {
      grant_type: 'authorization_code',
      code,
      redirect_uri: `${REDIRECT_URI}/else`,
      code_verifier: proof.verifier,
    });
    expect([answer.status, answer.json.error]).toEqual([400, 'invalid_grant']);
  });

  it('RFC 6749 §4.1.3: a code is good for its own client only (CVE-2026-55672)', async () => {
    const proof = newProof();
    const code = await obtainCode(target.demo, client, proof.challenge, browser);
    const answer = await redeem(target.demo, other, code, proof.verifier);
    expect([answer.status, answer.json.error]).toEqual([400, 'invalid_grant']);
  });

  it('RFC 6749 §4.1.2: a code used twice is invalid_grant, and what its first use gave is revoked', async () => {
    const proof = newProof();
    const code = await obtainCode(target.demo, client, proof.challenge, browser);
    const first = await redeem(target.demo, client, code, proof.verifier);
    expect(first.status).toBe(200);
    const second = await redeem(target.demo, client, code, proof.verifier);
    expect([second.status, second.json.error]).toEqual([400, 'invalid_grant']);
    expect(await refusedAfter(target.demo, String(first.json.access_token))).toBeLessThan(1000);
    expect((await refresh(target.demo, client, first.json.refresh_token)).json.error).toBe('invalid_grant');
  });

  it('RFC 6749 §4.1.2: of parallel uses of one code one succeeds at most', async () => {
    const proof = newProof();
    const code = await obtainCode(target.demo, client, proof.challenge, browser);
    const answers = await Promise.all(
      Array.from({ length: 5 }, () => redeem(target.demo, client, code, proof.verifier)),
    );
    expect(answers.filter(({ status }) => status === 200).length).toBeLessThanOrEqual(1);
    expect(answers.filter(({ json }) => json.error === 'invalid_grant').length).toBeGreaterThanOrEqual(4);
  });

  it('RFC 9700 §4.14.2: a refresh token used again revokes its family', async () => {
    const tokens = await signIn(target.demo, client, browser);
    const second = await refresh(target.demo, client, tokens.refresh_token);
    expect(second.status).toBe(200);
    const third = await refresh(target.demo, client, second.json.refresh_token);
    expect(third.status).toBe(200);
    const replay = await refresh(target.demo, client, tokens.refresh_token);
    expect([replay.status, replay.json.error]).toEqual([400, 'invalid_grant']);
    expect((await refresh(target.demo, client, third.json.refresh_token)).json.error).toBe('invalid_grant');
    expect(await refusedAfter(target.demo, String(third.json.access_token))).toBeLessThan(1000);
  });

  it('RFC 6749 §6: a refresh token is good for its own client only', async () => {
    const tokens = await signIn(target.demo, client, browser);
    const stolen = await refresh(target.demo, other, tokens.refresh_token);
    expect([stolen.status, stolen.json.error]).toEqual([400, 'invalid_grant']);
  });

  it('RFC 6749 §6: a refresh may ask for less, never for more', async () => {
    const tokens = await signIn(target.demo, client, browser);
    const wider = await postToken(target.demo, client, {
      grant_type: 'refresh_token',
      refresh_token: String(tokens.refresh_token),
      scope: 'openid demo:read demo:write',
    });
    expect([wider.status, wider.json.error]).toEqual([400, 'invalid_scope']);
    const narrower = await postToken(target.demo, client, {
      grant_type: 'refresh_token',
      refresh_token: String(tokens.refresh_token),
      scope: 'demo:read',
    });
    expect([narrower.status, narrower.json.scope]).toEqual([200, 'demo:read']);
  });

  it('RFC 6749 §5.2: a wrong client secret is 401 invalid_client with a challenge', async () => {
    const wrong = { client_id: client.client_id, client_secret: 'wrong' };
    const answer = await postToken(target.demo, wrong, { grant_type: 'client_credentials' });
    expect([answer.status, answer.json.error]).toEqual([401, 'invalid_client']);
    expect(answer.headers['www-authenticate']).toMatch(/^Basic/i);
  });

  it('RFC 6749 §5.2: an unknown client answers just as a wrong secret does', async () => {
    const unknown = { client_id: 'nobody', client_secret: 'wrong' };
    const wrong = { client_id: client.client_id, client_secret: 'wrong' };
    const form = { grant_type: 'client_credentials' };
    const [one, two] = [
      await postToken(target.demo, unknown, form),
      await postToken(target.demo, wrong, form),
    ];
    expect([one.status, one.text]).toEqual([two.status, two.text]);
  });

  it('RFC 6749 §2.3: two ways of client authentication in one request are refused', async () => {
    const answer = await postToken(target.demo, client, {
      grant_type: 'client_credentials',
      client_id: client.client_id,
      client_secret: client.client_secret,
    });
    expect([400, 401]).toContain(answer.status);
  });

  it('RFC 6749 §3.2: a parameter that is there twice is invalid_request', async () => {
    const answer = await postToken(
      target.demo,
      client,
      'grant_type=client_credentials&scope=demo:read&scope=demo:write',
    );
    expect([answer.status, answer.json.error]).toEqual([400, 'invalid_request']);
  });

  it.each([
    ['unsupported_grant_type', { grant_type: 'urn:example:unknown' }],
    ['invalid_request', {}],
    ['invalid_scope', { grant_type: 'client_credentials', scope: 'admin' }],
  ])('RFC 6749 §5.2: %s', async (error, form) => {
    const answer = await postToken(target.demo, client, form);
    expect([answer.status, answer.json.error]).toEqual([400, error]);
  });

  it('RFC 6749 §5.2: a grant type that the client did not register is unauthorized_client', async () => {
    const web = await register(target.demo, await adminToken(target.demo), {
      grant_types: ['authorization_code'],
      scope: 'openid demo:read',
    });
    const answer = await postToken(target.demo, web, {
      grant_type: 'client_credentials',
      scope: 'demo:read',
    });
    expect([answer.status, answer.json.error]).toEqual([400, 'unauthorized_client']);
  });

  it('RFC 8707 §2: with resource the token is for that resource, an unknown one is invalid_target', async () => {
    const form = { grant_type: 'client_credentials', scope: 'demo:read' };
    const known = await postToken(target.demo, client, { ...form, resource: target.demo.api.audience });
    expect(known.status).toBe(200);
    const unknown = await postToken(target.demo, client, {
      ...form,
      resource: 'https://unknown.example/api',
    });
    expect([unknown.status, unknown.json.error]).toEqual([400, 'invalid_target']);
  });

  it('RFC 7009 §2.1: a client cannot revoke the tokens of another (CVE-2023-0091)', async () => {
    const tokens = await signIn(target.demo, client, browser);
    await callApi(`${target.demo.issuer}/oauth2/revoke`, {
      headers: { authorization: basicAuth(other.client_id, other.client_secret) },
      form: { token: String(tokens.refresh_token) },
    });
    expect((await refresh(target.demo, client, tokens.refresh_token)).status).toBe(200);
  });

  it('RFC 7009 §2.2: revoking what is no token is 200', async () => {
    const answer = await callApi(`${target.demo.issuer}/oauth2/revoke`, {
      headers: { authorization: basicAuth(client.client_id, client.client_secret) },
      form: { token: 'no such token' },
    });
    expect(answer.status).toBe(200);
  });

  it('RFC 7662 §2.1: introspection without client authentication is 401', async () => {
    const answer = await callApi(`${target.demo.issuer}/oauth2/introspect`, { form: { token: 'any' } });
    expect(answer.status).toBe(401);
  });

  it('OIDC Core §5.3: an ID token is no access token, for /userinfo nor for the gateway', async () => {
    const { id_token: token } = await signIn(target.demo, client, browser);
    expect((await callApi(`${target.demo.issuer}/userinfo`, { token: String(token) })).status).toBe(401);
    expect((await callApi(`${target.demo.api.url}/hello`, { token: String(token) })).status).toBe(401);
  });
});
