import { createHash } from 'node:crypto';
import { s256Challenge } from '@gatehouse/token';
import { API, AuthServer, claimsOf, headerOf, ISSUER, type TestClient } from './auth-server.js';

describe('the grants of the token endpoint', () => {
  let server: AuthServer;
  let client: TestClient;
  let other: TestClient;

  beforeAll(async () => {
    server = await AuthServer.start();
    [client, other] = await Promise.all([server.client(), server.client()]);
  });
  afterAll(() => server.stop());

  describe('authorization_code', () => {
    it('RFC 9068 §2: gives an access token with typ at+jwt, signed with ES256', async () => {
      const { form, userId, grantId } = await server.code(client);
      const { body } = await server.post('/oauth2/token', form, client);
      expect(headerOf(body.access_token)).toEqual({
        alg: 'ES256',
        typ: 'at+jwt',
        kid: expect.any(String) as string,
      });
      const claims = claimsOf(body.access_token);
      expect(claims).toMatchObject({
        iss: ISSUER,
        sub: userId,
        client_id: client.clientId,
        scope: 'openid offline_access demo:read',
        aud: [API, ISSUER],
        grant_id: grantId,
        jti: expect.any(String) as string,
      });
      expect((claims.exp as number) - (claims.iat as number)).toBe(body.expires_in);
    });

    it('OpenID Connect Core §2: gives an ID Token with nonce, auth_time, amr and at_hash, RS256 unless registered', async () => {
      const { form, userId } = await server.code(client, { nonce: 'n-1' });
      const { body } = await server.post('/oauth2/token', form, client);
      expect(headerOf(body.id_token)).toMatchObject({ alg: 'RS256' });
      expect(claimsOf(body.id_token)).toMatchObject({
        iss: ISSUER,
        sub: userId,
        aud: client.clientId,
        nonce: 'n-1',
        amr: ['pwd'],
        auth_time: expect.any(Number) as number,
        at_hash: leftHalfHash(body.access_token as string),
      });
      const chosen = await server.client({ id_token_signed_response_alg: 'ES256' });
      expect(headerOf((await server.tokens(chosen)).id_token)).toMatchObject({ alg: 'ES256' });
    });

    it('without openid there is no ID Token, without offline_access no refresh token', async () => {
      const tokens = await server.tokens(client, { scopes: ['demo:read'] });
      expect(tokens).not.toHaveProperty('id_token');
      expect(tokens).not.toHaveProperty('refresh_token');
      expect(claimsOf(tokens.access_token).aud).toBe(API);
    });

    it('a client that is not registered for refresh_token gets none', async () => {
      const short = await server.client({ grant_types: ['authorization_code'] });
      expect(await server.tokens(short)).not.toHaveProperty('refresh_token');
    });

    it.each<[string, Record<string, string | undefined>]>([
      ['RFC 6749 §4.1.3: another redirect_uri', { redirect_uri: 'http://127.0.0.1/other' }],
      ['RFC 6749 §4.1.3: no redirect_uri although the request had one', { redirect_uri: undefined }],
      [
        'RFC 7636 §4.6: another code_verifier',
        { code_verifier: 'wrong-wrong-wrong-wrong-wrong-wrong-wrong-wrong' },
      ],
      ['RFC 7636 §4.6: no code_verifier (CVE-2023-48228)', { code_verifier: undefined }],
      ['RFC 7636 §4.6: an empty code_verifier', { code_verifier: '' }],
      ['RFC 7636 §4.1: a short code_verifier', { code_verifier: 'short' }],
    ])('%s is invalid_grant', async (_name, change) => {
      const { form } = await server.code(client);
      const answer = await server.post('/oauth2/token', { ...form, ...change }, client);
      expect(answer).toMatchObject({ status: 400, body: { error: 'invalid_grant' } });
    });

    it('RFC 9700 §4.8.2: a code_verifier for a code without a code_challenge is invalid_grant (PKCE downgrade)', async () => {
      const { form } = await server.code(client, { codeChallenge: undefined });
      const answer = await server.post('/oauth2/token', form, client);
      expect(answer.body.error).toBe('invalid_grant');
    });

    it('RFC 7636 §4.6: the code_challenge itself is no code_verifier', async () => {
      const { form, verifier } = await server.code(client);
      const answer = await server.post(
        '/oauth2/token',
        { ...form, code_verifier: s256Challenge(verifier) },
        client,
      );
      expect(answer.body.error).toBe('invalid_grant');
    });

    it('RFC 6749 §4.1.3: a code is for its own client only (CVE-2026-55672), and ends nothing of it there', async () => {
      const { form, grantId } = await server.code(client);
      expect((await server.post('/oauth2/token', form, other)).body.error).toBe('invalid_grant');
      expect((await server.post('/oauth2/token', form, other)).body.error).toBe('invalid_grant');
      const [grant] = await server.sql<{ revoked_at: unknown }>(
        'SELECT revoked_at FROM auth.oauth_grant WHERE id = $1',
        [grantId],
      );
      expect(grant!.revoked_at).toBeNull();
    });

    it('RFC 6749 §4.1.2: a second use revokes what the first one gave', async () => {
      const { form } = await server.code(client);
      const first = await server.post('/oauth2/token', form, client);
      expect(await server.isActive(client, first.body.access_token as string)).toBe(true);
      expect((await server.post('/oauth2/token', form, client)).body.error).toBe('invalid_grant');
      expect(await server.isActive(client, first.body.access_token as string)).toBe(false);
      const refreshed = await server.refresh(client, first.body.refresh_token as string);
      expect(refreshed.body.error).toBe('invalid_grant');
    });

    it('RFC 6749 §4.1.2: of 50 parallel uses one at most gets tokens, and what it got is revoked', async () => {
      const { form } = await server.code(client);
      const answers = await Promise.all(
        Array.from({ length: 50 }, () => server.post('/oauth2/token', form, client)),
      );
      const good = answers.filter((answer) => answer.status === 200);
      expect(good.length).toBeLessThanOrEqual(1);
      for (const answer of answers)
        if (answer.status !== 200) expect(answer.body.error).toBe('invalid_grant');
      for (const { body } of good) {
        expect(await server.isActive(client, body.access_token as string)).toBe(false);
        expect((await server.refresh(client, body.refresh_token as string)).status).toBe(400);
      }
    });

    it.each(['', 'nonsense', '.', `${'0'.repeat(36)}.x`, "' OR 1=1 --", '\0'])(
      'a code that never was (%j) is refused and changes nothing',
      async (code) => {
        const { form } = await server.code(client);
        const answer = await server.post('/oauth2/token', { ...form, code }, client);
        expect(answer.status).toBe(400);
      },
    );
  });

  describe('RFC 8707: resource', () => {
    it('a token for the API alone has the scopes that mean something there', async () => {
      const { form } = await server.code(client, { scopes: ['openid', 'email', 'demo:read'] });
      const { body } = await server.post('/oauth2/token', { ...form, resource: API }, client);
      expect(claimsOf(body.access_token)).toMatchObject({ aud: API, scope: 'demo:read' });
      expect(body.scope).toBe('demo:read');
    });

    it('RFC 8707 §2.2: one that was not authorized is invalid_target', async () => {
      const { form } = await server.code(client, { scopes: ['openid'], resources: [] });
      const answer = await server.post('/oauth2/token', { ...form, resource: API }, client);
      expect(answer).toMatchObject({ status: 400, body: { error: 'invalid_target' } });
    });

    it('may be sent several times', async () => {
      const { form } = await server.code(client);
      const { body } = await server.post('/oauth2/token', { ...form, resource: [API, ISSUER] }, client);
      expect(claimsOf(body.access_token).aud).toEqual([API, ISSUER]);
    });

    it('client_credentials: aud follows the scope; an unknown resource or one without the scope is invalid_target', async () => {
      const form = { grant_type: 'client_credentials', scope: 'demo:read' };
      const { body } = await server.post('/oauth2/token', form, client);
      expect(claimsOf(body.access_token)).toMatchObject({ aud: API, sub: client.clientId });
      for (const resource of ['https://unknown.test', ISSUER, 'not a uri']) {
        const answer = await server.post('/oauth2/token', { ...form, resource }, client);
        expect(answer.body.error).toBe('invalid_target');
      }
    });
  });

  describe('client_credentials', () => {
    const ask = (scope: string | undefined, of: TestClient) =>
      server.post('/oauth2/token', { grant_type: 'client_credentials', scope }, of);

    it('RFC 6749 §4.4.3: without scope gives all of the client that need no user', async () => {
      expect((await ask(undefined, client)).body.scope).toBe('demo:read demo:write');
    });

    it.each(['openid', 'admin', 'demo:delete', 'demo:read admin', 'a"b', 'introspect'])(
      'RFC 6749 §5.2: the scope %s is invalid_scope',
      async (scope) => {
        expect((await ask(scope, client)).body.error).toBe('invalid_scope');
      },
    );

    it('scope admin is for the audiences of both admin APIs', async () => {
      const token = await server.tokenWith('admin');
      expect(claimsOf(token).aud).toEqual([`${ISSUER}/admin/v1`, 'https://gateway.test/admin/v1'].sort());
    });
  });

  describe('refresh_token', () => {
    it('RFC 6749 §6: gives new tokens of the same grant, and a new refresh token', async () => {
      const tokens = await server.tokens(client);
      const { body } = await server.refresh(client, tokens.refresh_token);
      expect(body.refresh_token).not.toBe(tokens.refresh_token);
      const [before, after] = [claimsOf(tokens.access_token), claimsOf(body.access_token)];
      expect(after).toMatchObject({ sub: before.sub, grant_id: before.grant_id, aud: before.aud });
      expect(after.jti).not.toBe(before.jti);
      expect(claimsOf(body.id_token)).not.toHaveProperty('nonce');
    });

    it('RFC 9700 §4.14.2: a lost answer may be asked for again within 10 s, and is the same', async () => {
      const { refresh_token: token } = await server.tokens(client);
      const [first, again] = [await server.refresh(client, token), await server.refresh(client, token)];
      expect(again.status).toBe(200);
      expect(again.body.refresh_token).toBe(first.body.refresh_token);
      expect((await server.refresh(client, first.body.refresh_token as string)).status).toBe(200);
    });

    it('RFC 9700 §4.14.2: of 50 parallel uses all get the one successor', async () => {
      const { refresh_token: token } = await server.tokens(client);
      const answers = await Promise.all(Array.from({ length: 50 }, () => server.refresh(client, token)));
      expect(new Set(answers.map((answer) => answer.status))).toEqual(new Set([200]));
      expect(new Set(answers.map((answer) => answer.body.refresh_token)).size).toBe(1);
      const [count] = await server.sql<{ count: string }>(
        'SELECT count(*) FROM auth.refresh_token WHERE grant_id = $1',
        [claimsOf(answers[0]!.body.access_token).grant_id],
      );
      expect(count!.count).toBe('2');
    });

    it('RFC 9700 §4.14.2: reuse after the successor was used revokes the family', async () => {
      const tokens = await server.tokens(client);
      const second = await server.refresh(client, tokens.refresh_token);
      const third = await server.refresh(client, second.body.refresh_token as string);
      expect((await server.refresh(client, tokens.refresh_token)).body.error).toBe('invalid_grant');
      expect((await server.refresh(client, third.body.refresh_token as string)).body.error).toBe(
        'invalid_grant',
      );
      expect(await server.isActive(client, third.body.access_token as string)).toBe(false);
    });

    it('RFC 9700 §4.14.2: reuse after the grace time revokes the family', async () => {
      const tokens = await server.tokens(client);
      const second = await server.refresh(client, tokens.refresh_token);
      await server.sql(
        "UPDATE auth.refresh_token SET used_at = used_at - interval '11 s' WHERE used_at IS NOT NULL",
      );
      expect((await server.refresh(client, tokens.refresh_token)).body.error).toBe('invalid_grant');
      expect((await server.refresh(client, second.body.refresh_token as string)).status).toBe(400);
    });

    it('a refresh token is for its own client only (CVE-2026-55672), and ends nothing there', async () => {
      const { refresh_token: token } = await server.tokens(client);
      expect((await server.refresh(other, token)).body.error).toBe('invalid_grant');
      expect((await server.refresh(client, token)).status).toBe(200);
    });

    it('an expired one is invalid_grant', async () => {
      const { refresh_token: token, access_token: access } = await server.tokens(client);
      await server.sql('UPDATE auth.refresh_token SET expires_at = now() WHERE grant_id = $1', [
        claimsOf(access).grant_id,
      ]);
      expect((await server.refresh(client, token)).body.error).toBe('invalid_grant');
    });

    it('rotation never goes on past 90 days', async () => {
      const { refresh_token: token, access_token: access } = await server.tokens(client);
      const grant = claimsOf(access).grant_id;
      await server.sql("UPDATE auth.oauth_grant SET created_at = now() - interval '89 days' WHERE id = $1", [
        grant,
      ]);
      const { body } = await server.refresh(client, token);
      const answer = await server.post('/oauth2/introspect', { token: body.refresh_token as string }, client);
      expect(answer.body.exp).toBeLessThanOrEqual(Math.floor(Date.now() / 1000) + 86_400 + 5);
    });

    it('RFC 6749 §6: may ask for less, and the audience follows; never for more', async () => {
      const tokens = await server.tokens(client);
      const { body } = await server.refresh(client, tokens.refresh_token, { scope: 'openid' });
      expect(body.scope).toBe('openid');
      expect(claimsOf(body.access_token).aud).toBe(ISSUER);
      const more = await server.refresh(client, body.refresh_token as string, { scope: 'openid demo:write' });
      expect(more.body.error).toBe('invalid_scope');
      const whole = await server.refresh(client, body.refresh_token as string);
      expect(whole.body.scope).toBe('openid offline_access demo:read');
    });

    it('a refused scope or resource does not spend the token', async () => {
      const { refresh_token: token } = await server.tokens(client);
      expect((await server.refresh(client, token, { resource: 'https://unknown.test' })).body.error).toBe(
        'invalid_target',
      );
      expect((await server.refresh(client, token)).status).toBe(200);
    });

    it('a scope that was taken from the client since is not given again', async () => {
      const changing = await server.client();
      const tokens = await server.tokens(changing);
      await server.sql(
        `UPDATE auth.client SET metadata = jsonb_set(metadata, '{scope}', '"openid offline_access"') WHERE client_id = $1`,
        [changing.clientId],
      );
      await new Promise((resolve) => setTimeout(resolve, 1_100));
      const { body } = await server.refresh(changing, tokens.refresh_token);
      expect(body.scope).toBe('openid offline_access');
      expect(claimsOf(body.access_token).aud).toBe(ISSUER);
    });

    it.each([undefined, '', 'nonsense', 'a\0b', 'x'.repeat(9_000)])('%j is refused', async (token) => {
      expect((await server.refresh(client, token)).status).toBe(400);
    });

    it('an access token is no refresh token', async () => {
      const { access_token: token } = await server.tokens(client);
      expect((await server.refresh(client, token)).body.error).toBe('invalid_grant');
    });

    it('nothing of a token, code or secret is stored in the clear', async () => {
      const tokens = await server.tokens(client);
      const { body } = await server.refresh(client, tokens.refresh_token);
      const [row] = await server.sql<{ all: string }>(
        `SELECT (SELECT string_agg(t::text, ' ') FROM auth.refresh_token t) ||
                (SELECT string_agg(c::text, ' ') FROM auth.client c) ||
                (SELECT string_agg(k::text, ' ') FROM auth.signing_key k) AS all`,
      );
      for (const secret of [tokens.refresh_token!, body.refresh_token as string, client.secret!])
        expect(row!.all).not.toContain(secret);
      expect(row!.all).not.toContain('PRIVATE KEY');
    });
  });
});

function leftHalfHash(value: string): string {
  return createHash('sha256').update(value).digest().subarray(0, 16).toString('base64url');
}
