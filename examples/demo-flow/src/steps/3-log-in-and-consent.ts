import { consentForm, decide, logIn, loginForm, summary } from '../sign-in.js';
import type { Page } from '../browser.js';
import type { Flow } from '../flow.js';

/** The user logs in and consents on the auth-server's own pages; the browser comes back with a code. */
export async function logInAndConsent(flow: Flow): Promise<void> {
  const { browser, demo } = flow;
  const client = flow.left('client');
  const pending = flow.left('pending');
  const stopAt = client.redirect_uris[0] ?? '';

  const loginPage = await browser.open(pending.url.href, { stopAt });
  const login = loginForm(loginPage);
  flow.check('the browser lands on a login page', login !== undefined, summary(loginPage));
  flow.saw(`login page: "${loginPage.text.slice(0, 80)}"`);
  flow.check(
    'its form has a hidden CSRF value',
    login.types.csrf === 'hidden' && login.fields.csrf !== '',
    login,
  );
  checkPage(flow, loginPage);

  // With another name: the attempts at one account are limited, and this flow may run often.
  const guess = { username: 'somebody', password: 'not the password' };
  const forged = await browser.submit(login, { ...guess, csrf: 'forged' }, { stopAt });
  flow.check(
    'a login with a forged CSRF value is refused',
    forged.status >= 400 && forged.status < 500,
    summary(forged),
  );
  const wrong = await browser.submit(login, guess, { stopAt });
  flow.check('a wrong password shows the form again', loginForm(wrong) !== undefined, summary(wrong));

  const consentPage = await logIn(browser, wrong, demo.user, { stopAt });
  flow.check(
    'after the login the consent page comes',
    consentForm(consentPage) !== undefined,
    summary(consentPage),
  );
  flow.saw(`consent page: "${consentPage.text.slice(0, 80)}"`);
  flow.check('it names the app that asks', consentPage.text.includes('Demo flow'), consentPage.text);
  checkPage(flow, consentPage);
  const sessions = (await browser.jar.getCookies(demo.issuer)).filter(({ key }) => key.startsWith('gh_as'));
  flow.check(
    'the login session is a cookie that scripts cannot read, with SameSite',
    sessions.length > 0 && sessions.every((cookie) => cookie.httpOnly && cookie.sameSite !== undefined),
    sessions.map(String),
  );

  const back = await decide(browser, consentPage, 'allow', { stopAt });
  flow.check('the browser comes back to the app', back.url.startsWith(stopAt), summary(back));
  const callback = new URL(back.url);
  flow.check('with a code', (callback.searchParams.get('code') ?? '') !== '', callback.href);
  flow.check(
    'with the state that was sent',
    callback.searchParams.get('state') === pending.state,
    callback.href,
  );
  flow.check(
    'with iss, the issuer (RFC 9207)',
    callback.searchParams.get('iss') === demo.issuer,
    callback.href,
  );
  flow.callback = callback;
}

/** Pages that take a password or a decision: no framing, no caching, no script needed, made for phones. */
function checkPage(flow: Flow, page: Page): void {
  const policy = page.headers['content-security-policy'] ?? '';
  flow.check(
    'the page cannot be framed (clickjacking)',
    /frame-ancestors 'none'/.test(policy) || page.headers['x-frame-options'] === 'DENY',
    page.headers,
  );
  flow.check('the page is not cached', /no-store/.test(page.headers['cache-control'] ?? ''), page.headers);
  flow.check(
    'the page needs no script and suits a phone',
    !/<script/i.test(page.body) && /name="viewport"/.test(page.body),
    page.body.slice(0, 500),
  );
}
