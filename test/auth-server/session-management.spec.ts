import { webcrypto } from 'node:crypto';
import { Browser } from '../../examples/demo-flow/src/browser.js';
import { AuthServer, type TestClient } from './auth-server.js';
import { answerOf, ask, decide, logIn, newUser } from './people.js';

const ORIGIN = 'http://127.0.0.1';

describe('OpenID Connect Session Management', () => {
  let server: AuthServer;
  let client: TestClient;

  beforeAll(async () => {
    server = await AuthServer.start({ GATEHOUSE_SESSION_MANAGEMENT: 'true' });
    client = await server.client();
  });
  afterAll(() => server.stop());

  /** Runs the frame's script in a browser of little more than a cookie jar; what it answers to a message. */
  async function askFrame(cookie: string, data: unknown, origin = ORIGIN): Promise<string> {
    const { body } = await server.fetch('/check-session');
    const script = /<script>([\s\S]*)<\/script>/.exec(body.text as string)![1]!;
    return new Promise((answer) => {
      type Handler = (event: object) => void;
      const addEventListener = (_name: string, handler: Handler) =>
        handler({ data, origin, source: { postMessage: answer } });
      const run = new Function('addEventListener', 'document', 'crypto', script) as (
        ...globals: unknown[]
      ) => void;
      run(addEventListener, { cookie }, webcrypto);
    });
  }

  async function signIn(browser: Browser): Promise<string> {
    const { username } = await newUser(server);
    const consent = await logIn(browser, await ask(server, client, {}, browser), username);
    return answerOf(await decide(browser, consent, 'allow')).session_state!;
  }
  const cookieOf = async (browser: Browser) => {
    const state = (await browser.cookiesFor(server.url)).get('gh_as_state');
    return state === undefined ? '' : `other=1; gh_as_state=${state}`;
  };

  it('§3.3: discovery names the frame, which any application may show', async () => {
    const { body } = await server.fetch('/.well-known/openid-configuration');
    expect(body.check_session_iframe).toBe('http://issuer.test/check-session');
    const { headers, status } = await server.fetch('/check-session');
    expect([status, headers.get('x-frame-options')]).toEqual([200, null]);
    expect(headers.get('content-security-policy')).toMatch(
      /^default-src 'none'; script-src 'sha256-[^']+'; base-uri 'none'$/,
    );
  });

  it('§2, §3.2: session_state is unchanged while the person is signed in, and changed after', async () => {
    const browser = new Browser();
    const state = await signIn(browser);
    const message = `${client.clientId} ${state}`;
    const cookie = await cookieOf(browser);
    expect(await askFrame(cookie, message)).toBe('unchanged');
    expect(await askFrame('', message)).toBe('changed');
    expect(await askFrame(cookie, message, 'https://evil.example')).toBe('changed');
    expect(await askFrame(cookie, `other ${state}`)).toBe('changed');
    const page = await browser.open(`${server.url}/logout`);
    await browser.submit(page.forms[0]!, {}, { headers: { 'sec-fetch-site': 'same-origin' } });
    expect(await askFrame(await cookieOf(browser), message)).toBe('changed');
  });

  it.each([[''], ['x'], ['client nosalt'], [7], [null]])('§3.2: %j is an error', async (data) => {
    expect(await askFrame('', data)).toBe('error');
  });

  it('§2: the cookie that scripts can read tells nothing about the session, and no session_state is like another', async () => {
    const browser = new Browser();
    const first = await signIn(browser);
    const cookies = await browser.cookiesFor(server.url);
    expect(cookies.get('gh_as_state')).not.toContain(cookies.get('gh_as_session')!);
    expect(answerOf(await ask(server, client, {}, browser)).session_state).not.toBe(first);
  });

  it('only OpenID requests get it, and nobody while it is off', async () => {
    const browser = new Browser();
    await signIn(browser);
    expect(answerOf(await ask(server, client, { scope: 'demo:read' }, browser))).not.toHaveProperty(
      'session_state',
    );
    const off = await AuthServer.start();
    expect((await off.fetch('/check-session')).status).toBe(404);
    expect((await off.fetch('/.well-known/openid-configuration')).body).not.toHaveProperty(
      'check_session_iframe',
    );
    await off.stop();
  });
});
