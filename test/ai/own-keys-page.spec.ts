import { setTimeout as sleep } from 'node:timers/promises';
import pg from 'pg';
import { Browser, type Page } from '../../examples/demo-flow/src/browser.js';
import { callApi } from '../../examples/demo-flow/src/http-call.js';
import { cookieOf, putClients } from '../gateway/login-clients.js';
import { type OtherIssuer, startOtherIssuer, SUBJECT } from '../gateway/other-issuer.js';
import { type AiGateway, startAiGateway } from './ai-gateway.js';
import { json } from './provider-server.js';
import { openAiAnswer } from './wire-shapes.js';

const PATH = '/.gatehouse/ai-keys';
const PAGE = `${PATH}?client=staff`;
const DAY = 86_400_000;
const BEN = 'ben-1';

let gateway: AiGateway;
let issuer: OtherIssuer;
let database: pg.Client;

beforeAll(async () => {
  gateway = await startAiGateway({ GATEHOUSE_USAGE_FLUSH_MS: '50' });
  issuer = await startOtherIssuer();
  await putClients(gateway.app, issuer, { staff: {} });
  await gateway.addRoute({
    name: 'own',
    match: { paths: ['/own'] },
    ai: {},
    guards: [{ any_of: [{ type: 'api_key', personal_keys: true }] }],
  });
  database = new pg.Client(gateway.databaseUrl);
  await database.connect();
});
afterAll(async () => {
  await database?.end();
  await gateway?.stop();
  await issuer?.stop();
});
beforeEach(() => {
  issuer.reset();
  gateway.openai.reset(json(openAiAnswer));
});

let teams = 0;
async function team(keys: object, members = [SUBJECT]): Promise<string> {
  const name = `team${++teams}`;
  const all = members.map((subject) => ({ issuer: 'login:staff', subject }));
  await gateway.add('teams', { name, members: all, keys });
  return name;
}

/** Somebody who has signed in and is at the page. */
async function signedIn(subject = SUBJECT): Promise<Browser> {
  issuer.behaviour.idToken = { sub: subject };
  issuer.behaviour.userinfo = { sub: subject, name: subject };
  const browser = new Browser();
  const page = await browser.open(gateway.url + PAGE);
  expect([page.status, page.url]).toEqual([200, gateway.url + PAGE]);
  return browser;
}

const open = (browser: Browser, below = '', query = '') =>
  browser.open(`${gateway.url}${PATH}${below}?client=staff${query}`);

async function make(browser: Browser, of: string, values: Record<string, string> = {}): Promise<Page> {
  const page = await open(browser, '/new', `&team=${of}`);
  return browser.submit(page.forms[0]!, { name: 'laptop', ...values });
}

const secretIn = (page: Page) => /ghk_[\w-]{20,}/.exec(page.text)![0];
const idIn = (page: Page, label: string) =>
  new RegExp(`ai-keys/(own-[0-9a-f]{24})/delete[^>]*>Delete<span class="unseen"> ${label}<`).exec(
    page.body,
  )?.[1];

const call = async (secret: string) =>
  (
    await gateway.post(
      '/own/v1/chat/completions',
      { model: 'gpt', messages: [{ role: 'user', content: 'Hi' }] },
      { authorization: `Bearer ${secret}` },
    )
  ).status;

/** The page as soon as it says so: usage is written in batches. */
async function until(browser: Browser, text: RegExp): Promise<string> {
  for (let tries = 0; tries < 100; tries++) {
    const page = await open(browser);
    if (text.test(page.text)) return page.text;
    await sleep(50);
  }
  throw new Error(`The page does not say ${String(text)}: ${(await open(browser)).text}`);
}

