import { Browser, type Page } from '../../examples/demo-flow/src/browser.js';
import { AuthServer, basic, type TestClient } from '../auth-server/auth-server.js';
import { requestOf, signedIn } from '../auth-server/people.js';

const WEB = 'https://app.example/cb';
const TENANT = 'https://app.example/cb?tenant=1';
const LOCAL = 'http://127.0.0.1/callback';
const NATIVE = 'com.example.app:/cb';

/** What went wrong at others, and what is like it: none of them is one of the four above. */
const ATTACKS: readonly [string, string][] = [
  ['Keycloak CVE-2024-8883: a host behind userinfo', 'http://127.0.0.1:80@evil.example/callback'],
  ['Keycloak CVE-2024-8883: localhost behind userinfo', 'http://localhost:80@evil.example/callback'],
  ['Keycloak CVE-2023-6291: a path below', `${WEB}/../evil`],
  ['Keycloak CVE-2024-1132: a path that leads up', 'https://app.example/x/../cb'],
  ['Keycloak CVE-2024-1132: an encoded path that leads up', 'https://app.example/x/%2e%2e/cb'],
  ['Keycloak CVE-2022-3782: double encoding', 'https://app.example/%252e%252e/cb'],
  ['Keycloak CVE-2022-3782: an encoded letter', 'https://app.example/%63b'],
  ['in the manner of Keycloak CVE-2026-3872: a semicolon in the path', `${WEB};x=y`],
  ['in the manner of Keycloak CVE-2026-3872: path parameters that lead up', 'https://app.example/x/..;/cb'],
  ['in the manner of Keycloak CVE-2026-7504: a wildcard', 'https://app.example/*'],
  [
    'in the manner of Keycloak CVE-2026-7504: userinfo with a wildcard host',
    'https://evil.example#@app.example/cb',
  ],
  ['fosite CVE-2020-15233: a query on a loopback address', `${LOCAL}?next=https://evil.example`],
  ['fosite CVE-2020-15233: another query', 'https://app.example/cb?tenant=2'],
  ['fosite CVE-2020-15233: the same query and more', `${TENANT}&next=https://evil.example`],
  ['authentik CVE-2024-52289: a dot that a regex takes for anything', 'https://appxexample/cb'],
  ['authentik CVE-2024-52289: a prefix that a regex leaves open', 'https://app.example/cb.evil.example'],
  [
    'authentik CVE-2024-52289: a suffix that a regex leaves open',
    'https://evil.example/?https://app.example/cb',
  ],
  ['Mattermost CVE-2026-12985: a host that ends alike', 'https://evilapp.example/cb'],
  ['Mattermost CVE-2026-12985: a host that begins alike', 'https://app.example.evil.example/cb'],
  ['a backslash before the host ends', 'https://app.example\\@evil.example/cb'],
  ['backslashes for slashes', 'https:\\\\app.example\\cb'],
  ['an encoded NUL', `${WEB}%00`],
  ['a NUL', `${WEB}\0`],
  ['a tab', 'https://app.example/c\tb'],
  ['a line break', `${WEB}\r\nLocation: https://evil.example/`],
  ['a line break in front', `\n${WEB}`],
  ['userinfo', 'https://user:secret@app.example/cb'],
  ['empty userinfo', 'https://@app.example/cb'],
  ['an IDN homograph', 'https://аpp.example/cb'],
  ['the homograph in punycode', 'https://xn--pp-7kc.example/cb'],
  ['full-width letters, which normalise', 'https://ａpp.example/cb'],
  ['a dot after the host', 'https://app.example./cb'],
  ['a scheme in capitals', 'HTTPS://app.example/cb'],
  ['a host in capitals', 'https://APP.example/cb'],
  ['the default port', 'https://app.example:443/cb'],
  ['another port', 'https://app.example:8443/cb'],
  ['a path in capitals', 'https://app.example/CB'],
  ['a slash at the end', `${WEB}/`],
  ['two slashes', 'https://app.example//cb'],
  ['a fragment', `${WEB}#x`],
  ['an empty fragment', `${WEB}#`],
  ['an empty query', `${WEB}?`],
  ['a scheme let down', 'http://app.example/cb'],
  ['no scheme', '//app.example/cb'],
  ['a relative path', '/cb'],
  ['a script', 'javascript:alert(document.domain)//app.example/cb'],
  ['a script that a host hides', 'javascript://app.example/%0aalert(1)'],
  ['a document', 'data:text/html,<script>alert(1)</script>'],
  ['a local file', 'file:///etc/passwd'],
  ['another loopback name than the one registered', 'http://localhost/callback'],
  ['loopback in decimal', 'http://2130706433/callback'],
  ['loopback in short', 'http://127.1/callback'],
  ['a port that is none', 'http://127.0.0.1:99999/callback'],
  ['a host that begins with the loopback address', 'http://127.0.0.1.evil.example/callback'],
  ['a private-use scheme with another path', 'com.example.app:/evil'],
  ['a private-use scheme with a host', 'com.example.app://evil.example/cb'],
  ['a longer private-use scheme', 'com.example.app.evil:/cb'],
];

