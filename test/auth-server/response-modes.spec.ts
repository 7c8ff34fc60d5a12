import { createHash } from 'node:crypto';
import { Logger } from '@nestjs/common';
import { createRemoteJWKSet, jwtVerify } from 'jose';
import { Browser, type Page } from '../../examples/demo-flow/src/browser.js';
import { consentForm } from '../../examples/demo-flow/src/sign-in.js';
import { AuthServer, claimsOf, ISSUER, type TestClient } from './auth-server.js';
import { answerOf, ask, CALLBACK, decide, type Members, requestOf, send, signedIn } from './people.js';

const MIGRATION = {
  grant_types: ['authorization_code', 'implicit', 'refresh_token'],
  response_types: [
    'code',
    'token',
    'id_token',
    'id_token token',
    'code id_token',
    'code token',
    'code id_token token',
    'none',
  ],
};

describe('response types and modes', () => {
  let server: AuthServer;
  let client: TestClient;
  let old: TestClient;
  let person: Awaited<ReturnType<typeof signedIn>>;

  beforeAll(async () => {
    server = await AuthServer.start();
    client = await server.client();
    old = await server.client(MIGRATION);
    person = await signedIn(server, client);
    await allow(old, { scope: 'openid offline_access demo:read' });
  });
  afterAll(() => server.stop());

  async function allow(of: TestClient, members: Members) {
    answerOf(await decide(person.browser, await ask(server, of, members, person.browser), 'allow'));
  }

  function silently(of: TestClient, members: Members = {}, browser = person.browser) {
    return ask(server, of, { prompt: 'none', ...members }, browser);
  }

  /** What stands in the fragment; fails the test when something stands in the query. */
  function fragmentOf(page: Page): Record<string, string> {
    const url = new URL(page.url);
    expect([url.search, `${url.origin}${url.pathname}`]).toEqual(['', CALLBACK]);
    return Object.fromEntries(new URLSearchParams(url.hash.slice(1)));
  }

  /** The fields of a form_post page; fails the test when it goes elsewhere. */
  function postOf(page: Page): Record<string, string> {
    expect([page.status, page.forms.length]).toEqual([200, 1]);
    const [form] = page.forms;
    expect([form!.method, form!.action]).toEqual(['POST', CALLBACK]);
    return form!.fields;
  }

  async function verified(response: string | undefined, of = client) {
    const keys = createRemoteJWKSet(new URL(`${server.url}/jwks`));
    return jwtVerify(response!, keys, { issuer: ISSUER, audience: of.clientId, requiredClaims: ['exp'] });
  }

  describe('response_mode', () => {
    it('OAuth Multiple Response Types §5: code goes by the query, unless fragment is asked for', async () => {
      expect(answerOf(await silently(client))).toMatchObject({ state: 'the state', iss: ISSUER });
      expect(answerOf(await silently(client, { response_mode: 'query' })).code).toBeTruthy();
      const answer = fragmentOf(await silently(client, { response_mode: 'fragment' }));
      expect(Object.keys(answer).sort()).toEqual(['code', 'iss', 'state']);
    });

    it('Form Post Response Mode §2: the answer stands in a form to the redirect URI', async () => {
      const fields = postOf(await silently(client, { response_mode: 'form_post' }));
      expect(fields).toEqual({ code: expect.any(String), state: 'the state', iss: ISSUER });
    });

    it('the page of form_post runs its one script, is not framed, not kept, and works by a button', async () => {
      const page = await silently(client, { response_mode: 'form_post' });
      const policy = page.headers['content-security-policy']!;
      const scripts = [...page.body.matchAll(/<script>(.*?)<\/script>/gs)].map(([, text]) => text!);
      expect(scripts).toHaveLength(1);
      const hash = createHash('sha256').update(scripts[0]!).digest('base64');
      expect(policy).toContain(`script-src 'sha256-${hash}';`);
      expect(policy).not.toContain('unsafe');
      expect(policy).toContain("frame-ancestors 'none'");
      expect(policy).toMatch(/form-action 'self' http:\/\/127\.0\.0\.1/);
      expect(page.headers).toMatchObject({ 'cache-control': 'no-store', 'x-frame-options': 'DENY' });
      expect(page.forms[0]!.buttons).toHaveLength(1);
    });

    it('form_post escapes what it posts', async () => {
      const state = '"><script>alert(1)</script>';
      const page = await silently(client, { response_mode: 'form_post', state });
      expect(postOf(page).state).toBe(state);
      expect(page.body).not.toContain('<script>alert');
    });

    it('form_post also follows the consent page', async () => {
      const page = await ask(
        server,
        client,
        { response_mode: 'form_post', prompt: 'consent' },
        person.browser,
      );
      expect(postOf(await decide(person.browser, page, 'allow')).code).toBeTruthy();
      const again = await ask(
        server,
        client,
        { response_mode: 'form_post', prompt: 'consent' },
        person.browser,
      );
      expect(postOf(await decide(person.browser, again, 'deny'))).toMatchObject({
        error: 'access_denied',
        state: 'the state',
        iss: ISSUER,
      });
    });

    it('form_post is for http: an application’s private-use scheme cannot take a post', async () => {
      const uri = 'com.example.app:/cb';
      const app = await server.client({
        redirect_uris: [uri],
        token_endpoint_auth_method: 'none',
        grant_types: ['authorization_code'],
      });
      const page = await ask(
        server,
        app,
        { redirect_uri: uri, response_mode: 'form_post' },
        new Browser(),
        uri,
      );
      expect(answerOf(page, uri).error).toBe('invalid_request');
    });

    it.each(['fragment', 'form_post', 'fragment.jwt', 'form_post.jwt', 'query.jwt'])(
      'OAuth Multiple Response Types §5: an error goes back by the mode that was asked for, %s',
      async (mode) => {
        const page = await silently(client, { response_mode: mode }, new Browser());
        const plain = mode.replace('.jwt', '');
        const members =
          plain === 'form_post' ? postOf(page) : plain === 'fragment' ? fragmentOf(page) : answerOf(page);
        if (!mode.endsWith('.jwt')) {
          expect(members).toMatchObject({ error: 'login_required', state: 'the state', iss: ISSUER });
          return;
        }
        expect(Object.keys(members)).toEqual(['response']);
        const { payload } = await verified(members.response);
        expect(payload).toMatchObject({ error: 'login_required', state: 'the state' });
      },
    );

    it.each(['web_message', 'Query', 'form-post', 'query.jws', 'constructor', '__proto__'])(
      'an unknown response_mode %s is invalid_request by the default mode',
      async (mode) => {
        expect(answerOf(await silently(client, { response_mode: mode })).error).toBe('invalid_request');
      },
    );

    it('RFC 6749 §3.1: response_mode sent twice is invalid_request', async () => {
      const page = await silently(client, { response_mode: ['query', 'fragment'] });
      expect(answerOf(page).error).toBe('invalid_request');
    });

    it('discovery names them all', async () => {
      const { body } = await server.fetch('/.well-known/openid-configuration');
      expect((body.response_modes_supported as string[]).sort()).toEqual(
        ['form_post', 'form_post.jwt', 'fragment', 'fragment.jwt', 'jwt', 'query', 'query.jwt'].sort(),
      );
      expect((body.response_types_supported as string[]).sort()).toEqual(
        [...MIGRATION.response_types].sort(),
      );
      expect(body.authorization_signing_alg_values_supported).toEqual(
        expect.arrayContaining(['RS256', 'ES256']),
      );
    });
  });

  describe('JARM', () => {
    it('JARM §2.1: the response is a JWT with iss, aud, exp and the members of the answer', async () => {
      const answer = answerOf(await silently(client, { response_mode: 'query.jwt' }));
      expect(Object.keys(answer)).toEqual(['response']);
      const { payload, protectedHeader } = await verified(answer.response);
      expect(protectedHeader.alg).toBe('RS256');
      expect(payload).toMatchObject({ code: expect.any(String), state: 'the state' });
      expect(payload.exp! - Date.now() / 1000).toBeLessThanOrEqual(600);
      expect(payload.exp! - Date.now() / 1000).toBeGreaterThan(60);
    });

    it('JARM §3: is signed by authorization_signed_response_alg', async () => {
      const modern = await server.client({ authorization_signed_response_alg: 'ES256' });
      const page = await silently(modern, { response_mode: 'jwt' });
      const { protectedHeader } = await verified(answerOf(page).response, modern);
      expect(protectedHeader.alg).toBe('ES256');
    });

    it('JARM §2.3.4: jwt means query.jwt for a code, fragment.jwt for tokens', async () => {
      expect(answerOf(await silently(client, { response_mode: 'jwt' })).response).toBeTruthy();
      const members = { response_mode: 'jwt', response_type: 'token' };
      const { payload } = await verified(fragmentOf(await silently(old, members)).response, old);
      expect(payload.access_token).toBeTruthy();
    });

    it('CVE-2023-6134 and its re-bypass by form_post.jwt: an unregistered redirect URI gets no form', async () => {
      for (const mode of ['form_post', 'form_post.jwt']) {
        for (const redirectUri of [
          'https://evil.example/',
          'javascript:alert(1)',
          `${CALLBACK}/*`,
          'data:text/html,x',
        ]) {
          const page = await silently(client, { response_mode: mode, redirect_uri: redirectUri });
          expect([page.status, page.headers.location, page.forms]).toEqual([400, undefined, []]);
          expect(page.body).not.toMatch(/evil\.example|javascript:|data:text/);
        }
      }
    });
  });

  describe('response_type', () => {
    it.each(['token', 'id_token', 'id_token token', 'code id_token', 'code token', 'code id_token token'])(
      'CVE-2026-7571: %s is refused to a client that is not registered for implicit',
      async (type) => {
        const answer = fragmentOf(await silently(client, { response_type: type, nonce: 'n' }));
        expect(answer).toMatchObject({ error: 'unauthorized_client', state: 'the state', iss: ISSUER });
        expect(answer).not.toHaveProperty('access_token');
        expect(answer).not.toHaveProperty('id_token');
        expect(answer).not.toHaveProperty('code');
      },
    );

    it('CVE-2026-7571: the grant type alone does not open a response type that is not registered', async () => {
      const half = await server.client({
        grant_types: ['authorization_code', 'implicit'],
        response_types: ['code', 'token'],
      });
      const answer = fragmentOf(await silently(half, { response_type: 'id_token token', nonce: 'n' }));
      expect(answer.error).toBe('unauthorized_client');
    });

    it('CVE-2026-7571: what an administrator takes back is refused at once', async () => {
      const admin = await server.tokenWith('admin');
      const path = `/admin/v1/clients/${old.clientId}`;
      const { body } = await server.call(admin, path);
      const without = { ...body, grant_types: ['authorization_code'], response_types: ['code'] };
      expect((await server.call(admin, path, 'PUT', without)).status).toBe(200);
      try {
        expect(fragmentOf(await silently(old, { response_type: 'token' })).error).toBe('unauthorized_client');
      } finally {
        await server.call(admin, path, 'PUT', body);
      }
    });

    it.each(['token code id_token code', 'CODE', 'code,token', 'none code', 'device', '__proto__'])(
      'RFC 6749 §3.1.1: %s is unsupported or unauthorized, never half of it',
      async (type) => {
        const page = await silently(client, { response_type: type, nonce: 'n' });
        const url = new URL(page.url);
        const answer = new URLSearchParams(url.hash.slice(1) || url.search);
        expect(answer.get('error')).toMatch(/^(unsupported_response_type|unauthorized_client)$/);
        expect(answer.get('code')).toBeNull();
      },
    );

    it('RFC 6749 §4.2.2: token gives an access token in the fragment, and no refresh token', async () => {
      const answer = fragmentOf(
        await silently(old, { response_type: 'token', scope: 'openid offline_access demo:read' }),
      );
      expect(Object.keys(answer).sort()).toEqual(
        ['access_token', 'expires_in', 'iss', 'scope', 'state', 'token_type'].sort(),
      );
      expect(answer).toMatchObject({ token_type: 'Bearer', state: 'the state' });
      expect((await server.call(answer.access_token, '/userinfo')).body.sub).toBe(person.user.id);
    });

    it('OIDC Core §3.2.2.5: id_token gives an ID Token alone, with the nonce', async () => {
      const answer = fragmentOf(await silently(old, { response_type: 'id_token', nonce: 'the nonce' }));
      expect(Object.keys(answer).sort()).toEqual(['id_token', 'iss', 'state']);
      const claims = claimsOf(answer.id_token);
      expect(claims).toMatchObject({
        iss: ISSUER,
        aud: old.clientId,
        sub: person.user.id,
        nonce: 'the nonce',
      });
      expect(claims).not.toHaveProperty('at_hash');
      expect(claims).not.toHaveProperty('c_hash');
    });

    it.each(['id_token token', 'token id_token'])(
      'OIDC Core §3.2.2.10: %s binds both by at_hash',
      async (type) => {
        const answer = fragmentOf(await silently(old, { response_type: type, nonce: 'n' }));
        expect(claimsOf(answer.id_token).at_hash).toBe(leftHalf(answer.access_token));
        expect(answer).not.toHaveProperty('code');
      },
    );

    it.each([
      ['code id_token', ['code', 'id_token']],
      ['code token', ['access_token', 'code']],
      ['code id_token token', ['access_token', 'code', 'id_token']],
    ])('OIDC Core §3.3.2.5: %s gives %j', async (type, expected) => {
      const answer = fragmentOf(await silently(old, { response_type: type, nonce: 'n' }));
      expect(['access_token', 'code', 'id_token'].filter((name) => name in answer)).toEqual(expected);
      if (!answer.id_token) return;
      expect(claimsOf(answer.id_token).c_hash).toBe(leftHalf(answer.code));
      if (answer.access_token) expect(claimsOf(answer.id_token).at_hash).toBe(leftHalf(answer.access_token));
    });

    it('OAuth Multiple Response Types §4: none gives nothing but state and iss', async () => {
      const answer = answerOf(await silently(old, { response_type: 'none' }));
      expect(answer).toEqual({ state: 'the state', iss: ISSUER });
      expect(answerOf(await silently(client, { response_type: 'none' })).error).toBe('unauthorized_client');
    });

    it.each(['id_token', 'id_token token', 'code id_token', 'code id_token token'])(
      'OIDC Core §3.2.2.1, §3.3.2.11: %s without a nonce is invalid_request',
      async (type) => {
        expect(fragmentOf(await silently(old, { response_type: type })).error).toBe('invalid_request');
      },
    );

    it('OIDC Core §3.1.2.1: an id_token without the scope openid is refused', async () => {
      const members = { response_type: 'id_token', nonce: 'n', scope: 'demo:read' };
      expect(fragmentOf(await silently(old, members)).error).toBe('invalid_scope');
    });

    it.each(['query', 'query.jwt'])(
      'OAuth Multiple Response Types §3: tokens never go by %s',
      async (mode) => {
        for (const type of ['token', 'id_token', 'code id_token token']) {
          const answer = fragmentOf(
            await silently(old, { response_type: type, response_mode: mode, nonce: 'n' }),
          );
          expect(answer).toMatchObject({ error: 'invalid_request', state: 'the state' });
        }
      },
    );

    it('RFC 9700 §2.1.1: a hybrid request needs PKCE, as its code does', async () => {
      const none = { code_challenge: undefined, code_challenge_method: undefined, nonce: 'n' };
      expect(fragmentOf(await silently(old, { ...none, response_type: 'code id_token' })).error).toBe(
        'invalid_request',
      );
      expect(fragmentOf(await silently(old, { ...none, response_type: 'id_token' })).id_token).toBeTruthy();
    });

    it('OIDC Core §3.2.2.2: the implicit flow asks for consent as any other', async () => {
      const fresh = await server.client(MIGRATION);
      const page = await ask(server, fresh, { response_type: 'token' }, person.browser);
      const answer = fragmentOf(await send(person.browser, consentForm(page), { decision: 'allow' }));
      expect(answer.access_token).toBeTruthy();
    });

    it('OIDC Core §3.1.2.1: a POST is answered alike, by 303', async () => {
      const response = await fetch(`${server.url}/oauth2/authorize`, {
        method: 'POST',
        body: requestOf(old, { response_type: 'token', prompt: 'none' }),
        redirect: 'manual',
      });
      expect(response.status).toBe(303);
      expect(response.headers.get('location')).toContain(`${CALLBACK}#error=login_required`);
    });

    it('RFC 9700 §2.1.2: each use is an audit event, and a warning in the log that names the client', async () => {
      const warned = jest.spyOn(Logger.prototype, 'warn').mockImplementation(() => undefined);
      try {
        const fresh = await server.client({ ...MIGRATION, first_party: true });
        for (let times = 0; times < 2; times += 1) await silently(fresh, { response_type: 'token' });
        const lines = warned.mock.calls.flat().filter((line) => String(line).includes(fresh.clientId));
        expect(lines).toHaveLength(1);
      } finally {
        warned.mockRestore();
      }
    });

    it('RFC 9700 §2.1.2: a client that registered itself has none of it, whatever its row says', async () => {
      const fresh = await server.client({ ...MIGRATION, first_party: true });
      await server.sql("UPDATE auth.client SET origin = 'dynamic' WHERE client_id = $1", [fresh.clientId]);
      const answer = fragmentOf(await silently(fresh, { response_type: 'token' }));
      expect(answer.error).toBe('unauthorized_client');
    });

    it('RFC 6749 §4.2: the token endpoint has no grant type implicit', async () => {
      const { status, body } = await server.post('/oauth2/token', { grant_type: 'implicit' }, old);
      expect([status, body.error]).toEqual([400, 'unsupported_grant_type']);
    });
  });

  it('RFC 7591 §2.1: token and id_token cannot be registered without the grant type implicit', async () => {
    const admin = await server.tokenWith('admin');
    const { status, body } = await server.call(admin, '/admin/v1/clients', 'POST', {
      redirect_uris: [CALLBACK],
      response_types: ['code', 'id_token'],
    });
    expect(status).toBe(422);
    expect(JSON.stringify(body)).toContain('/response_types');
  });
});

function leftHalf(value: string | undefined): string {
  return createHash('sha256').update(value!).digest().subarray(0, 16).toString('base64url');
}
