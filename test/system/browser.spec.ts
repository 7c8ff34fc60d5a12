import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Browser, chromium, type Page } from 'playwright-core';
import { type RunningGatehouse, startGatehouse } from '../support/gatehouse.js';

const PHONE = { width: 375, height: 812 };
const ARGUMENTS = [
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
];

interface DemoFile {
  readonly user: { readonly username: string; readonly password: string };
}

describe('the pages in Chromium, on a phone, without JavaScript', () => {
  const screenshots = process.env.SCREENSHOTS ?? mkdtempSync(join(tmpdir(), 'gatehouse-screens-'));
  let gatehouse: RunningGatehouse;
  let browser: Browser;
  let user: DemoFile['user'];

  beforeAll(async () => {
    gatehouse = await startGatehouse();
    ({ user } = gatehouse.demo() as DemoFile);
    browser = await chromium.launch({
      executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium',
      args: ARGUMENTS,
    });
  }, 120_000);

  afterAll(async () => {
    await browser?.close();
    await gatehouse?.stop();
    if (!process.env.SCREENSHOTS) rmSync(screenshots, { recursive: true, force: true });
  });

  async function open(colorScheme: 'light' | 'dark'): Promise<Page> {
    const context = await browser.newContext({ viewport: PHONE, javaScriptEnabled: false, colorScheme });
    return context.newPage();
  }

  /** No sideways scrolling, and every field has a label: what a small screen and a screen reader need. */
  async function checkReadable(page: Page, name: string): Promise<void> {
    await page.screenshot({ path: join(screenshots, `${name}.png`) });
    const box = await page.locator('main').boundingBox();
    // The style sheet's own margin: without it (a policy that does not fit the page) the page stands at 8 px.
    expect(box!.x).toBe(16);
    expect(box!.x + box!.width).toBeLessThanOrEqual(PHONE.width);
    expect(await page.locator('h1').count()).toBe(1);
    for (const field of await page.locator('input:not([type=hidden])').all()) {
      const id = await field.getAttribute('id');
      expect(await page.locator(`label[for="${id}"]`).count()).toBe(1);
    }
  }

  it.each(['light', 'dark'] as const)(
    'signs in at a gateway route with the keyboard alone (%s)',
    async (scheme) => {
      const page = await open(scheme);
      await page.goto(`${gatehouse.gateway}/site`);
      expect(page.url()).toContain(`${gatehouse.issuer}/interaction/`);
      await checkReadable(page, `login-${scheme}`);

      // The field to fill in first has the focus.
      await page.keyboard.type(user.username);
      await page.keyboard.press('Tab');
      await page.keyboard.type('not the password');
      await page.keyboard.press('Enter');
      await page.waitForSelector('[role=alert]');
      await checkReadable(page, `login-error-${scheme}`);

      await page.keyboard.type(user.password);
      await page.keyboard.press('Enter');
      await page.waitForURL(`${gatehouse.gateway}/site`);
      expect(await page.textContent('body')).toContain('Demo User');
      await page.context().close();
    },
  );

  it('shows an unknown client on a page of its own, and goes nowhere (RFC 6749 §4.1.2.1)', async () => {
    const page = await open('light');
    const answer = await page.goto(
      `${gatehouse.issuer}/oauth2/authorize?client_id=nobody&redirect_uri=https://evil.example`,
    );
    expect(answer!.status()).toBe(400);
    expect(page.url()).toContain(gatehouse.issuer);
    await checkReadable(page, 'error');
    await page.context().close();
  });
});