const MODES = [undefined, 'fragment', 'form_post', 'form_post.jwt', 'query.jwt'];

describe('redirect URIs (RFC 9700 §2.1, §4.1)', () => {
  let server: AuthServer;
  let client: TestClient;
  let browser: Browser;

  beforeAll(async () => {
    server = await AuthServer.start();
    client = await server.client({ redirect_uris: [WEB, TENANT, LOCAL, NATIVE] });
    ({ browser } = await signedIn(server, await server.client()));
  });
  afterAll(() => server.stop());

  function expectNowhere(page: Page, attack: string) {
    expect([page.status, page.headers.location, page.forms]).toEqual([400, undefined, []]);
    expect(page.body).not.toContain(attack);
    expect(page.body).not.toMatch(/evil\.example|javascript:|<script/);
  }

  it.each(ATTACKS)(
    '%s is an error page in every response mode, for someone signed in',
    async (_case, attack) => {
      for (const mode of MODES) {
        for (const prompt of ['none', undefined]) {
          const query = requestOf(client, { redirect_uri: attack, response_mode: mode, prompt });
          expectNowhere(await browser.open(`${server.url}/oauth2/authorize?${query}`, { most: 0 }), attack);
        }
      }
    },
  );

  it.each(ATTACKS)('%s is refused when it is pushed (RFC 9126 §2.4)', async (_case, attack) => {
    const headers = { authorization: basic(client) };
    const body = requestOf(client, { redirect_uri: attack });
    const answer = await server.fetch('/oauth2/par', { method: 'POST', body, headers });
    expect([answer.status, answer.body.error]).toEqual([400, 'invalid_request']);
  });

  it.each(ATTACKS)('%s does not redeem a code that was sent to another', async (_case, attack) => {
    const { form } = await server.code(client, { redirectUri: WEB });
    const { status, body } = await server.post('/oauth2/token', { ...form, redirect_uri: attack }, client);
    expect([status, body.error]).toEqual([400, 'invalid_grant']);
  });

  it('Keycloak CVE-2026-9689: of two redirect URIs none is taken, in the query, the form or the pushed request', async () => {
    for (const pair of [
      [WEB, 'https://evil.example/'],
      ['https://evil.example/', WEB],
      [WEB, WEB],
    ]) {
      const request = requestOf(client, { redirect_uri: pair });
      expectNowhere(
        await browser.open(`${server.url}/oauth2/authorize?${request}`, { most: 0 }),
        'evil.example',
      );
      const posted = await fetch(`${server.url}/oauth2/authorize`, {
        method: 'POST',
        body: request,
        redirect: 'manual',
      });
      expect([posted.status, posted.headers.get('location')]).toEqual([400, null]);
      const headers = { authorization: basic(client) };
      const pushed = await server.fetch('/oauth2/par', { method: 'POST', body: request, headers });
      expect(pushed.body.error).toBe('invalid_request');
    }
  });

  it.each([WEB, TENANT, LOCAL, NATIVE, 'http://127.0.0.1:49152/callback'])(
    'the registered %s is taken, so that the refusals above mean something',
    async (redirectUri) => {
      const query = requestOf(client, { redirect_uri: redirectUri, prompt: 'none' });
      const page = await browser.open(`${server.url}/oauth2/authorize?${query}`, { most: 0 });
      expect(page.status).toBe(303);
      expect(
        page.headers.location!.startsWith(`${redirectUri}${redirectUri.includes('?') ? '&' : '?'}error=`),
      ).toBe(true);
    },
  );

  it.each([
    'javascript:alert(1)',
    'data:text/html,x',
    'https://*.app.example/cb',
    'https://app.example/cb#x',
    'https://user@app.example/cb',
    'https://app.example\\@evil.example/cb',
    'http://app.example/cb',
    'https://аpp.example/cb',
    'https://app.example./cb',
    'myapp:/cb',
    '/cb',
  ])('%s cannot even be registered', async (uri) => {
    const admin = await server.tokenWith('admin');
    const { status } = await server.call(admin, '/admin/v1/clients', 'POST', { redirect_uris: [uri] });
    expect(status).toBe(422);
  });
});
