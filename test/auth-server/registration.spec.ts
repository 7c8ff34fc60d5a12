import { Store } from '@gatehouse/store';
import { limitKey } from '@gatehouse/throttling';
import { exportJWK, generateKeyPair, SignJWT } from 'jose';
import * as oauth from 'oauth4webapi';
import { Expiry } from '../../apps/auth-server/src/expiry/expiry.service.js';
import { type Answer, AuthServer } from './auth-server.js';
import { answerOf, ask, decide, logIn, newUser } from './people.js';
import { Browser } from '../../examples/demo-flow/src/browser.js';

const PATH = '/oauth2/register';
const LIMIT = limitKey('address', 'RegistrationController', 'register', '127.0.0.1');

describe('RFC 7591: dynamic client registration', () => {
  let server: AuthServer;
  let admin: string;

  beforeAll(async () => {
    server = await AuthServer.start({ GATEHOUSE_REGISTRATION: 'open' });
    admin = await server.tokenWith('admin');
  });
  beforeEach(() => server.get(Store).delete(LIMIT));
  afterAll(() => server.stop());

  const native = (more: object = {}) => ({
    client_name: 'A native app',
    redirect_uris: ['http://127.0.0.1/callback'],
    token_endpoint_auth_method: 'none',
    ...more,
  });
  const web = (host: string, more: object = {}) => ({ redirect_uris: [`https://${host}/cb`], ...more });

  const register = (body: unknown, token?: string, on = server): Promise<Answer> =>
    on.call(token, PATH, 'POST', body);

  async function initialToken(terms: object = {}, on = server): Promise<{ id: string; token: string }> {
    const { body, status } = await on.call(
      on === server ? admin : await on.tokenWith('admin'),
      '/admin/v1/initial-access-tokens',
      'POST',
      terms,
    );
    expect(status).toBe(201);
    return { id: body.id as string, token: body.initial_access_token as string };
  }

  function expectRefusal({ status, body }: Answer, error: string) {
    expect([status, body.error]).toEqual([400, error]);
    expect(body.error_description).toMatch(/^[\x20-\x21\x23-\x5B\x5D-\x7E]+$/);
  }

  describe('§3.2.1: the answer', () => {
    it('is 201 with the id, the secret this once, all metadata and how to manage it, and is not stored', async () => {
      const { status, body, headers } = await register(
        web('one.test', { client_name: 'One', contacts: ['a@b.test'] }),
      );
      expect(status).toBe(201);
      expect(headers.get('cache-control')).toBe('no-store');
      expect(body).toMatchObject({
        client_id: expect.stringMatching(/^[\w-]{36}$/) as string,
        client_secret: expect.stringMatching(/^[\w-]{43}$/) as string,
        client_secret_expires_at: 0,
        client_name: 'One',
        contacts: ['a@b.test'],
        redirect_uris: ['https://one.test/cb'],
        registration_access_token: expect.stringMatching(/^[\w-]{43}$/) as string,
        registration_client_uri: `http://issuer.test/oauth2/register/${body.client_id as string}`,
      });
      expect(Math.abs((body.client_id_issued_at as number) - Date.now() / 1000)).toBeLessThan(5);
      const [row] = await server.sql<object>('SELECT * FROM auth.client WHERE client_id = $1', [
        body.client_id,
      ]);
      expect(JSON.stringify(row)).not.toContain(body.client_secret as string);
      expect(JSON.stringify(row)).not.toContain(body.registration_access_token as string);
    });

    it('§2: names the defaults of what was left out', async () => {
      const { body } = await register(web('defaults.test'));
      expect(body).toMatchObject({
        grant_types: ['authorization_code'],
        response_types: ['code'],
        token_endpoint_auth_method: 'client_secret_basic',
      });
    });

    it('a public client gets no secret', async () => {
      const { body, status } = await register(native());
      expect(status).toBe(201);
      expect(body).not.toHaveProperty('client_secret');
      expect(body).not.toHaveProperty('client_secret_expires_at');
    });

    it('§2: ignores metadata it does not know, and nulls (turnstonelabs/turnstone#1082)', async () => {
      const { status, body } = await register(
        native({ 'client_name#ja': 'x', unknown: { a: 1 }, logo_uri: null, software_id: 'soft' }),
      );
      expect(status).toBe(201);
      expect(body).not.toHaveProperty('unknown');
      expect(body).not.toHaveProperty('logo_uri');
      expect(body.software_id).toBe('soft');
    });
  });

  describe('what only an administrator gives', () => {
    it("members of this server's own are ignored: first_party, require_pkce, share_redirect_uris", async () => {
      const { body } = await register(
        web('members.test', {
          first_party: true,
          require_pkce: false,
          share_redirect_uris: true,
          access_token_lifetime: 86_400,
        }),
      );
      expect(body).toMatchObject({ first_party: false, require_pkce: true, share_redirect_uris: false });
      expect(body.access_token_lifetime).toBe(600);
    });

    it.each(['implicit', 'password', 'client_credentials', 'urn:example:unknown'])(
      'the grant type %s is refused',
      async (type) => {
        expectRefusal(
          await register(web('grant.test', { grant_types: ['authorization_code', type] })),
          'invalid_client_metadata',
        );
      },
    );

    it.each(['token', 'id_token', 'code id_token'])('the response type %s is refused', async (type) => {
      expectRefusal(await register(web('type.test', { response_types: [type] })), 'invalid_client_metadata');
    });

    it.each(['admin', 'openid introspect', 'revocations'])('the scope %s is refused', async (scope) => {
      expectRefusal(await register(native({ scope })), 'invalid_client_metadata');
    });

    it('§2: scopes that do not exist are left out; without scope, it is all that a person can agree to', async () => {
      const asked = await register(native({ scope: 'openid demo:read nonsense' }));
      expect(asked.body.scope).toBe('openid demo:read');
      const { body } = await register(native());
      const scopes = (body.scope as string).split(' ');
      expect(scopes).toEqual(expect.arrayContaining(['openid', 'offline_access', 'demo:read']));
      expect(scopes).not.toEqual(expect.arrayContaining(['admin']));
      expect(scopes.filter((one) => ['admin', 'introspect', 'revocations'].includes(one))).toEqual([]);
    });

    it('implicit and password stay closed even to an initial access token that names them', async () => {
      const { token } = await initialToken({ grant_types: ['implicit', 'password'] });
      expectRefusal(
        await register(web('iat.test', { grant_types: ['password'], redirect_uris: [] }), token),
        'invalid_client_metadata',
      );
    });
  });

  describe('redirect URIs (§3.2.2: invalid_redirect_uri)', () => {
    it.each([
      ['none', []],
      ['http', ['http://app.test/cb']],
      ['Mattermost CVE-2026-12985: a wildcard', ['https://*.app.test/cb']],
      ['Mattermost CVE-2026-12985: a wildcard in the path', ['https://app.test/*']],
      ['Keycloak CVE-2024-8883: user name that looks like a port', ['http://localhost:80@evil.test/']],
      ['a user name', ['https://app.test@evil.test/']],
      ['an empty user name', ['https://@evil.test/']],
      ['a fragment', ['https://app.test/#x']],
      ['an empty fragment', ['https://app.test/#']],
      ['javascript:', ['javascript:alert(1)//']],
      ['data:', ['data:text/html,x']],
      ['a backslash', ['https://app.test\\@evil.test/']],
      ['a tab', ['https://app.te\tst/']],
      ['a NUL', ['https://app.test/\u0000']],
      ['an IDN homograph', ['https://аpp.test/']],
      ['a trailing dot', ['https://app.test./']],
      ['a scheme without a period', ['myapp:/cb']],
      ['a relative one', ['/cb']],
      ['no text', [7]],
      ['no list', 'https://app.test/cb'],
    ])('%s is refused', async (_name, uris) => {
      expectRefusal(await register({ redirect_uris: uris }), 'invalid_redirect_uri');
    });

    it('of a confidential client is refused to the next one; a public copy may share it', async () => {
      expect((await register(web('shared.test'))).status).toBe(201);
      expectRefusal(await register(web('shared.test')), 'invalid_redirect_uri');
      const copy = web('shared.test', { token_endpoint_auth_method: 'none' });
      expect((await register(copy)).status).toBe(201);
      expect((await register(copy)).status).toBe(201);
    });

    it('of an administrator’s client is refused, too', async () => {
      await server.client({ redirect_uris: ['https://admins.test/cb'] });
      expectRefusal(await register(web('admins.test')), 'invalid_redirect_uri');
    });
  });

  it.each([
    ['a logo that is a script', { logo_uri: 'javascript:alert(1)' }],
    ['a method that does not exist', { token_endpoint_auth_method: 'magic' }],
    ['a malformed scope', { scope: 'a"b' }],
    ['a scope that is no text', { scope: ['openid'] }],
    ['a front-channel logout address of another origin', { frontchannel_logout_uri: 'https://evil.test/' }],
    ['a back-channel logout address with a fragment', { backchannel_logout_uri: 'https://x.test/#f' }],
    ['client_credentials for a public client', { grant_types: ['client_credentials'] }],
  ])('§3.2.2: %s is invalid_client_metadata', async (_name, change) => {
    expectRefusal(await register(native(change)), 'invalid_client_metadata');
  });

  it.each(['[]', '"x"', 'null', '{', ''])('§3.1: the body %j is refused', async (body) => {
    const headers = { 'content-type': 'application/json' };
    expect((await server.fetch(PATH, { method: 'POST', body, headers })).status).toBe(400);
  });

  it('§3.1: a form is no registration', async () => {
    expectRefusal(await server.post(PATH, { redirect_uris: 'https://a.test/' }), 'invalid_client_metadata');
  });

  describe('§3: initial access tokens', () => {
    it('each is good for as many registrations as it says, also when they come at once', async () => {
      const { token } = await initialToken({ uses: 2 });
      const answers = await Promise.all(Array.from({ length: 6 }, () => register(native(), token)));
      expect(answers.map(({ status }) => status).sort()).toEqual([201, 201, 401, 401, 401, 401]);
    });

    it('a registration that fails costs none of its uses', async () => {
      const { token } = await initialToken({ uses: 1 });
      await register(web('costs.test'));
      expectRefusal(await register(web('costs.test'), token), 'invalid_redirect_uri');
      expectRefusal(await register(native({ redirect_uris: [] }), token), 'invalid_redirect_uri');
      expect((await register(native(), token)).status).toBe(201);
      expect((await register(native(), token)).status).toBe(401);
    });

    it('allows what it names, and nothing else', async () => {
      const { token } = await initialToken({
        uses: 5,
        grant_types: ['client_credentials'],
        scopes: ['demo:read'],
      });
      const service = { grant_types: ['client_credentials'], scope: 'demo:read demo:write' };
      const { body, status } = await register(service, token);
      expect([status, body.scope]).toEqual([201, 'demo:read']);
      expectRefusal(await register(native(), token), 'invalid_client_metadata');
      const client = { clientId: body.client_id as string, secret: body.client_secret as string };
      const answer = await server.post('/oauth2/token', { grant_type: 'client_credentials' }, client);
      expect([answer.status, answer.body.scope]).toEqual([200, 'demo:read']);
    });

    it('RFC 6750 §3: a wrong, deleted or expired one is 401 with a challenge', async () => {
      const gone = await initialToken();
      await server.call(admin, `/admin/v1/initial-access-tokens/${gone.id}`, 'DELETE');
      const late = await initialToken();
      await server.sql(
        "UPDATE auth.initial_access_token SET expires_at = now() - interval '1 s' WHERE id = $1",
        [late.id],
      );
      for (const token of ['wrong', gone.token, late.token]) {
        const { status, headers, body } = await register(native(), token);
        expect([status, body.error]).toEqual([401, 'invalid_token']);
        expect(headers.get('www-authenticate')).toMatch(/^Bearer .*error="invalid_token"/);
      }
    });

    it('are kept as hashes, and listed without themselves', async () => {
      const { token, id } = await initialToken({ note: 'for the tests' });
      const rows = await server.sql('SELECT * FROM auth.initial_access_token WHERE id = $1', [id]);
      expect(JSON.stringify(rows)).not.toContain(token);
      const list = await server.call(admin, '/admin/v1/initial-access-tokens?limit=100');
      expect(JSON.stringify(list.body)).toContain(id);
      expect(JSON.stringify(list.body)).not.toContain(token);
    });

    it('and their administration takes a token of the scope admin', async () => {
      const path = '/admin/v1/initial-access-tokens';
      expect((await server.call(undefined, path, 'POST', {})).status).toBe(401);
      expect((await server.call(await server.tokenWith('demo:read'), path, 'POST', {})).status).toBe(401);
    });
  });

  describe('GATEHOUSE_REGISTRATION', () => {
    it('initial_access_token, the default: nobody registers without one', async () => {
      const closed = await AuthServer.start({}, undefined);
      const anonymous = await register(native(), undefined, closed);
      expect([anonymous.status, anonymous.body.error]).toEqual([401, 'invalid_token']);
      expect(anonymous.headers.get('www-authenticate')).toMatch(/^Bearer/);
      const { token } = await initialToken({}, closed);
      expect((await register(native(), token, closed)).status).toBe(201);
      const { body } = await closed.fetch('/.well-known/oauth-authorization-server');
      expect(body.registration_endpoint).toBe('http://issuer.test/oauth2/register');
      await closed.stop();
    });

    it('off: there is no such endpoint, and discovery does not name it', async () => {
      const off = await AuthServer.start({ GATEHOUSE_REGISTRATION: 'off' });
      expect((await register(native(), undefined, off)).status).toBe(404);
      expect((await off.fetch('/.well-known/openid-configuration')).body).not.toHaveProperty(
        'registration_endpoint',
      );
      await off.stop();
    });
  });

  describe('§2.3: software statements', () => {
    const issuer = 'https://store.example';
    let sign: (
      claims: Record<string, unknown>,
      change?: { alg?: string; expires?: string },
    ) => Promise<string>;

    beforeAll(async () => {
      const { publicKey, privateKey } = await generateKeyPair('ES256');
      const jwks = { keys: [{ ...(await exportJWK(publicKey)), alg: 'ES256', kid: 'k' }] };
      const path = `/admin/v1/software-statement-issuers/${encodeURIComponent(issuer)}`;
      expect((await server.call(admin, path, 'PUT', { jwks })).status).toBe(200);
      sign = (claims, { expires = '5m' } = {}) =>
        new SignJWT({ iss: issuer, ...claims })
          .setProtectedHeader({ alg: 'ES256', kid: 'k' })
          .setIssuedAt()
          .setExpirationTime(expires)
          .sign(privateKey);
    });

    it('its claims take precedence, and the answer has it unmodified', async () => {
      const statement = await sign({ client_name: 'Vouched for', software_id: 's1' });
      const { status, body } = await register(native({ client_name: 'Liar', software_statement: statement }));
      expect(status).toBe(201);
      expect(body).toMatchObject({
        client_name: 'Vouched for',
        software_id: 's1',
        software_statement: statement,
      });
      expect(body).not.toHaveProperty('iss');
    });

    it('keys behind an address are fetched by the guard, and trust takes one of the two', async () => {
      const path = `/admin/v1/software-statement-issuers/${encodeURIComponent('https://far.example')}`;
      const uri = 'https://127.0.0.1/jwks';
      expect((await server.call(admin, path, 'PUT', { jwks_uri: uri })).body).toEqual({
        issuer: 'https://far.example',
        jwks_uri: uri,
      });
      const statement = await sign({ iss: 'https://far.example' });
      expectRefusal(await register(native({ software_statement: statement })), 'invalid_software_statement');
      expect((await server.call(admin, path, 'PUT', {})).status).toBe(422);
    });

    it('cannot give what an administrator gives', async () => {
      const statement = await sign({ first_party: true, scope: 'admin' });
      expectRefusal(await register(native({ software_statement: statement })), 'invalid_client_metadata');
    });

    it('§3.2.2: expired, unsigned, changed, HS256 with the public key, or no JWT: invalid_software_statement', async () => {
      const good = await sign({ client_name: 'x' });
      const [header, , signature] = good.split('.');
      const forged = Buffer.from(JSON.stringify({ iss: issuer, client_name: 'y' })).toString('base64url');
      const none = Buffer.from('{"alg":"none"}').toString('base64url');
      const hmac = await new SignJWT({ iss: issuer })
        .setProtectedHeader({ alg: 'HS256', kid: 'k' })
        .sign(new TextEncoder().encode('x'.repeat(32)));
      const bad = [
        await sign({}, { expires: '-1m' }),
        `${header}.${forged}.${signature}`,
        `${none}.${forged}.`,
        hmac,
      ];
      for (const statement of [...bad, 'nonsense', 7]) {
        expectRefusal(
          await register(native({ software_statement: statement })),
          'invalid_software_statement',
        );
      }
    });

    it('§3.2.2: of an issuer that is not trusted: unapproved_software_statement', async () => {
      expectRefusal(
        await register(native({ software_statement: await sign({ iss: 'https://other.example' }) })),
        'unapproved_software_statement',
      );
    });

    it('the administration of their issuers refuses private and symmetric keys', async () => {
      const path = '/admin/v1/software-statement-issuers/x';
      for (const key of [
        { kty: 'oct', k: 'AAAA' },
        { kty: 'EC', crv: 'P-256', x: 'a', y: 'b', d: 'c' },
      ]) {
        expect((await server.call(admin, path, 'PUT', { jwks: { keys: [key] } })).status).toBe(422);
      }
    });
  });

  it('oauth4webapi registers, and the client it gets signs a person in', async () => {
    const as = { issuer: server.url, registration_endpoint: `${server.url}${PATH}` };
    const answer = await oauth.dynamicClientRegistrationRequest(
      as,
      native({ scope: 'openid demo:read' }) as never,
      {
        [oauth.allowInsecureRequests]: true,
      },
    );
    const { client_id: clientId } = await oauth.processDynamicClientRegistrationResponse(answer);
    const browser = new Browser();
    const { username } = await newUser(server);
    const consent = await logIn(
      browser,
      await ask(server, { clientId, secret: undefined }, {}, browser),
      username,
    );
    expect(answerOf(await decide(browser, consent, 'allow'))).toHaveProperty('code');
  });

  it('one address registers so many, then gets 429', async () => {
    const answers: number[] = [];
    for (let i = 0; i < 101; i++) answers.push((await register({})).status);
    expect(answers.slice(0, 100).every((status) => status === 400)).toBe(true);
    expect(answers[100]).toBe(429);
  });

  it('hydra#3784: clients that nobody used for 30 days are removed; used ones and administrators’ stay', async () => {
    const [unused, used, granted] = await Promise.all(
      ['a', 'b', 'c'].map(async () => (await register(native())).body.client_id as string),
    );
    const own = await server.client();
    await server.code({ clientId: granted!, secret: undefined });
    await server.sql("UPDATE auth.client SET created_at = now() - interval '40 days'");
    await ask(server, { clientId: used!, secret: undefined });
    await server.get(Expiry).run();
    const rows = await server.sql<{ client_id: string }>('SELECT client_id FROM auth.client');
    const left = rows.map((row) => row.client_id);
    expect(left).toEqual(expect.arrayContaining([used, granted, own.clientId]));
    expect(left).not.toContain(unused);
  });
});
