import { Browser } from '../../../../examples/demo-flow/src/browser.js';
import type { Module, Plan } from '../plan.js';
import { expectRefusal } from '../expectations.js';
import type { Outcome } from '../visit.js';
import { pass } from '../time.js';

/** When the person must sign in again, and when not: OpenID Connect Core §3.1.2.1, §3.1.2.3, §3.1.2.6. */
export const sessions: Readonly<Record<string, Module>> = {
  'oidcc-prompt-login': (plan) => again(plan, { prompt: 'login' }, { login: true }),
  'oidcc-max-age-1': (plan) => again(plan, { max_age: '1' }, { login: true }),
  'oidcc-max-age-10000': (plan) => again(plan, { max_age: '10000' }, { login: false }),
  'oidcc-prompt-none-logged-in': (plan) => again(plan, { prompt: 'none' }, { login: false }),

  'oidcc-prompt-none-not-logged-in': async (plan) => {
    const visit = await (await plan.register()).visit({ prompt: 'none' }, { browser: new Browser() });
    expect(visit.answer).toBeDefined();
    expectRefusal(plan, visit, ['login_required', 'interaction_required']);
  },

  'oidcc-id-token-hint': async (plan) => {
    const client = await plan.register();
    const first = await client.complete();
    const second = await client.complete({ prompt: 'none', id_token_hint: first.idToken });
    expect(second.shown).toEqual([]);
    expect(second.claims!.sub).toBe(first.claims!.sub);
  },
};

/** The same person at the same client a second time, two seconds later. */
async function again(
  plan: Plan,
  members: Record<string, string>,
  { login }: { login: boolean },
): Promise<void> {
  const client = await plan.register();
  const first = await client.complete();
  pass(2);
  const second = await client.complete(members);
  expect(second.shown).toEqual(login ? ['login'] : []);
  expectSamePerson(first, second);
  if (members.max_age !== undefined) expect(second.claims).toHaveProperty('auth_time');
  const [before, after] = [first.claims!.auth_time!, second.claims!.auth_time!];
  if (login) expect(after).toBeGreaterThan(before);
  else expect(after).toBe(before);
}

function expectSamePerson(first: Outcome, second: Outcome): void {
  expect(second.claims!.sub).toBe(first.claims!.sub);
}
