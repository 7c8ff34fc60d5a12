import type { Browser, Page } from '../../../examples/demo-flow/src/browser.js';
import { consentForm, loginForm } from '../../../examples/demo-flow/src/sign-in.js';
import { FROM_ITS_PAGE, PASSWORD } from '../../auth-server/people.js';
import type { Answer } from './answers.js';
import type { IdToken } from './id-token.js';
import type { Person } from './person.js';

/** What the person was shown on the way. */
export type Shown = 'login' | 'consent';

/** How a request is made. */
export interface Manner {
  /** Default: the one in which the person is signed in. */
  readonly browser?: Browser;
  /** Of the parameters. */
  readonly order?: 'reversed' | undefined;
}

/** A request, and where it led. */
export interface Visit {
  readonly request: Readonly<Record<string, string>>;
  readonly page: Page;
  readonly shown: readonly Shown[];
  readonly answer: Answer | undefined;
}

/** All that a successful run gave. */
export interface Outcome extends Visit {
  readonly answer: Answer;
  readonly code: string | undefined;
  readonly accessToken: string | undefined;
  readonly refreshToken: string | undefined;
  readonly idToken: string | undefined;
  readonly claims: IdToken | undefined;
}

const MOST_PAGES = 3;

/** Goes through whichever pages come, as a person who signs in and allows. */
export async function walk(
  browser: Browser,
  start: Page,
  { username }: Person,
  stopAt: string,
): Promise<Pick<Visit, 'page' | 'shown'>> {
  const shown: Shown[] = [];
  let page = start;
  while (shown.length < MOST_PAGES) {
    const login = loginForm(page);
    const form = login ?? consentForm(page);
    if (!form) break;
    shown.push(login ? 'login' : 'consent');
    const typed: Record<string, string> = login ? { username, password: PASSWORD } : { decision: 'allow' };
    page = await browser.submit(form, typed, { stopAt, most: 3, headers: FROM_ITS_PAGE });
  }
  return { page, shown };
}
