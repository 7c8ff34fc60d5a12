import { newSecret, s256Challenge } from '@gatehouse/token';
import { Browser, type Page } from '../../examples/demo-flow/src/browser.js';
import type { HtmlForm } from '../../examples/demo-flow/src/html-forms.js';
import { consentForm, loginForm } from '../../examples/demo-flow/src/sign-in.js';
import { SessionsService } from '../../apps/auth-server/src/sessions/sessions.service.js';
import { UsersService } from '../../apps/auth-server/src/users/users.service.js';
import type { AuthServer, TestClient } from './auth-server.js';

export const CALLBACK = 'http://127.0.0.1/callback';
export const PASSWORD = 'correct horse battery staple';

/** What a browser says of a form that it sends to the page's own site. */
export const FROM_ITS_PAGE = { 'sec-fetch-site': 'same-origin' };

export type Members = Readonly<Record<string, string | readonly string[] | undefined>>;

/** The parameters of a good request, changed; a member that is undefined is left out, a list is sent repeatedly. */
export function requestOf(client: TestClient, members: Members = {}): URLSearchParams {
  const all: Members = {
    response_type: 'code',
    client_id: client.clientId,
    redirect_uri: CALLBACK,
    scope: 'openid demo:read',
    state: 'the state',
    code_challenge: s256Challenge(newSecret()),
    code_challenge_method: 'S256',
    ...members,
  };
  const search = new URLSearchParams();
  for (const [name, value] of Object.entries(all)) {
    for (const one of [value].flat()) if (one !== undefined) search.append(name, one as string);
  }
  return search;
}

/** Opens the authorization endpoint, follows redirects to pages, and stops where the client gets its answer. */
export function ask(
  server: AuthServer,
  client: TestClient,
  members: Members = {},
  browser = new Browser(),
  stopAt = CALLBACK,
): Promise<Page> {
  return browser.open(`${server.url}/oauth2/authorize?${requestOf(client, members)}`, { stopAt, most: 3 });
}

/** The answer that the client got, by name; fails the test when there was none. */
export function answerOf(page: Page, callback = CALLBACK): Record<string, string> {
  expect(`${page.url} ${page.status} ${page.text.slice(0, 200)}`).toContain(callback);
  return Object.fromEntries(new URL(page.url).searchParams);
}

/** Sends a form as the browser does, from its own page. */
export function send(
  browser: Browser,
  form: HtmlForm | undefined,
  values: Record<string, string>,
  headers: Record<string, string> = FROM_ITS_PAGE,
): Promise<Page> {
  if (!form) throw new Error('The page has no such form.');
  return browser.submit(form, values, { stopAt: CALLBACK, most: 3, headers });
}

export function logIn(browser: Browser, page: Page, username: string, password = PASSWORD): Promise<Page> {
  return send(browser, loginForm(page), { username, password });
}

export function decide(browser: Browser, page: Page, decision: 'allow' | 'deny'): Promise<Page> {
  return send(browser, consentForm(page), { decision });
}

/** The form whose action ends like this. */
export function formTo(page: Page, end: string): HtmlForm | undefined {
  return page.forms.find((form) => form.action.endsWith(end));
}

let people = 0;

/** A user of the test's own. */
export async function newUser(server: AuthServer, name = 'Ada Lovelace') {
  const username = `user-${(people += 1)}@example.com`;
  const user = await server.get(UsersService).create({ username, password: PASSWORD, name });
  return { id: user.id, username };
}

/**
 * A browser in which a user of its own is signed in, and has allowed the client what is asked for by default. The login
 * itself is left out: one address may try only so many.
 */
export async function signedIn(server: AuthServer, client: TestClient, members: Members = {}) {
  const browser = new Browser();
  const user = await newUser(server);
  const secret = await server.get(SessionsService).create(user.id, ['pwd']);
  await browser.jar.setCookie(`gh_as_session=${secret}; Path=/; HttpOnly`, server.url);
  answerOf(await decide(browser, await ask(server, client, members, browser), 'allow'));
  return { browser, user };
}
