import { mkdirSync, mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Browser, type BrowserContext, chromium, type Page } from 'playwright-core';
import { openTargetWithDemoApp, type Target } from '../e2e/target.js';
import { faultsOf, isFocused, tabTo } from './page-quality.js';

const CHROMIUM = process.env.CHROMIUM ?? '/usr/bin/chromium';
const FLAGS = [
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
];
const PHONE = { width: 360, height: 740 };
const DESK = { width: 1280, height: 800 };

/** Screenshots stay here, to be looked at. */
const PICTURES = process.env.SCREENSHOTS ?? mkdtempSync(join(tmpdir(), 'gatehouse-screenshots-'));

/** A page with what the browser, and we, hold against it. */
type MindedPage = Page & { complaints: string[] };

describe('the journeys of a person with a real browser', () => {
  let target: Target;
  let chrome: Browser;

  beforeAll(async () => {
    mkdirSync(PICTURES, { recursive: true });
    target = await openTargetWithDemoApp();
    chrome = await chromium.launch({ executablePath: CHROMIUM, args: FLAGS });
  });
  afterAll(async () => {
    await chrome?.close();
    await target?.stop();
  });

  /** A page in a browser profile of its own that runs no script of the page and minds every complaint. */
  async function newPage(colorScheme: 'light' | 'dark', viewport = PHONE): Promise<MindedPage> {
    const context: BrowserContext = await chrome.newContext({
      javaScriptEnabled: false,
      viewport,
      colorScheme,
    });
    context.setDefaultTimeout(10_000);
    const complaints: string[] = [];
    const page = await context.newPage();
    page.on('console', (message) => {
      if (message.type() === 'error' || /Content Security Policy/i.test(message.text()))
        complaints.push(message.text());
    });
    page.on('requestfailed', (request) =>
      complaints.push(`${request.url()}: ${request.failure()?.errorText}`),
    );
    return Object.assign(page, { complaints });
  }

  async function look(page: MindedPage, name: string): Promise<void> {
    await page.screenshot({ path: join(PICTURES, `${name}.png`), fullPage: true });
    const faults = await faultsOf(page);
    page.complaints.push(...faults.map((fault) => `${name}: ${fault}`));
  }

  /** A request of the demo app's client that asks for consent again. */
  function consentUrl(): string {
    const { client, issuer } = target.demo;
    const parameters = new URLSearchParams({
      response_type: 'code',
      client_id: client.client_id,
      redirect_uri: client.redirect_uris[0] ?? '',
      scope: 'openid profile demo:read',
      state: 'x',
      code_challenge: 'E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM',
      code_challenge_method: 'S256',
      prompt: 'consent',
    });
    return `${issuer}/oauth2/authorize?${parameters.toString()}`;
  }

  /** A refusal's status is an error to the console too. */
  function isNoStatus(complaint: string): boolean {
    return !complaint.startsWith('Failed to load resource');
  }

  async function typeCredentials(page: Page): Promise<void> {
    const { username, password } = target.demo.user;
    await tabTo(page, 'input[name=username]');
    await page.keyboard.type(username);
    await page.keyboard.press('Tab');
    expect(await isFocused(page, 'input[name=password]')).toBe(true);
    await page.keyboard.type(password);
    await enter(page);
  }

  /** Presses Enter and waits for the page that comes. */
  async function enter(page: Page): Promise<void> {
    const navigated = page.waitForEvent('framenavigated');
    await page.keyboard.press('Enter');
    await navigated;
    await page.waitForLoadState();
  }

  describe.each([
    ['phone, light', 'light', PHONE],
    ['phone, dark', 'dark', PHONE],
    ['desk, light', 'light', DESK],
    ['desk, dark', 'dark', DESK],
  ] as const)('%s', (name, scheme, viewport) => {
    const picture = (what: string) => `${what}, ${name}`;

    it('signs in to the demo web app by keyboard alone, without JavaScript, and calls the API', async () => {
      const page = await newPage(scheme, viewport);
      const app = new URL(target.demo.client.redirect_uris[0] ?? '').origin;
      await page.goto(app);
      await look(page, picture('demo app, signed out'));
      await tabTo(page, 'main button, main a');
      await enter(page);
      await page.waitForURL(`${target.demo.issuer}/**`);
      await look(page, picture('login'));
      await typeCredentials(page);
      const allow = 'button[name=decision][value=allow]';
      if (await page.locator(allow).count()) {
        await look(page, picture('consent'));
        await tabTo(page, allow);
        await enter(page);
      }
      await page.waitForURL(`${app}/**`);
      await look(page, picture('demo app, signed in'));
      await tabTo(page, 'form[action*=call] button');
      await enter(page);
      await page.getByText('/hello').first().waitFor();
      await look(page, picture('demo app, API called'));
      expect(page.complaints).toEqual([]);
      await page.context().close();
    });

    it('signs in at the gateway for /site, which names the user', async () => {
      const page = await newPage(scheme, viewport);
      await page.goto(`${target.demo.gateway}/site`);
      expect(page.url().startsWith(target.demo.issuer)).toBe(true);
      await look(page, picture('gateway login'));
      await typeCredentials(page);
      const allow = page.locator('button[name=decision][value=allow]');
      if (await allow.count()) await allow.click();
      await page.waitForURL(`${target.demo.gateway}/site`);
      await look(page, picture('site'));
      expect(await page.textContent('body')).toContain('Demo User');
      await page.goto(consentUrl());
      await look(page, picture('consent, asked again'));
      await page.locator('button[name=decision][value=deny]').click();
      await page.waitForURL(/error=access_denied/);
      await look(page, picture('demo app, denied'));
      expect(page.complaints.filter(isNoStatus)).toEqual([]);
      const cookies = await page.context().cookies();
      expect(cookies.filter(({ httpOnly }) => !httpOnly)).toEqual([]);
      await page.context().close();
    });

    it('shows its refusals as pages', async () => {
      const page = await newPage(scheme, viewport);
      await page.goto(
        `${target.demo.issuer}/oauth2/authorize?client_id=nobody&redirect_uri=https://evil.example/`,
      );
      await look(page, picture('unknown client'));
      await page.goto(`${target.demo.gateway}/site`);
      await page.locator('input[name=username]').fill(`somebody-${name.length}`);
      await page.locator('input[name=password]').fill('wrong');
      await enter(page);
      await look(page, picture('wrong password'));
      await page.goto(`${target.demo.gateway}/.gatehouse/callback?code=x&state=y`);
      await look(page, picture('foreign callback'));
      await page.goto(`${target.demo.issuer}/interaction/no-such-interaction`);
      await look(page, picture('expired'));
      expect(page.complaints.filter(isNoStatus)).toEqual([]);
      await page.context().close();
    });
  });
});
