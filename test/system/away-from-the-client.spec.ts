import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Browser, chromium, type Page } from 'playwright-core';
import { AuthServer, type TestClient } from '../auth-server/auth-server.js';
import { newUser, PASSWORD } from '../auth-server/people.js';
import { faultsOf, isFocused } from './page-quality.js';

const CHROMIUM = process.env.CHROMIUM ?? '/usr/bin/chromium';
const FLAGS = ['--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run'];
const PICTURES = process.env.SCREENSHOTS ?? mkdtempSync(join(tmpdir(), 'gatehouse-screenshots-'));
const DEVICE_CODE = 'urn:ietf:params:oauth:grant-type:device_code';
const CIBA = 'urn:openid:params:grant-type:ciba';

describe('signing in for a client that is elsewhere, on a phone, without JavaScript', () => {
  let server: AuthServer;
  let chrome: Browser;
  let client: TestClient;

  beforeAll(async () => {
    server = await AuthServer.start({ REDIS_URL: '' });
    chrome = await chromium.launch({ executablePath: CHROMIUM, args: FLAGS });
    client = await server.client({
      client_name: 'Living-room television',
      redirect_uris: [],
      grant_types: [DEVICE_CODE, CIBA],
    });
  });
  afterAll(async () => {
    await chrome?.close();
    await server?.stop();
  });

  async function openPage(colorScheme: 'light' | 'dark') {
    const viewport = { width: 360, height: 740 };
    const context = await chrome.newContext({ javaScriptEnabled: false, viewport, colorScheme });
    context.setDefaultTimeout(10_000);
    const page = await context.newPage();
    const complaints: string[] = [];
    page.on('console', (message) => {
      // Chromium tells of the status that a wrong code has.
      if (!message.text().includes('status of 400')) complaints.push(message.text());
    });
    const look = async (name: string) => {
      await page.screenshot({ path: join(PICTURES, `${name}-${colorScheme}.png`), fullPage: true });
      complaints.push(...(await faultsOf(page)).map((fault) => `${name}: ${fault}`));
    };
    return { page, complaints, look };
  }

  async function signIn(page: Page): Promise<void> {
    const { username } = await newUser(server);
    await signInAs(page, username);
  }

  async function signInAs(page: Page, username: string): Promise<void> {
    await page.getByLabel('User name').fill(username);
    await page.getByLabel('Password').fill(PASSWORD);
    await page.getByRole('button', { name: 'Sign in' }).click();
  }

  it.each(['light', 'dark'] as const)('RFC 8628 §3.3: connects a device, in %s mode', async (mode) => {
    const { page, complaints, look } = await openPage(mode);
    const form = { scope: 'openid profile demo:read' };
    const { body } = await server.post('/oauth2/device_authorization', form, client);
    await page.goto(`${server.url}/device`);
    expect(await isFocused(page, '#user_code')).toBe(true);
    await page.getByLabel('Code').fill('BCDF-GHJK');
    await page.keyboard.press('Enter');
    await page.getByText('This code is not right').waitFor();
    await look('device-wrong-code');
    await page.goto(`${server.url}/device?user_code=${body.user_code as string}`);
    await page.locator('svg.qr').waitFor();
    await look('device-code');
    await page.getByRole('button', { name: 'Continue' }).click();
    await signIn(page);
    await page.getByText(body.user_code as string).waitFor();
    await look('device-confirm');
    await page.getByRole('button', { name: 'Allow' }).click();
    await page.getByText('Your device is connected').waitFor();
    await look('device-done');
    expect(complaints).toEqual([]);
    const poll = { grant_type: DEVICE_CODE, device_code: body.device_code as string };
    expect((await server.post('/oauth2/token', poll, client)).status).toBe(200);
  });

  it.each(['light', 'dark'] as const)('OpenID CIBA Core: answers a request, in %s mode', async (mode) => {
    const { page, complaints, look } = await openPage(mode);
    const { username } = await newUser(server);
    const form = { scope: 'openid demo:read', login_hint: username, binding_message: 'W4SCT' };
    const { body } = await server.post('/oauth2/bc-authorize', form, client);
    await page.goto(`${server.url}/ciba`);
    await signInAs(page, username);
    await page.getByText('W4SCT').waitFor();
    await look('ciba');
    await page.getByRole('button', { name: 'Allow' }).click();
    await page.getByText('Allowed. You can go back').waitFor();
    await look('ciba-done');
    expect(complaints).toEqual([]);
    const poll = { grant_type: CIBA, auth_req_id: body.auth_req_id as string };
    expect((await server.post('/oauth2/token', poll, client)).status).toBe(200);
  });
});
