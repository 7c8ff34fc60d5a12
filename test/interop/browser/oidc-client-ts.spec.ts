import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { type Browser, chromium, type Page } from 'playwright-core';
import { adminToken, register } from '../../e2e/authorization.js';
import { type GatewayUnderTest, startGateway } from '../../gateway/gateway.js';

const CHROMIUM = process.env.CHROMIUM ?? '/usr/bin/chromium';
const LIBRARY = readFileSync('node_modules/oidc-client-ts/dist/browser/oidc-client-ts.min.js', 'utf8');

const APP = `<!doctype html><meta charset="utf-8"><title>An app in the browser</title>
<script src="/oidc.js"></script>
<script>
  const manager = () => new oidc.UserManager({ ...JSON.parse(localStorage.settings),
    userStore: new oidc.WebStorageStateStore({ store: localStorage }) });
  const done = (result) => { document.body.dataset.result = JSON.stringify(result); };
  addEventListener('load', () => {
    if (location.pathname === '/callback')
      manager().signinCallback().then(
        (user) => done({ sub: user.profile.sub, name: user.profile.preferred_username, scope: user.scope }),
        (error) => done({ error: String(error) }));
  });
</script><body></body>`;

/** A single-page app: a public client, its code in the browser, its calls from an origin of its own. */
describe('oidc-client-ts 3 in Chromium', () => {
  let gateway: GatewayUnderTest;
  let app: Server;
  let origin: string;
  let chrome: Browser;
  let page: Page;

  beforeAll(async () => {
    gateway = await startGateway();
    app = createServer((request, response) => {
      const script = request.url === '/oidc.js';
      response.setHeader('content-type', script ? 'text/javascript' : 'text/html');
      response.end(script ? LIBRARY : APP);
    }).listen(0, '127.0.0.1');
    await once(app, 'listening');
    origin = `http://127.0.0.1:${(app.address() as AddressInfo).port}`;
    const { demo } = gateway;
    const { client_id: clientId } = await register(demo, await adminToken(demo), {
      redirect_uris: [`${origin}/callback`],
      token_endpoint_auth_method: 'none',
      grant_types: ['authorization_code', 'refresh_token'],
    });
    chrome = await chromium.launch({ executablePath: CHROMIUM, args: ['--no-sandbox', '--disable-gpu'] });
    page = await chrome.newPage();
    page.setDefaultTimeout(15_000);
    await page.goto(origin);
    const settings = {
      authority: demo.issuer,
      client_id: clientId,
      redirect_uri: `${origin}/callback`,
      scope: 'openid profile offline_access demo:read',
      loadUserInfo: true,
    };
    await page.evaluate((text) => localStorage.setItem('settings', text), JSON.stringify(settings));
  });
  afterAll(async () => {
    await chrome?.close();
    app?.close();
    await gateway?.stop();
  });

  async function result(): Promise<Record<string, string>> {
    const body = page.locator('body[data-result]');
    await body.waitFor({ state: 'attached' });
    return JSON.parse((await body.getAttribute('data-result'))!) as Record<string, string>;
  }

  it('signs in by redirect, reads UserInfo and validates the answer', async () => {
    // Not awaited in the page: the answer is that the page goes away.
    await page.evaluate('void manager().signinRedirect()');
    await page.getByLabel(/user ?name/i).fill(gateway.demo.user.username);
    await page.getByLabel(/password/i).fill(gateway.demo.user.password);
    await page.getByRole('button', { name: /sign in|log in/i }).click();
    await page.getByRole('button', { name: /allow/i }).click();
    expect(await result()).toMatchObject({ name: 'demo', sub: expect.stringMatching(/./) as string });
  });

  it('refreshes without leaving the page, by the rotated token', async () => {
    for (let round = 0; round < 2; round++) {
      const renewed = await page.evaluate('manager().signinSilent().then((user) => !!user.access_token)');
      expect(renewed).toBe(true);
    }
  });

  it('takes its tokens back', async () => {
    await page.evaluate("manager().revokeTokens(['access_token', 'refresh_token'])");
    const failure = await page.evaluate(
      "manager().signinSilent().then(() => 'renewed', (e) => e.error ?? String(e))",
    );
    expect(failure).not.toBe('renewed');
  });
});
