import { DpopNonces, newSecret, s256Challenge } from '@gatehouse/token';
import { exportJWK } from 'jose';
import * as oauth from 'oauth4webapi';
import { type Answer, API, AuthServer, claimsOf, ISSUER, type TestClient } from './auth-server.js';
import { newProofKey, proofFor, type ProofChanges, type ProofKey, proofOf } from './dpop-proofs.js';
import { answerOf, CALLBACK, type Members, requestOf, signedIn } from './people.js';

const CLIENT_CREDENTIALS = { grant_type: 'client_credentials', scope: 'demo:read' };

describe('DPoP (RFC 9449)', () => {
  let server: AuthServer;
  let client: TestClient;
  let key: ProofKey;

  beforeAll(async () => {
    server = await AuthServer.start();
    client = await server.client();
    key = await newProofKey();
  });
  afterAll(() => server.stop());

  const ask = (proof: string | undefined, form: Record<string, string> = CLIENT_CREDENTIALS, of = client) =>
    server.post('/oauth2/token', form, of, proof === undefined ? {} : { dpop: proof });

  async function boundToken(): Promise<string> {
    const { form } = await server.code(client);
    return (await ask(await proofOf(key), form)).body.access_token as string;
  }

  function userinfo(scheme: string, token: string, proof?: string): Promise<Answer> {
    return server.fetch('/userinfo', {
      headers: { authorization: `${scheme} ${token}`, ...(proof === undefined ? {} : { dpop: proof }) },
    });
  }

  it('§5.1: is announced with its algorithms, none of them symmetric', async () => {
    const { body } = await server.fetch('/.well-known/oauth-authorization-server');
    expect(body.dpop_signing_alg_values_supported).toEqual(
      expect.arrayContaining(['ES256', 'PS256', 'EdDSA']),
    );
    expect(body.dpop_signing_alg_values_supported).not.toEqual(expect.arrayContaining(['HS256', 'none']));
  });

  it.each(['ES256', 'ES384', 'PS256', 'RS256', 'EdDSA'])(
    '§5 and §6.1: a proof by %s gives a token of type DPoP with cnf.jkt',
    async (alg) => {
      const own = await newProofKey(alg);
      const { status, body } = await ask(await proofOf(own));
      expect([status, body.token_type]).toEqual([200, 'DPoP']);
      expect(claimsOf(body.access_token).cnf).toEqual({ jkt: own.jkt });
    },
  );

  it('§5: without a proof tokens are Bearer, with no cnf', async () => {
    const { body } = await ask(undefined);
    expect(body.token_type).toBe('Bearer');
    expect(claimsOf(body.access_token)).not.toHaveProperty('cnf');
  });

  it('§6.2: introspection shows token_type and cnf', async () => {
    const { body } = await ask(await proofOf(key));
    const answer = await server.post('/oauth2/introspect', { token: body.access_token as string }, client);
    expect(answer.body).toMatchObject({ active: true, token_type: 'DPoP', cnf: { jkt: key.jkt } });
  });

  describe('§4.3: refuses a proof', () => {
    const seconds = Math.floor(Date.now() / 1000);
    it.each<[string, ProofChanges]>([
      ['with another typ (check 4)', { header: { typ: 'jwt' } }],
      ['without typ (check 4)', { header: { typ: undefined } }],
      ['without jwk (check 7)', { header: { jwk: undefined } }],
      ['with a crit it cannot know', { header: { crit: ['x'], x: 1 } }],
      ['for another method (check 8)', { claims: { htm: 'GET' } }],
      ['for no method (check 3)', { claims: { htm: undefined } }],
      ['for another path (check 9)', { claims: { htu: 'http://issuer.test/oauth2/introspect' } }],
      ['for another host (check 9)', { claims: { htu: 'http://evil.test/oauth2/token' } }],
      ['for another scheme (check 9)', { claims: { htu: 'https://issuer.test/oauth2/token' } }],
      ['for no address (check 3)', { claims: { htu: undefined } }],
      ['for an address that is none', { claims: { htu: 'not a uri' } }],
      ['that is old (check 11)', { claims: { iat: seconds - 3_600 } }],
      ['of the future (check 11)', { claims: { iat: seconds + 3_600 } }],
      ['without iat (check 3)', { claims: { iat: undefined } }],
      ['without jti (check 3)', { claims: { jti: undefined } }],
      ['with an endless jti', { claims: { jti: 'x'.repeat(300) } }],
    ])('%s', async (_case, changes) => {
      const answer = await ask(await proofOf(key, changes));
      expect([answer.status, answer.body.error]).toEqual([400, 'invalid_dpop_proof']);
    });

    it('signed with another key than its jwk (check 6)', async () => {
      const other = await newProofKey();
      const answer = await ask(await proofOf(key, { key: other.privateKey }));
      expect(answer.body.error).toBe('invalid_dpop_proof');
    });

    it('that carries a private key (check 7)', async () => {
      const jwk = await exportJWK(key.privateKey as Parameters<typeof exportJWK>[0]);
      const answer = await ask(await proofOf(key, { header: { jwk } }));
      expect(answer.body.error).toBe('invalid_dpop_proof');
    });

    it('with a symmetric algorithm or none (check 5)', async () => {
      const secret = new TextEncoder().encode('a secret of more than thirty-two bytes');
      const jwk = { kty: 'oct', k: Buffer.from(secret).toString('base64url') };
      const symmetric = await proofOf(key, { header: { alg: 'HS256', jwk }, key: secret });
      const [, claims] = symmetric.split('.');
      const none = Buffer.from(JSON.stringify({ typ: 'dpop+jwt', alg: 'none', jwk: key.jwk }));
      for (const proof of [symmetric, `${none.toString('base64url')}.${claims}.`])
        expect((await ask(proof)).body.error).toBe('invalid_dpop_proof');
    });

    it.each(['', 'nonsense', 'a.b.c', 'x'.repeat(5_000)])('that is no JWT: %j', async (proof) => {
      expect((await ask(proof)).body.error).toBe('invalid_dpop_proof');
    });

    it('that comes with a second one (check 1)', async () => {
      const both = `${await proofOf(key)}, ${await proofOf(key)}`;
      expect((await ask(both)).body.error).toBe('invalid_dpop_proof');
    });

    it('§11.1: that was used before, also in 20 requests at once (replay of DPoP proof)', async () => {
      const proof = await proofOf(key);
      const answers = await Promise.all(Array.from({ length: 20 }, () => ask(proof)));
      expect(answers.filter(({ status }) => status === 200)).toHaveLength(1);
      expect((await ask(proof)).body.error).toBe('invalid_dpop_proof');
    });
  });

  it("§4.3, check 9: takes the address with other people's way to write it, query and fragment left aside", async () => {
    for (const htu of ['HTTP://ISSUER.test:80/oauth2/token', 'http://issuer.test/oauth2/token?x=1#y'])
      expect((await ask(await proofOf(key, { claims: { htu } }))).status).toBe(200);
  });

  it('§5.2: a client with dpop_bound_access_tokens gets no token without a proof', async () => {
    const bound = await server.client({ dpop_bound_access_tokens: true });
    expect((await ask(undefined, CLIENT_CREDENTIALS, bound)).body.error).toBe('invalid_dpop_proof');
    expect((await ask(await proofOf(key), CLIENT_CREDENTIALS, bound)).body.token_type).toBe('DPoP');
  });

  describe('§10: dpop_jkt', () => {
    it('binds the code to its key', async () => {
      const { form } = await server.code(client, { dpopJkt: key.jkt });
      expect((await ask(await proofOf(key), form)).status).toBe(200);
    });

    it('another key, or none, is refused', async () => {
      const other = await newProofKey();
      for (const proof of [await proofOf(other), undefined]) {
        const { form } = await server.code(client, { dpopJkt: key.jkt });
        expect((await ask(proof, form)).body.error).toBe('invalid_grant');
      }
    });
  });

  describe('§10.1: pushed authorization requests', () => {
    const PAR = `${ISSUER}/oauth2/par`;

    async function push(members: Members, claims: Record<string, unknown> = {}) {
      const form = Object.fromEntries(requestOf(client, members));
      const dpop = await proofOf(key, { claims: { htu: PAR, ...claims } });
      return server.post('/oauth2/par', form, client, { dpop });
    }

    async function codeOf(pushed: Answer) {
      const { browser } = await signedIn(server, client);
      const search = new URLSearchParams({
        client_id: client.clientId,
        request_uri: pushed.body.request_uri as string,
      });
      const page = await browser.open(`${server.url}/oauth2/authorize?${search}`, {
        stopAt: CALLBACK,
        most: 3,
      });
      return answerOf(page).code!;
    }

    it('a proof binds the code to its key, as dpop_jkt does', async () => {
      const verifier = newSecret();
      const members = { code_challenge: s256Challenge(verifier) };
      const form = (code: string) => ({
        grant_type: 'authorization_code',
        code,
        redirect_uri: CALLBACK,
        code_verifier: verifier,
      });
      const other = await proofOf(await newProofKey());
      expect((await ask(other, form(await codeOf(await push(members))))).body.error).toBe('invalid_grant');
      expect((await ask(await proofOf(key), form(await codeOf(await push(members))))).status).toBe(200);
    });

    it('a dpop_jkt beside it must name the same key', async () => {
      expect((await push({ dpop_jkt: key.jkt })).status).toBe(201);
      const { jkt } = await newProofKey();
      expect((await push({ dpop_jkt: jkt })).body.error).toBe('invalid_request');
    });

    it('the proof is checked as at the token endpoint', async () => {
      expect((await push({}, { htu: `${ISSUER}/oauth2/token` })).body.error).toBe('invalid_dpop_proof');
    });
  });

  describe('§5: the refresh tokens', () => {
    const refresh = async (of: TestClient, token: unknown, proof?: string) =>
      server.post(
        '/oauth2/token',
        { grant_type: 'refresh_token', refresh_token: token as string, client_id: of.clientId },
        of.secret === undefined ? undefined : of,
        proof === undefined ? {} : { dpop: proof },
      );

    async function publicTokens(of: TestClient) {
      const { form } = await server.code(of);
      const proof = { dpop: await proofOf(key) };
      return (await server.post('/oauth2/token', { ...form, client_id: of.clientId }, undefined, proof)).body;
    }

    it('of a public client are bound to its key, from one to the next', async () => {
      const open = await server.client({
        token_endpoint_auth_method: 'none',
        grant_types: ['authorization_code', 'refresh_token'],
      });
      const first = await publicTokens(open);
      const other = await newProofKey();
      expect((await refresh(open, first.refresh_token)).body.error).toBe('invalid_grant');
      expect((await refresh(open, first.refresh_token, await proofOf(other))).body.error).toBe(
        'invalid_grant',
      );
      const second = await refresh(open, first.refresh_token, await proofOf(key));
      expect(second.body.token_type).toBe('DPoP');
      expect((await refresh(open, second.body.refresh_token)).body.error).toBe('invalid_grant');
      expect((await refresh(open, second.body.refresh_token, await proofOf(key))).status).toBe(200);
    });

    it('of a confidential client are bound to the client alone', async () => {
      const { form } = await server.code(client);
      const { body } = await ask(await proofOf(key), form);
      const other = await newProofKey();
      const { body: second } = await refresh(client, body.refresh_token, await proofOf(other));
      expect(claimsOf(second.access_token).cnf).toEqual({ jkt: other.jkt });
    });
  });

  describe('§7: at this server’s own resources', () => {
    it('§7.1: a bound token works with its proof, in the scheme DPoP', async () => {
      const token = await boundToken();
      const answer = await userinfo('DPoP', token, await proofFor(key, token, '/userinfo'));
      expect(answer.status).toBe(200);
    });

    it('§7.1: never as a Bearer token, with a proof or without', async () => {
      const token = await boundToken();
      for (const proof of [undefined, await proofFor(key, token, '/userinfo')]) {
        const answer = await userinfo('Bearer', token, proof);
        expect([answer.status, answer.body.error]).toEqual([401, 'invalid_token']);
      }
    });

    it('§7.1: a token that is not bound is refused in the scheme DPoP', async () => {
      const { access_token: token } = await server.tokens(client);
      const answer = await userinfo('DPoP', token!, await proofFor(key, token!, '/userinfo'));
      expect([answer.status, answer.body.error]).toEqual([401, 'invalid_token']);
      expect(answer.headers.get('www-authenticate')).toMatch(/^DPoP /);
    });

    it.each<[string, Record<string, unknown>]>([
      ['of another access token (check 12)', { ath: 'x'.repeat(43) }],
      ['of no access token (check 12)', { ath: undefined }],
      ['of another method', { htm: 'POST' }],
      ['of another resource', { htu: 'http://issuer.test/admin/v1/clients' }],
    ])('§4.3: a proof %s is refused', async (_case, changes) => {
      const token = await boundToken();
      const answer = await userinfo('DPoP', token, await proofFor(key, token, '/userinfo', changes));
      expect([answer.status, answer.body.error]).toEqual([401, 'invalid_dpop_proof']);
      expect(answer.headers.get('www-authenticate')).toMatch(
        /^DPoP .*error="invalid_dpop_proof".*algs="ES256 /,
      );
    });

    it('§4.3: no proof, a proof of another key and a used proof are refused', async () => {
      const token = await boundToken();
      const other = await newProofKey();
      const used = await proofFor(key, token, '/userinfo');
      expect((await userinfo('DPoP', token, used)).status).toBe(200);
      for (const proof of [undefined, await proofFor(other, token, '/userinfo'), used])
        expect((await userinfo('DPoP', token, proof)).status).toBe(401);
    });

    it('§7: the admin API asks for the proof, too', async () => {
      const admin = await server.client({
        grant_types: ['client_credentials'],
        redirect_uris: [],
        scope: 'admin',
      });
      const { body } = await ask(
        await proofOf(key),
        { grant_type: 'client_credentials', scope: 'admin' },
        admin,
      );
      const token = body.access_token as string;
      expect((await server.call(token, '/admin/v1/clients')).status).toBe(401);
      const dpop = await proofFor(key, token, '/admin/v1/clients');
      const headers = { authorization: `DPoP ${token}`, dpop };
      expect((await server.fetch('/admin/v1/clients?limit=1', { headers })).status).toBe(200);
    });
  });

  describe('§8: nonces', () => {
    it('a client that must use them is given one, and goes on with it', async () => {
      const careful = await server.client({ dpop_require_nonce: true });
      const first = await ask(await proofOf(key), CLIENT_CREDENTIALS, careful);
      expect([first.status, first.body.error]).toEqual([400, 'use_dpop_nonce']);
      const nonce = first.headers.get('dpop-nonce');
      const second = await ask(await proofOf(key, { claims: { nonce } }), CLIENT_CREDENTIALS, careful);
      expect(second.status).toBe(200);
    });

    it('§8: the request that lacked one costs its code nothing', async () => {
      const careful = await server.client({ dpop_require_nonce: true });
      const { form } = await server.code(careful);
      const { headers } = await ask(await proofOf(key), form, careful);
      const nonce = headers.get('dpop-nonce');
      expect((await ask(await proofOf(key, { claims: { nonce } }), form, careful)).status).toBe(200);
    });

    it.each(['made-up', '', 'x y', 17])('one that the server never gave (%j) is refused', async (nonce) => {
      const answer = await ask(await proofOf(key, { claims: { nonce } }));
      expect(['use_dpop_nonce', 'invalid_dpop_proof']).toContain(answer.body.error);
    });

    it('§8.2: an ageing one still works, and comes with the next; an old one does not', async () => {
      const nonces = new DpopNonces('a-secret-of-the-tests-with-over-32-characters');
      const minutes = (count: number) => nonces.current(Date.now() - count * 60_000);
      const ageing = await ask(await proofOf(key, { claims: { nonce: minutes(2) } }));
      expect([ageing.status, ageing.headers.get('dpop-nonce')]).toEqual([200, nonces.current()]);
      const old = await ask(await proofOf(key, { claims: { nonce: minutes(20) } }));
      expect(old.body.error).toBe('use_dpop_nonce');
    });

    it('GATEHOUSE_DPOP_REQUIRE_NONCE asks everybody, at resources too, and replicas know each other’s', async () => {
      const replica = await AuthServer.start({ GATEHOUSE_DPOP_REQUIRE_NONCE: 'true' }, server.database);
      const proof = await proofOf(key);
      const first = await replica.post('/oauth2/token', CLIENT_CREDENTIALS, client, { dpop: proof });
      const nonce = first.headers.get('dpop-nonce');
      expect(first.body.error).toBe('use_dpop_nonce');
      expect((await ask(await proofOf(key, { claims: { nonce } }))).status).toBe(200);
      const token = await boundToken();
      const headers = { authorization: `DPoP ${token}`, dpop: await proofFor(key, token, '/userinfo') };
      const answer = await replica.fetch('/userinfo', { headers });
      expect([answer.status, answer.body.error]).toEqual([401, 'use_dpop_nonce']);
      expect(answer.headers.get('dpop-nonce')).not.toBeNull();
      await replica.close();
    });
  });

  it('oauth4webapi gets a bound token by nonce, and uses it at /userinfo', async () => {
    const careful = await server.client({ dpop_require_nonce: true });
    const { form, userId } = await server.code(careful);
    const as = (await server.fetch('/.well-known/openid-configuration'))
      .body as unknown as oauth.AuthorizationServer;
    const DPoP = oauth.DPoP({}, await oauth.generateKeyPair('ES256'));
    const options = {
      DPoP,
      [oauth.allowInsecureRequests]: true,
      [oauth.customFetch]: (url: string, init: RequestInit) => fetch(url.replace(ISSUER, server.url), init),
    };
    const redeem = async () =>
      oauth.processAuthorizationCodeResponse(
        as,
        { client_id: careful.clientId },
        await oauth.authorizationCodeGrantRequest(
          as,
          { client_id: careful.clientId },
          oauth.ClientSecretBasic(careful.secret!),
          oauth.validateAuthResponse(
            as,
            { client_id: careful.clientId },
            new URLSearchParams({ code: form.code, iss: ISSUER }),
          ),
          form.redirect_uri,
          form.code_verifier,
          options,
        ),
      );
    await expect(redeem()).rejects.toThrow();
    const tokens = await redeem();
    expect(tokens.token_type).toBe('dpop');
    const answer = await oauth.userInfoRequest(
      as,
      { client_id: careful.clientId },
      tokens.access_token,
      options,
    );
    expect(((await answer.json()) as { sub: string }).sub).toBe(userId);
  });

  it('RFC 8707 with DPoP: a narrowed token is bound as well', async () => {
    const { form } = await server.code(client);
    const { body } = await ask(await proofOf(key), { ...form, resource: API });
    expect(claimsOf(body.access_token)).toMatchObject({ aud: API, cnf: { jkt: key.jkt } });
  });
});
