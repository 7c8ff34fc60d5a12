import type { Page } from '../../../examples/demo-flow/src/browser.js';
import { FROM_ITS_PAGE, formTo } from '../../auth-server/people.js';
import { expectRefusal } from './expectations.js';
import type { Plan } from './plan.js';
import type { RelyingParty } from './relying-party.js';

export const SIGNED_OUT = '/signed-out';

/** A client with an address to go to after a logout, and its person, signed in there. */
export async function signedIn(plan: Plan, metadata: Readonly<Record<string, unknown>> = {}) {
  const host = `https://logout-${(clients += 1)}.test`;
  const target = `${host}${SIGNED_OUT}`;
  const client = await plan.register({
    redirect_uris: [`${host}/callback`],
    post_logout_redirect_uris: [target],
    ...metadata,
  });
  const { idToken, claims } = await client.complete();
  return { client, target, idToken: idToken!, claims: claims! };
}
let clients = 0;

/** Where the person ends up, and whether they had to confirm. */
export interface Ended {
  readonly page: Page;
  readonly confirmed: boolean;
}

/** Sends the person to `end_session_endpoint` (OpenID Connect RP-Initiated Logout §2); they confirm when asked. */
export async function endSession(
  { plan, browser }: Pick<RelyingParty, 'plan' | 'browser'>,
  parameters: Readonly<Record<string, string>>,
  host = 'https://logout-',
): Promise<Ended> {
  const navigation = { stopAt: host, most: 3 };
  const query = new URLSearchParams(parameters).toString();
  const first = await browser.open(`${plan.server.url}/logout?${query}`, navigation);
  const form = formTo(first, '/logout');
  if (!form) return { page: first, confirmed: false };
  const page = await browser.submit(form, {}, { ...navigation, headers: FROM_ITS_PAGE });
  return { page, confirmed: true };
}

/** OpenID Connect Core §3.1.2.6: nobody is signed in any more. */
export async function expectSignedOut(client: RelyingParty): Promise<void> {
  const visit = await client.visit({ prompt: 'none' });
  expect(visit.answer).toBeDefined();
  expectRefusal(client.plan, visit, ['login_required']);
}

export async function expectStillSignedIn(client: RelyingParty): Promise<void> {
  await client.complete({ prompt: 'none' });
}

/** Told on a page, and sent nowhere. */
export function expectErrorPage({ page, confirmed }: Ended): void {
  expect({ status: page.status, confirmed }).toEqual({ status: 400, confirmed: false });
}
