import type { Cookie } from 'tough-cookie';
import { Browser, type Page } from '../browser.js';
import type { Flow } from '../flow.js';
import { passThrough, summary } from '../sign-in.js';

/** A browser opens a route with redirect login: the gateway is the client and keeps the tokens. */
export async function signInAtGateway(flow: Flow): Promise<void> {
  const { demo } = flow;
  const browser = new Browser();
  const site = `${demo.gateway}/site`;

  const authorize = `${demo.issuer}/oauth2/authorize?`;
  const first = await browser.open(site, { stopAt: authorize });
  flow.check(
    'the gateway sends the browser to the authorization endpoint',
    first.url.startsWith(authorize),
    summary(first),
  );
  const asked = new URL(first.url).searchParams;
  flow.check(
    'with state and PKCE S256, to come back to the gateway itself',
    asked.has('state') &&
      asked.get('code_challenge_method') === 'S256' &&
      asked.get('redirect_uri') === `${demo.gateway}/.gatehouse/callback`,
    first.url,
  );
  const before = await gatewayCookies(browser, demo.gateway);

  const page = await passThrough(browser, first.url, demo.user);
  flow.check(
    'after login the browser sees the page it asked for',
    page.status === 200 && page.url === site,
    summary(page),
  );
  flow.saw(`page: "${page.text.slice(0, 100)}"`);
  flow.check("the upstream's page names the user", page.text.includes(flow.left('userName')), page.text);
  checkSession(flow, before, await gatewayCookies(browser, demo.gateway));

  const again = await browser.open(site, { most: 0 });
  flow.check('the session serves the next visit without a redirect', again.status === 200, summary(again));
  await checkFixation(flow, before);
  checkCallback(flow, browser.received);
  await checkNoTokenSeen(flow, browser);
}

function checkSession(flow: Flow, before: Cookie[], after: Cookie[]): void {
  const sessions = after.filter((cookie) => !before.some((old) => old.value === cookie.value));
  flow.check('the login brought a fresh session id', sessions.length > 0, after.map(String));
  flow.check(
    'in a cookie with HttpOnly, SameSite and Path=/',
    sessions.every(
      (cookie) => cookie.httpOnly && ['lax', 'strict'].includes(cookie.sameSite ?? '') && cookie.path === '/',
    ),
    sessions.map(String),
  );
}

/** Session fixation: who knew the cookies from before the login must not be logged in by them. */
async function checkFixation(flow: Flow, before: Cookie[]): Promise<void> {
  const stranger = new Browser();
  await Promise.all(before.map((cookie) => stranger.jar.setCookie(cookie, flow.demo.gateway)));
  const page = await stranger.open(`${flow.demo.gateway}/site`, { most: 0 });
  flow.check(
    'the cookies from before the login open nothing (session fixation)',
    page.status >= 300 && page.status < 400,
    summary(page),
  );
}

function checkCallback(flow: Flow, received: Page[]): void {
  const callback = received.find(({ url }) => url.startsWith(`${flow.demo.gateway}/.gatehouse/callback`));
  const answer = new URL(callback?.url ?? flow.demo.gateway).searchParams;
  flow.check(
    'the callback carried iss, the issuer (RFC 9207)',
    answer.get('iss') === flow.demo.issuer,
    callback?.url,
  );
}

async function checkNoTokenSeen(flow: Flow, browser: Browser): Promise<void> {
  const everything = await browser.everythingSeen();
  const jwt = /eyJ[\w-]{4,}\.eyJ[\w-]{4,}/.exec(everything)?.[0];
  flow.check('no body, header, cookie or address held a JWT', jwt === undefined, jwt);
  const member = /["'?&#](access_token|refresh_token|id_token)["'=]/.exec(everything)?.[0];
  flow.check('nor an access, refresh or ID token under its name', member === undefined, member);
}

async function gatewayCookies(browser: Browser, gateway: string): Promise<Cookie[]> {
  const cookies = await browser.jar.getCookies(`${gateway}/site`);
  return cookies.filter(({ key }) => /^(__Host-)?gh_gw/.test(key));
}