describe('the page of one’s own AI keys', () => {
  it('asks to sign in, and comes back to what was asked for', async () => {
    const of = await team({ per_member: 1 });
    const browser = new Browser();
    const asked = `${gateway.url}${PATH}/new?team=${of}&client=staff`;
    const page = await browser.open(asked);
    expect([page.status, page.url]).toEqual([200, asked]);
    expect(page.headers['cache-control']).toBe('no-store');
  });

  it('makes a key, which is shown once; tells where it is good, what it is for and what it has used', async () => {
    const of = await team({ per_member: 2, models: ['gpt', 'flash'], max_days: 30 });
    const browser = await signedIn();
    const made = await make(browser, of, { days: '7', models: 'gpt' });
    expect([made.status, made.headers['cache-control']]).toEqual([201, 'no-store']);
    expect(made.text).toContain(`${gateway.url}/own/v1`);
    const secret = secretIn(made);
    const list = (await open(browser)).text;
    expect(list).toContain(`laptop · ${secret.slice(0, 12)}…`);
    expect(list).not.toContain(secret);
    const end = new Date(Date.now() + 7 * DAY).toISOString().slice(0, 10);
    expect(list).toMatch(new RegExp(`Team ${of} · gpt Good until ${end} .* Not used yet`));
    expect(await call(secret)).toBe(200);
    const used = await until(browser, /This month 1 call,/);
    expect(used).toMatch(new RegExp(`Last used ${new Date().toISOString().slice(0, 10)}`));
    const cost = Number(/This month 1 call, \$([0-9.]+)/.exec(used)![1]);
    const { rows } = await database.query<{ cost: string }>(
      'SELECT cost FROM gateway.ai_usage WHERE credential LIKE $1',
      ['own-%'],
    );
    expect(rows).toHaveLength(1);
    expect(cost).toBeCloseTo(Number(rows[0]!.cost), 4);
    const { rows: events } = await database.query(
      `SELECT type, user_id, client_id FROM gateway.audit_event WHERE detail ->> 'kind' = 'personal-keys'`,
    );
    expect(events).toEqual([{ type: 'config.created', user_id: SUBJECT, client_id: 'gateway' }]);
  });

  it('shows budgets of the key, of its owner and of the team, and what is used of them', async () => {
    const of = await team({ per_member: 2, models: ['gpt'] });
    const browser = await signedIn();
    const secret = secretIn(await make(browser, of));
    await gateway.add('ai-budgets', {
      name: 'each-key',
      of: 'key',
      unit: 'requests',
      limit: 1_000,
      per: 'month',
      only: { teams: [of] },
    });
    await gateway.add('ai-budgets', {
      name: 'money',
      of: 'team',
      unit: 'usd',
      limit: 2.5,
      per: 'day',
      only: { teams: [of] },
    });
    await gateway.add('ai-budgets', {
      name: 'mine',
      of: 'user',
      unit: 'tokens',
      limit: 9,
      per: 'day',
      only: { models: ['claude'] },
    });
    await gateway.add('ai-budgets', { name: 'secret', of: 'all', unit: 'usd', limit: 7_777, per: 'day' });
    expect(await call(secret)).toBe(200);
    const text = await until(browser, /Budget each-key ?: 1 of 1,000 calls, anew/);
    expect(text).toMatch(
      new RegExp(`Budget money \\(of the team ${of} ?\\): \\$0\\.00\\d* of \\$2\\.50, anew`),
    );
    expect(text).not.toContain('Budget mine');
    // Nobody is told of what all others use.
    expect(text).not.toContain('7,777');
  });

  it('deletes a key after asking: it is refused at once', async () => {
    const of = await team({ per_member: 1 });
    const browser = await signedIn();
    const secret = secretIn(await make(browser, of, { name: 'to go' }));
    expect(await call(secret)).toBe(200);
    const list = await open(browser);
    expect(list.text).toContain(`as many keys for the team ${of} as you may have: 1`);
    const asked = await open(browser, `/${idIn(list, 'to go')!}/delete`);
    expect(asked.text).toContain('stop working at once');
    const after = await browser.submit(asked.forms[0]!, {});
    expect([after.status, after.url]).toEqual([200, gateway.url + PAGE]);
    expect(after.text).not.toContain('to go');
    expect(await call(secret)).toBe(401);
    const again = await browser.submit(asked.forms[0]!, {});
    expect([again.status, again.text]).toEqual([404, expect.stringContaining('There is no such key')]);
  });

  it.each([
    [{ name: '' }, 'a name of 1 to 100 characters'],
    [{ name: 'x'.repeat(101) }, 'a name of 1 to 100 characters'],
    [{ days: '31' }, 'a whole number from 1 to 30'],
    [{ days: '0' }, 'a whole number from 1 to 30'],
    [{ days: '2e1' }, 'a whole number from 1 to 30'],
    [{ models: 'claude' }, 'not for keys of this team'],
  ])('says what is wrong with %o, and keeps what was typed', async (values, text) => {
    const of = await team({ per_member: 5, models: ['gpt'], max_days: 30 });
    const browser = await signedIn();
    const page = await make(browser, of, { days: '9', ...values });
    expect([page.status, page.text]).toEqual([422, expect.stringContaining(text)]);
    expect(page.body).toContain('role="alert"');
    const typed = { name: 'laptop', days: '9', ...values };
    expect(page.forms[0]!.fields).toMatchObject({ name: typed.name, days: typed.days });
    expect((await open(browser)).text).not.toContain(`Team ${of}`);
  });

  it('makes no more keys than the team allows, however the form comes', async () => {
    const of = await team({ per_member: 1 });
    const browser = await signedIn();
    const form = (await open(browser, '/new', `&team=${of}`)).forms[0]!;
    expect((await browser.submit(form, { name: 'first' })).status).toBe(201);
    const second = await browser.submit(form, { name: 'second' });
    expect([second.status, second.text]).toEqual([409, expect.stringContaining('as you may have: 1')]);
    expect(second.text).not.toContain('second');
  });

  it('of a team that is not one’s own makes none, and says no more than of no team', async () => {
    const bens = await team({ per_member: 5 }, [BEN]);
    const mine = await team({ per_member: 5 });
    const browser = await signedIn();
    for (const name of [bens, 'nothing']) {
      expect((await open(browser, '/new', `&team=${name}`)).status).toBe(404);
    }
    const form = (await open(browser, '/new', `&team=${mine}`)).forms[0]!;
    const got = await browser.submit(form, { name: 'x', team: bens });
    expect(got.status).toBe(422);
    expect(got.text).not.toContain(bens);
  });

  it('shows and deletes nobody else’s keys', async () => {
    const of = await team({ per_member: 5 }, [SUBJECT, BEN]);
    const [ada, ben] = [await signedIn(), await signedIn(BEN)];
    const secret = secretIn(await make(ada, of, { name: 'adas' }));
    expect((await open(ben)).text).not.toContain('adas');
    const id = idIn(await open(ada), 'adas')!;
    expect((await open(ben, `/${id}/delete`)).status).toBe(404);
    const bens = (await open(ben, '/new', `&team=${of}`)).forms[0]!;
    const deleting = { ...bens, action: `${gateway.url}${PATH}/${id}/delete?client=staff` };
    expect((await ben.submit(deleting, {})).status).toBe(404);
    expect(await call(secret)).toBe(200);
  });

  it('offers who may make none another account, so that nobody is stuck', async () => {
    const page = await open(await signedIn('eve-1'));
    expect(page.text).toContain('You are in no team whose members may make keys');
    expect(page.body).toContain('prompt=login');
  });

  describe('RFC 6749 §10.12: takes no form', () => {
    let of: string;
    let browser: Browser;
    beforeAll(async () => {
      of = await team({ per_member: 50 });
      browser = await signedIn();
    });

    async function send(fields: Record<string, string>, headers: Record<string, string>) {
      const cookie = await cookieOf(browser, gateway.url);
      const { fields: own } = (await open(browser, '/new', `&team=${of}`)).forms[0]!;
      const form = new URLSearchParams({ ...own, name: 'forged', ...fields }).toString();
      return callApi(gateway.url + PAGE, {
        headers: { cookie, ...headers },
        form,
      });
    }

    it('but its own', async () => {
      expect((await send({}, { origin: gateway.url })).status).toBe(201);
    });

    it.each<[string, Record<string, string>, Record<string, string>]>([
      ['of another site', {}, { origin: 'https://evil.example' }],
      ['of a page without an origin', {}, { origin: 'null' }],
      ['without an origin', {}, {}],
      ['of another site, as Sec-Fetch-Site says', {}, { 'sec-fetch-site': 'cross-site' }],
      ['without its token', { csrf: '' }, { 'sec-fetch-site': 'same-origin' }],
      ['with another token', { csrf: 'x'.repeat(43) }, { 'sec-fetch-site': 'same-origin' }],
    ])('%s', async (_, fields, headers) => {
      const got = await send(fields, headers);
      expect([got.status, String(got.headers['content-type'])]).toEqual([403, 'text/html; charset=utf-8']);
    });

    it('with the token of another login', async () => {
      const ben = await signedIn(BEN);
      await team({ per_member: 1 }, [BEN]);
      const { csrf } = (await open(browser, '/new', `&team=${of}`)).forms[0]!.fields;
      const bens = `team${teams}`;
      const form = (await open(ben, '/new', `&team=${bens}`)).forms[0]!;
      const got = await ben.submit({ ...form, fields: { ...form.fields, csrf: csrf! } }, { name: 'x' });
      expect([got.status, got.text]).toEqual([403, expect.stringContaining('Nothing was done')]);
    });
  });
});
