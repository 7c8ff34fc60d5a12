import { mkdirSync, mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Browser, chromium, type Page } from 'playwright-core';
import { type Demo, parseDemo } from '../../examples/demo-flow/src/demo-file.js';
import { callApi } from '../../examples/demo-flow/src/http-call.js';
import { json, type ProviderServer, startProvider } from '../ai/provider-server.js';
import { openAiAnswer } from '../ai/wire-shapes.js';
import { adminToken } from '../e2e/authorization.js';
import { type RunningGatehouse, startGatehouse } from '../support/gatehouse.js';
import { faultsOf, tabTo } from './page-quality.js';

const CHROMIUM = process.env.CHROMIUM ?? '/usr/bin/chromium';
const FLAGS = [
  ...['--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run'],
  ...['--disable-background-networking', '--disable-component-update', '--disable-sync'],
];
const PICTURES = process.env.SCREENSHOTS ?? mkdtempSync(join(tmpdir(), 'gatehouse-screenshots-'));
const PHONE = { width: 360, height: 740 };
const DESK = { width: 1280, height: 800 };

describe('one’s own AI keys, without JavaScript', () => {
  let servers: RunningGatehouse;
  let provider: ProviderServer;
  let demo: Demo;
  let chrome: Browser;
  let token: string;

  beforeAll(async () => {
    mkdirSync(PICTURES, { recursive: true });
    provider = await startProvider();
    provider.reset(json(openAiAnswer));
    servers = await startGatehouse({
      GATEHOUSE_ALLOW_PRIVATE_ADDRESSES: 'true',
      GATEHOUSE_USAGE_FLUSH_MS: '50',
    });
    demo = parseDemo(servers.demo());
    token = await adminToken(demo);
    const keys = [{ name: 'main', key: 'secret-key-0123456789' }];
    await create('ai-providers', { name: 'openai', type: 'openai', base_url: `${provider.url}/v1`, keys });
    for (const name of ['fast', 'large']) {
      await create('ai-models', { name, targets: [{ provider: 'openai', model: 'gpt-5-mini' }] });
    }
    const guards = [{ type: 'api_key', personal_keys: true }];
    await create('routes', { name: 'ai', match: { paths: ['/ai'] }, ai: {}, guards });
    const each = { of: 'key', unit: 'tokens', limit: 200_000, per: 'day', unknown: 'skip' };
    await create('ai-budgets', { name: 'each-key', ...each });
    await create('ai-budgets', { name: 'team-month', of: 'team', unit: 'usd', limit: 100, per: 'month' });
    chrome = await chromium.launch({ executablePath: CHROMIUM, args: FLAGS });
  }, 240_000);
  afterAll(async () => {
    await chrome?.close();
    await servers?.stop();
    await provider?.stop();
  });

  async function create(kind: string, definition: object): Promise<void> {
    const { status, text } = await callApi(`${demo.gateway}/admin/v1/${kind}`, { token, json: definition });
    expect([status, text]).toEqual([201, expect.anything()]);
  }

  /** Presses what has the focus, and waits for the page behind it. */
  async function press(page: Page): Promise<void> {
    const navigated = page.waitForEvent('framenavigated');
    await page.keyboard.press('Enter');
    await navigated;
    await page.waitForLoadState();
  }

  async function signIn(page: Page): Promise<void> {
    await page.getByLabel('User name').fill(demo.user.username);
    await page.getByLabel('Password').fill(demo.user.password);
    await page.getByRole('button', { name: 'Sign in' }).click();
    await page.waitForURL(`${demo.gateway}/.gatehouse/ai-keys`);
  }

  it.each([
    ['phone, light', 'light', PHONE],
    ['phone, dark', 'dark', PHONE],
    ['desk, light', 'light', DESK],
  ] as const)('are made, seen and deleted by keyboard alone: %s', async (name, colorScheme, viewport) => {
    const context = await chrome.newContext({ javaScriptEnabled: false, colorScheme, viewport });
    context.setDefaultTimeout(10_000);
    const page = await context.newPage();
    const complaints: string[] = [];
    page.on('console', (message) => void complaints.push(message.text()));
    const look = async (what: string) => {
      await page.screenshot({ path: join(PICTURES, `own keys, ${what}, ${name}.png`), fullPage: true });
      complaints.push(...(await faultsOf(page)).map((fault) => `${what}: ${fault}`));
    };
    const team = `team-${name.replace(', ', '-')}`;
    await page.goto(`${demo.gateway}/.gatehouse/ai-keys`);
    await signIn(page);
    if (name === 'phone, light') await look('no team');
    const { sub } = JSON.parse(
      (await (await context.request.get(`${demo.gateway}/.gatehouse/userinfo`)).text()) || '{}',
    ) as { sub: string };
    const rules = { per_member: 2, max_days: 30, models: ['fast', 'large'] };
    await create('teams', { name: team, members: [sub], keys: rules });

    await page.reload();
    await tabTo(page, `a[href*="team=${team}"]`);
    await press(page);
    await look('new');
    await tabTo(page, 'input[name=name]');
    await page.keyboard.type('laptop of a very long name that has to be broken somewhere');
    await tabTo(page, 'input[value=fast]');
    await page.keyboard.press('Space');
    await tabTo(page, 'input[name=days]');
    await page.keyboard.press('Control+A');
    await page.keyboard.type('99');
    await tabTo(page, 'form button');
    await press(page);
    await look('new, with a fault');
    expect(await page.getByRole('alert').textContent()).toContain('from 1 to 30');
    await tabTo(page, 'input[name=days]');
    await page.keyboard.press('Control+A');
    await page.keyboard.type('30');
    await tabTo(page, 'form button');
    await press(page);
    await look('made');
    const secret = (await page.locator('pre').textContent())!.trim();
    const answer = await callApi(`${demo.gateway}/ai/v1/chat/completions`, {
      token: secret,
      json: { model: 'fast', messages: [{ role: 'user', content: 'Hi' }] },
    });
    expect(answer.status).toBe(200);

    await tabTo(page, 'main a.button');
    await press(page);
    for (let tries = 0; tries < 50 && !(await page.getByText('This month 1 call').count()); tries++) {
      await page.waitForTimeout(100);
      await page.reload();
    }
    await look('list');
    expect(await page.getByText('Budget each-key: 12 of 200,000 tokens').count()).toBe(1);
    await tabTo(page, 'a[href$="/delete"]');
    await press(page);
    await look('delete');
    await tabTo(page, 'form button');
    await press(page);
    expect(await page.getByText('You have no keys yet').count()).toBe(1);
    await look('none');
    // Chromium tells of the form that was refused.
    const rest = complaints.filter((one) => !one.includes('status of 422'));
    expect(rest).toEqual([]);
    await context.close();
  });
});
