import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { Browser } from '../../examples/demo-flow/src/browser.js';
import { consentForm, decide, logIn, loginForm, summary } from '../../examples/demo-flow/src/sign-in.js';
import { openTargetWithDemoApp, type Target } from './target.js';

/** Runs the real curl; its standard output: the body, then the status on a line of its own. */
async function curl(...parameters: string[]): Promise<{ status: number; body: string }> {
  const fixed = ['--silent', '--show-error', '--max-time', '10', '--write-out', '\n%{http_code}'];
  const { stdout } = await promisify(execFile)('curl', [...fixed, ...parameters]);
  const end = stdout.lastIndexOf('\n');
  return { status: Number(stdout.slice(end + 1)), body: stdout.slice(0, end) };
}

describe('clients that nobody here wrote', () => {
  let target: Target;

  beforeAll(async () => {
    target = await openTargetWithDemoApp();
  });
  afterAll(() => target.stop());

  it('curl: client_credentials, a call through the gateway, introspection, revocation', async () => {
    const { issuer, client, api } = target.demo;
    const user = ['--user', `${client.client_id}:${client.client_secret}`];
    const granted = await curl(
      ...user,
      '--data',
      'grant_type=client_credentials',
      '--data-urlencode',
      'scope=demo:read',
      `${issuer}/oauth2/token`,
    );
    expect(granted.status).toBe(200);
    const token = (JSON.parse(granted.body) as { access_token: string }).access_token;

    const called = await curl('--oauth2-bearer', token, `${api.url}/hello`);
    expect(called.status).toBe(200);
    expect(called.body).toContain(client.client_id);

    const inspect = [...user, '--data-urlencode', `token=${token}`, `${issuer}/oauth2/introspect`];
    expect(JSON.parse((await curl(...inspect)).body)).toMatchObject({
      active: true,
      scope: 'demo:read',
      client_id: client.client_id,
    });

    expect(
      (await curl(...user, '--data-urlencode', `token=${token}`, `${issuer}/oauth2/revoke`)).status,
    ).toBe(200);
    expect(JSON.parse((await curl(...inspect)).body)).toEqual({ active: false });
    await new Promise((resolve) => setTimeout(resolve, 1000));
    expect((await curl('--oauth2-bearer', token, `${api.url}/hello`)).status).toBe(401);
  });

  it('passport-oauth2 in the demo web app: sign in by its button, then call the API', async () => {
    const browser = new Browser();
    const app = new URL(target.demo.client.redirect_uris[0] ?? '').origin;
    const home = await browser.open(app);
    expect(home.status).toBe(200);
    const begin = home.forms[0];
    const link = /href="([^"]*(?:login|sign)[^"]*)"/i.exec(home.body)?.[1];
    let page = begin
      ? await browser.submit(begin, {})
      : await browser.open(new URL(link ?? '', home.url).href);
    expect({ login: loginForm(page) !== undefined, seen: summary(page) }).toMatchObject({ login: true });
    page = await logIn(browser, page, target.demo.user);
    if (consentForm(page)) page = await decide(browser, page, 'allow');
    expect({ origin: new URL(page.url).origin, status: page.status }).toEqual({ origin: app, status: 200 });

    const call = page.forms.find((form) =>
      /call|api/i.test(form.action + form.buttons.map((b) => b.label).join(' ')),
    );
    const answered = call ? await browser.submit(call, {}) : page;
    expect({ status: answered.status, text: answered.text }).toEqual({
      status: 200,
      text: expect.stringMatching(/\/hello.*demo-app/),
    });
    expect(await browser.everythingSeen()).not.toMatch(/eyJ[\w-]{4,}\.eyJ[\w-]{4,}/);
  });
});
