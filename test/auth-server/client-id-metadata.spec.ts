import { Store } from '@gatehouse/store';
import { Browser } from '../../examples/demo-flow/src/browser.js';
import { Expiry } from '../../apps/auth-server/src/expiry/expiry.service.js';
import { AuthServer, type TestClient } from './auth-server.js';
import { DocumentServer } from './documents.js';
import { answerOf, ask, CALLBACK, decide, logIn, newUser, requestOf } from './people.js';
import { newSecret, s256Challenge } from '@gatehouse/token';

const asClient = (clientId: string): TestClient => ({ clientId, secret: undefined });

describe('Client ID Metadata Documents (draft-ietf-oauth-client-id-metadata-document)', () => {
  let server: AuthServer;
  let documents: DocumentServer;

  beforeAll(async () => {
    documents = await DocumentServer.start();
    server = await AuthServer.start({ GATEHOUSE_ALLOW_PRIVATE_ADDRESSES: 'true' });
  });
  beforeEach(async () => {
    const limits = server.get(Store);
    await limits.delete('{metadata-documents}');
    await limits.delete(`{metadata-documents}:${new URL(documents.url).host}`);
  });
  afterAll(async () => {
    await server.stop();
    await documents.stop();
  });

  const good = (url: string, more: object = {}) => ({
    client_id: url,
    client_name: 'An MCP client',
    redirect_uris: [CALLBACK],
    grant_types: ['authorization_code', 'refresh_token'],
    ...more,
  });

  /** The page that a person gets who follows the client's link. */
  const open = (clientId: string) => ask(server, asClient(clientId));

  it('§4: signs a person in; the consent page names the host, and the code becomes tokens', async () => {
    const clientId = documents.json('/client', (url) => good(url));
    const browser = new Browser();
    const { username } = await newUser(server);
    const verifier = newSecret();
    const members = { scope: 'openid offline_access demo:read', code_challenge: s256Challenge(verifier) };
    const login = await ask(server, asClient(clientId), members, browser);
    expect(login.text).toContain('An MCP client');
    const consent = await logIn(browser, login, username);
    expect(consent.text).toContain(`published by ${new URL(clientId).host}`);
    const { code } = answerOf(await decide(browser, consent, 'allow'));
    const form = { grant_type: 'authorization_code', code, redirect_uri: CALLBACK, code_verifier: verifier };
    const tokens = await server.post('/oauth2/token', { ...form, client_id: clientId });
    expect(tokens.status).toBe(200);
    const refreshed = await server.post('/oauth2/token', {
      grant_type: 'refresh_token',
      refresh_token: tokens.body.refresh_token as string,
      client_id: clientId,
    });
    expect(refreshed.status).toBe(200);
  });

  it('§5: discovery says that they are taken', async () => {
    const { body } = await server.fetch('/.well-known/oauth-authorization-server');
    expect(body.client_id_metadata_document_supported).toBe(true);
  });

  it.each<[string, (url: string) => unknown]>([
    ['another client_id than its address', () => good('https://other.example/client')],
    ['no client_id', (url) => ({ ...good(url), client_id: undefined })],
    ['a client_secret', (url) => good(url, { client_secret: 'x' })],
    ['client_secret_expires_at', (url) => good(url, { client_secret_expires_at: 0 })],
    ['client_secret_basic', (url) => good(url, { token_endpoint_auth_method: 'client_secret_basic' })],
    ['client_secret_post', (url) => good(url, { token_endpoint_auth_method: 'client_secret_post' })],
    ['client_secret_jwt', (url) => good(url, { token_endpoint_auth_method: 'client_secret_jwt' })],
    ['a redirect URI with a wildcard', (url) => good(url, { redirect_uris: ['https://*.example/cb'] })],
    ['no redirect URI', (url) => good(url, { redirect_uris: [] })],
    ['the scope admin', (url) => good(url, { scope: 'admin' })],
    ['the password grant', (url) => good(url, { grant_types: ['password'] })],
    ['the client_credentials grant', (url) => good(url, { grant_types: ['client_credentials'] })],
    ['a list', () => []],
    ['a text', () => 'x'],
    ['more than 10 KB', (url) => good(url, { contacts: ['x'.repeat(11_000)] })],
  ])('§4: a document with %s is refused, on a page, not by redirect', async (name, make) => {
    const page = await open(documents.json(`/bad/${encodeURIComponent(name).slice(0, 60)}`, make));
    expect([page.status, page.headers.location]).toEqual([400, undefined]);
    expect(page.text).toContain('metadata document of this client_id cannot be used');
  });

  it.each<[string, string, Parameters<DocumentServer['on']>[1]]>([
    ['a redirect', '/moved', (_, response) => response.writeHead(302, { location: '/client' }).end()],
    ['HTML', '/html', (_, response) => response.writeHead(200, { 'content-type': 'text/html' }).end('{}')],
    [
      'broken JSON',
      '/broken',
      (_, response) => response.writeHead(200, { 'content-type': 'application/json' }).end('{'),
    ],
    ['an error', '/error', (_, response) => response.writeHead(500).end()],
  ])('§4: %s is refused', async (_name, path, answer) => {
    expect((await open(documents.on(path, answer))).status).toBe(400);
  });

  it.each([
    ['no path', '/'],
    ['a dot segment', '/a/../b'],
    ['an encoded dot segment', '/%2e%2e/b'],
    ['a fragment', '/a#b'],
  ])('§3: an address with %s is refused without being fetched', async (_name, path) => {
    const before = documents.asked.length;
    expect((await open(documents.url + path)).status).toBe(400);
    expect(documents.asked).toHaveLength(before);
  });

  it('§3: an address with a user name is refused', async () => {
    expect((await open(`http://user@${new URL(documents.url).host}/client`)).status).toBe(400);
  });

  it('redirect URIs match to the letter', async () => {
    const clientId = documents.json('/exact', (url) =>
      good(url, { redirect_uris: ['https://app.example/cb'] }),
    );
    for (const uri of ['https://app.example/cb/', 'https://app.example/CB', 'https://evil.example/cb']) {
      const page = await ask(server, asClient(clientId), { redirect_uri: uri });
      expect([page.status, page.headers.location]).toEqual([400, undefined]);
    }
  });

  it('cannot make itself first-party, waive PKCE, or get a scope of operators', async () => {
    const clientId = documents.json('/greedy', (url) =>
      good(url, { first_party: true, require_pkce: false }),
    );
    await open(clientId);
    const [row] = await server.sql<{ metadata: Record<string, unknown> }>(
      'SELECT metadata FROM auth.client WHERE client_id = $1',
      [clientId],
    );
    expect(row!.metadata).toMatchObject({ first_party: false, require_pkce: true });
    expect(row!.metadata.scope).not.toMatch(/admin|introspect|revocations/);
  });

  describe('caching', () => {
    const freshFor = async (clientId: string) => {
      const [row] = await server.sql<{ s: number }>(
        'SELECT extract(epoch FROM metadata_fresh_until - now())::float8 AS s FROM auth.client WHERE client_id = $1',
        [clientId],
      );
      return row!.s;
    };

    it.each([
      ['max-age=600', 590, 601],
      ['max-age=99999999', 86_000, 86_401],
      ['max-age=1', 50, 61],
      ['no-store', 50, 61],
      ['', 290, 301],
    ])('Cache-Control: %s', async (header, least, most) => {
      const headers: Record<string, string> = header === '' ? {} : { 'cache-control': header };
      const clientId = documents.json(`/cache/${header}`, (url) => good(url), headers);
      await open(clientId);
      const age = await freshFor(clientId);
      expect(age).toBeGreaterThan(least);
      expect(age).toBeLessThan(most);
    });

    it('is fetched once while it is fresh, also for many who come at once', async () => {
      const clientId = documents.json('/once', (url) => good(url));
      await Promise.all(Array.from({ length: 10 }, () => open(clientId)));
      await open(clientId);
      expect(documents.count('/once')).toBe(1);
    });

    it('a change is seen when it is stale; unreachable, the last one holds; gone or bad, it does not', async () => {
      let name = 'Old name';
      const clientId = documents.json('/changing', (url) => good(url, { client_name: name }));
      expect((await open(clientId)).text).toContain('Old name');
      name = 'New name';
      const makeStale = async () => {
        await server.sql(
          "UPDATE auth.client SET metadata_fresh_until = now() - interval '1 s' WHERE client_id = $1",
          [clientId],
        );
        await new Promise((done) => setTimeout(done, 1_100));
      };
      await makeStale();
      expect((await open(clientId)).text).toContain('New name');
      documents.on('/changing', (_, response) => response.writeHead(404).end());
      await makeStale();
      expect((await open(clientId)).status).toBe(400);
      const other = documents.json('/flaky', (url) => good(url));
      await open(other);
      documents.on('/flaky', (_, response) => response.writeHead(503).end());
      await server.sql("UPDATE auth.client SET metadata_fresh_until = now() - interval '1 s'");
      await new Promise((done) => setTimeout(done, 1_100));
      expect((await open(other)).status).toBe(200);
    });

    it('a failure is not asked for again at once', async () => {
      const clientId = documents.on('/failing', (_, response) => response.writeHead(500).end());
      for (let i = 0; i < 5; i++) await open(clientId);
      expect(documents.count('/failing')).toBe(1);
    });

    it('only so many are fetched from one host', async () => {
      const before = documents.asked.length;
      for (let i = 0; i < 65; i++) await open(documents.json(`/many/${i}`, (url) => good(url)));
      expect(documents.asked.length - before).toBe(60);
    });
  });

  it('a client that nobody used for a day is removed', async () => {
    const clientId = documents.json('/unused', (url) => good(url));
    await open(clientId);
    await server.sql("UPDATE auth.client SET used_at = now() - interval '2 days' WHERE client_id = $1", [
      clientId,
    ]);
    await server.sql("UPDATE auth.client SET created_at = now() - interval '2 days' WHERE client_id = $1", [
      clientId,
    ]);
    await server.get(Expiry).run();
    expect(await server.sql('SELECT 1 FROM auth.client WHERE client_id = $1', [clientId])).toEqual([]);
  });

  it.each([
    'http://client.example/metadata',
    'https://127.0.0.1/metadata',
    'https://localhost/metadata',
    'https://169.254.169.254/latest/meta-data',
    'https://[::1]/metadata',
    'https://10.1.2.3/metadata',
  ])('SSRF (ZITADEL CVE-2024-49753): %s is not fetched', async (clientId) => {
    const strict = await AuthServer.start();
    const page = await ask(strict, asClient(clientId));
    expect([page.status, page.text.includes('cannot be used')]).toEqual([400, true]);
    await strict.stop();
  });

  it('GATEHOUSE_CLIENT_ID_METADATA=false: an unknown client, and discovery says so', async () => {
    const off = await AuthServer.start({
      GATEHOUSE_CLIENT_ID_METADATA: 'false',
      GATEHOUSE_ALLOW_PRIVATE_ADDRESSES: 'true',
    });
    const clientId = documents.json('/off', (url) => good(url));
    const page = await ask(off, asClient(clientId));
    expect(page.status).toBe(400);
    expect(documents.count('/off')).toBe(0);
    const { body } = await off.fetch('/.well-known/openid-configuration');
    expect(body.client_id_metadata_document_supported).toBe(false);
    await off.stop();
  });

  it('another client cannot redeem its code (ZITADEL CVE-2026-55672)', async () => {
    const [one, two] = ['/one', '/two'].map((path) => documents.json(path, (url) => good(url)));
    await open(one!);
    await open(two!);
    const { form } = await server.code(asClient(one!));
    const { status, body } = await server.post('/oauth2/token', { ...form, client_id: two! });
    expect([status, body.error]).toEqual([400, 'invalid_grant']);
    expect(requestOf(asClient(one!)).get('client_id')).toBe(one);
  });
});
