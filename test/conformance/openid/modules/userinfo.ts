import type { Answer } from '../../../auth-server/auth-server.js';
import type { Module, Plan } from '../plan.js';

/** The ways to ask UserInfo: OpenID Connect Core §5.3.1, RFC 6750 §2. */
export const userinfo: Readonly<Record<string, Module>> = {
  'oidcc-userinfo-get': (plan) =>
    check(plan, (token) => plan.server.fetch('/userinfo', { headers: bearer(token) })),

  'oidcc-userinfo-post-header': (plan) =>
    check(plan, (token) => plan.server.fetch('/userinfo', { method: 'POST', headers: bearer(token) })),

  /** RFC 6750 §2.2 leaves it to the server. The suite warns of a refusal; here the token stays out of bodies. */
  'oidcc-userinfo-post-body': async (plan) => {
    const { accessToken } = await (await plan.register()).complete();
    const { status, headers, body } = await plan.server.post('/userinfo', { access_token: accessToken });
    expect(status).toBe(401);
    expect(headers.get('www-authenticate')).toMatch(/^Bearer /);
    expect(body).not.toHaveProperty('sub');
  },
};

/** OpenID Connect Core §5.3.2: the `sub` is there, and that of the ID Token. */
async function check(plan: Plan, ask: (token: string) => Promise<Answer>): Promise<void> {
  const client = await plan.register();
  const { accessToken, claims } = await client.complete();
  const { status, headers, body } = await ask(accessToken!);
  expect(status).toBe(200);
  expect(headers.get('content-type')).toMatch(/^application\/json/);
  expect(body.sub).toBe(client.person.id);
  if (claims) expect(claims.sub).toBe(body.sub);
}

function bearer(token: string) {
  return { authorization: `Bearer ${token}` };
}
