import { newSecret, s256Challenge } from '@gatehouse/token';
import { SessionsService } from '../../apps/auth-server/src/sessions/sessions.service.js';
import { Browser, type Page } from '../../examples/demo-flow/src/browser.js';
import { AuthServer, type TestClient } from './auth-server.js';
import { answerOf, ask, CALLBACK, FROM_ITS_PAGE, logIn, newUser, signedIn } from './people.js';

const FIREFOX = 'Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0';

describe('/account/sessions', () => {
  let server: AuthServer;
  let client: TestClient;

  beforeAll(async () => {
    server = await AuthServer.start();
    client = await server.client({ client_name: 'Shop <b>' });
  });
  afterAll(() => server.stop());

  const open = (browser: Browser): Promise<Page> => browser.open(`${server.url}/account/sessions`);
  const press = (browser: Browser, page: Page, end: string, nth = 0, values: Record<string, string> = {}) =>
    browser.submit(page.forms.filter((form) => form.action.endsWith(end))[nth]!, values, {
      headers: FROM_ITS_PAGE,
    });

  it('asks who is there, by the login that applications use, and comes back', async () => {
    const browser = new Browser();
    const { username } = await newUser(server);
    const login = await open(browser);
    expect(login.text).toContain('to continue to your account');
    const page = await logIn(browser, login, username);
    expect([page.url, page.status]).toEqual([`${server.url}/account/sessions`, 200]);
    expect(page.text).toContain('Where you are signed in');
    expect(page.text).toContain('this browser');
  });

  it('lists browsers by what they are, address, time and applications, and what may act for the person', async () => {
    const { browser, user } = await signedIn(server, client);
    await server.get(SessionsService).create(user.id, ['pwd'], { userAgent: FIREFOX, address: '192.0.2.7' });
    const page = await open(browser);
    expect(page.text).toContain('Firefox on Linux');
    expect(page.text).toContain('192.0.2.7');
    expect(page.text).toMatch(/signed in \d{4}-\d\d-\d\d \d\d:\d\d UTC/);
    expect(page.text).toContain('Signed in to Shop <b>');
    expect(page.text).toContain('Read from the demo API');
    expect(page.body).not.toContain('Shop <b>');
  });

  it('signs out of another browser, at once; the applications it signed in to end with it', async () => {
    const { browser, user } = await signedIn(server, client);
    const sessions = server.get(SessionsService);
    const other = await sessions.create(user.id, ['pwd'], { userAgent: FIREFOX });
    const page = await press(browser, await open(browser), '/end', 0);
    expect(page.url).toBe(`${server.url}/account/sessions`);
    expect(await sessions.find(other)).toBeUndefined();
    expect(page.text).not.toContain('Firefox');
    expect(answerOf(await ask(server, client, { prompt: 'none' }, browser)).code).toBeTruthy();
  });

  it('signs out of this browser', async () => {
    const { browser } = await signedIn(server, client);
    const page = await press(browser, await open(browser), '/end');
    expect(page.text).toContain('You are signed out');
    expect(answerOf(await ask(server, client, { prompt: 'none' }, browser)).error).toBe('login_required');
  });

  it('takes access from an application: tokens end, and consent is asked for again', async () => {
    const verifier = newSecret();
    const members = { scope: 'openid offline_access demo:read', code_challenge: s256Challenge(verifier) };
    const { browser } = await signedIn(server, client, members);
    const { code } = answerOf(await ask(server, client, members, browser));
    const form = { grant_type: 'authorization_code', code, redirect_uri: CALLBACK, code_verifier: verifier };
    const tokens = (await server.post('/oauth2/token', form, client)).body;
    const page = await press(browser, await open(browser), '/revoke');
    expect(page.text).toContain('No application may act for you');
    expect(await server.isActive(client, tokens.access_token as string)).toBe(false);
    expect((await server.refresh(client, tokens.refresh_token as string)).body.error).toBe('invalid_grant');
    const again = await ask(server, client, { prompt: 'none' }, browser);
    expect(answerOf(again).error).toBe('consent_required');
  });

  it('RFC 6749 §10.12: forms from elsewhere, or shown to somebody else, do nothing', async () => {
    const [one, two] = [await signedIn(server, client), await signedIn(server, client)];
    const page = await open(one.browser);
    const form = page.forms.find(({ action }) => action.endsWith('/end'))!;
    const cross = { headers: { 'sec-fetch-site': 'cross-site' } };
    const answers = [
      await one.browser.submit(
        { ...form, fields: { sid: form.fields.sid! } },
        {},
        { headers: FROM_ITS_PAGE },
      ),
      await one.browser.submit(form, {}, cross),
      await two.browser.submit(form, {}, { headers: FROM_ITS_PAGE }),
    ];
    expect(answers.map(({ status }) => status)).toEqual([403, 403, 403]);
    expect(await server.get(SessionsService).ofUser(one.user.id)).toHaveLength(1);
  });

  it("ends nobody else's session, whatever sid is sent", async () => {
    const [one, two] = [await signedIn(server, client), await signedIn(server, client)];
    const [foreign] = await server.get(SessionsService).ofUser(two.user.id);
    await press(one.browser, await open(one.browser), '/end', 0, { sid: foreign!.sid });
    expect(await server.get(SessionsService).ofUser(two.user.id)).toHaveLength(1);
  });

  it('cannot be framed, runs no script and is kept by no cache', async () => {
    const { browser } = await signedIn(server, client);
    const { headers, body } = await open(browser);
    expect(headers['content-security-policy']).toContain("frame-ancestors 'none'");
    expect(headers['cache-control']).toBe('no-store');
    expect(body).not.toContain('<script');
  });
});
