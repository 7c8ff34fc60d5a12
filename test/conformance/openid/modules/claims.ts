import type { Module, Plan } from '../plan.js';
import type { Outcome } from '../visit.js';

/** A claim of each scope that every person of these tests has (OpenID Connect Core §5.4). */
const CLAIMS: Readonly<Record<string, readonly string[]>> = {
  profile: ['name', 'given_name', 'family_name', 'preferred_username', 'locale', 'updated_at'],
  email: ['email', 'email_verified'],
  address: ['address'],
  phone: ['phone_number', 'phone_number_verified'],
};
const ALL = ['openid', ...Object.keys(CLAIMS)];

export const claims: Readonly<Record<string, Module>> = {
  'oidcc-scope-profile': (plan) => check(plan, ['openid', 'profile']),
  'oidcc-scope-email': (plan) => check(plan, ['openid', 'email']),
  'oidcc-scope-address': (plan) => check(plan, ['openid', 'address']),
  'oidcc-scope-phone': (plan) => check(plan, ['openid', 'phone']),
  'oidcc-scope-all': (plan) => check(plan, ALL),

  /** Called oidcc-ensure-other-scope-order-succeeds before. */
  'oidcc-alternate-happy-flow': (plan) => check(plan, ['email', 'openid'], 'reversed'),

  'oidcc-claims-essential': async (plan) => {
    const to = plan.variant.responseType === 'id_token' ? 'id_token' : 'userinfo';
    const request = JSON.stringify({ [to]: { name: { essential: true } } });
    const outcome = await (await plan.register()).complete({ claims: request });
    expect(await claimsOf(plan, outcome)).toMatchObject({ name: 'Ada Lovelace' });
  },
};

/** What the scopes ask for is given, and nothing of the others. */
async function check(plan: Plan, scopes: readonly string[], order?: 'reversed'): Promise<void> {
  expect(plan.supported('scopes')).toEqual(expect.arrayContaining([...scopes]));
  const outcome = await (await plan.register()).complete({ scope: scopes.join(' ') }, { order });
  const known = await claimsOf(plan, outcome);
  for (const [scope, names] of Object.entries(CLAIMS)) {
    for (const name of names) expect([name, name in known]).toEqual([name, scopes.includes(scope)]);
  }
}

/** OpenID Connect Core §5.4: from UserInfo, or from the ID Token where there is no access token. */
async function claimsOf(plan: Plan, { accessToken, claims }: Outcome): Promise<object> {
  if (accessToken === undefined) return claims!;
  return (await plan.server.call(accessToken, '/userinfo')).body;
}
