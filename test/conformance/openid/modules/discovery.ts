import type { Module, Plan } from '../plan.js';

/** The server's metadata: OpenID Connect Discovery §3 and §4, RFC 8414 §2. */
export const discovery: Readonly<Record<string, Module>> = {
  'oidcc-discovery-endpoint-verification': async (plan) => {
    const { status, headers } = await plan.server.fetch('/.well-known/openid-configuration');
    expect(status).toBe(200);
    expect(headers.get('content-type')).toMatch(/^application\/json/);
    checkAddresses(plan);
    checkLists(plan);
    await checkKeys(plan);
  },
};

/** Discovery §4.3: the issuer is the very one that was asked; every address is on https. */
function checkAddresses({ metadata, issuer }: Plan): void {
  expect(issuer).toBe('https://issuer.test');
  for (const name of ['authorization_endpoint', 'token_endpoint', 'userinfo_endpoint', 'jwks_uri'])
    expect([name, metadata[name]]).toEqual([name, expect.stringMatching(/^https:\/\/issuer\.test\//)]);
  for (const [name, value] of Object.entries(metadata)) {
    if (!/_(endpoint|uri)$/.test(name)) continue;
    expect([name, value]).toEqual([name, expect.stringMatching(/^https:/)]);
    expect(String(value)).not.toContain('#');
  }
}

function checkLists(plan: Plan): void {
  expect(plan.supported('response_types')).toContain('code');
  expect(plan.supported('subject_types').length).toBeGreaterThan(0);
  expect(plan.supported('id_token_signing_alg_values')).toContain('RS256');
  expect(plan.supported('id_token_signing_alg_values')).not.toContain('none');
  expect(plan.supported('scopes')).toContain('openid');
  // RFC 6749 §3.3
  for (const scope of plan.supported('scopes')) expect(scope).toMatch(/^[\x21\x23-\x5B\x5D-\x7E]+$/);
  expect(plan.supported('grant_types')).toContain('authorization_code');
  expect(plan.supported('claims')).toEqual(expect.arrayContaining(['sub', 'name', 'email']));
  expect(plan.supported('code_challenge_methods')).toEqual(['S256']);
  for (const name of ['claims_parameter', 'request_parameter', 'request_uri_parameter'])
    expect([name, typeof plan.metadata[`${name}_supported`]]).toEqual([name, 'boolean']);
  // RFC 8414 §2, BCP 47: canonical tags.
  for (const locale of plan.supported('ui_locales'))
    expect(Intl.getCanonicalLocales(locale)).toEqual([locale]);
}

/** RFC 7517 §4, RFC 7518 §6: distinct key ids, and public halves alone. */
async function checkKeys(plan: Plan): Promise<void> {
  const { keys } = await plan.jwks();
  expect(keys.length).toBeGreaterThan(0);
  expect(new Set(keys.map(({ kid }) => kid)).size).toBe(keys.length);
  for (const key of keys) {
    expect(key.kid).toEqual(expect.any(String));
    expect(['RSA', 'EC', 'OKP']).toContain(key.kty);
    for (const secret of ['d', 'p', 'q', 'dp', 'dq', 'qi', 'k']) expect(key).not.toHaveProperty(secret);
  }
}
