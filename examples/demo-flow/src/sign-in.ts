import type { Browser, Navigation, Page } from './browser.js';
import type { HtmlForm } from './html-forms.js';
import { CheckFailed } from './report.js';

/** The form with a password field, if the page has one. */
export function loginForm(page: Page): HtmlForm | undefined {
  return page.forms.find((form) => Object.values(form.types).includes('password'));
}

/** The form that asks for a decision, if the page has one. */
export function consentForm(page: Page): HtmlForm | undefined {
  return page.forms.find((form) => form.buttons.some((button) => button.name === 'decision'));
}

/** Fills in and sends a login page. @throws CheckFailed when the page is none. */
export async function logIn(
  browser: Browser,
  page: Page,
  user: { username: string; password: string },
  navigation?: Navigation,
): Promise<Page> {
  const form = loginForm(page);
  if (!form) throw new CheckFailed(`expected: a login form; seen: ${summary(page)}`);
  const typed = { username: user.username, password: user.password };
  return browser.submit(form, { ...typed, ...pressed(form) }, navigation);
}

/** Presses a button of a consent page. @throws CheckFailed when the page is none. */
export async function decide(
  browser: Browser,
  page: Page,
  decision: 'allow' | 'deny',
  navigation?: Navigation,
): Promise<Page> {
  const form = consentForm(page);
  if (!form) throw new CheckFailed(`expected: a consent form; seen: ${summary(page)}`);
  return browser.submit(form, { decision }, navigation);
}

/**
 * Opens an address and goes through whichever pages come, as a person would: logs in, then allows.
 * @returns the page (or stopped-at address) after the last of them.
 */
export async function passThrough(
  browser: Browser,
  url: string,
  user: { username: string; password: string },
  navigation?: Navigation,
): Promise<Page> {
  let page = await browser.open(url, navigation);
  if (loginForm(page)) page = await logIn(browser, page, user, navigation);
  if (consentForm(page)) page = await decide(browser, page, 'allow', navigation);
  return page;
}

/** Status, address and the first words of a page, for messages. */
export function summary(page: Page): string {
  return `${page.status} at ${page.url}: ${page.text.slice(0, 200)}`;
}

function pressed(form: HtmlForm): Record<string, string> {
  const [button] = form.buttons;
  return button && button.name !== '' ? { [button.name]: button.value } : {};
}
