import type { Answer } from '../../../auth-server/auth-server.js';
import type { Module } from '../plan.js';
import type { RelyingParty } from '../relying-party.js';
import { pass } from '../time.js';

/** Codes that are used twice, and refresh tokens: OpenID Connect Core §3.1.3, §12; RFC 6749 §4.1.2, §6. */
export const tokens: Readonly<Record<string, Module>> = {
  'oidcc-codereuse': async (plan) => {
    const client = await plan.register();
    const { code } = await client.complete();
    expectInvalidGrant(await client.redeem(code!));
  },

  'oidcc-codereuse-30seconds': async (plan) => {
    const client = await plan.register();
    const { code, accessToken } = await client.complete();
    pass(30);
    expectInvalidGrant(await client.redeem(code!));
    expect((await plan.server.call(accessToken, '/userinfo')).status).toBe(401);
  },

  'oidcc-refresh-token': async (plan) => {
    const [first, second] = [await plan.register(), await plan.register()];
    const given = [await refreshed(first), await refreshed(second)];
    // RFC 6749 §6: bound to the client that it was issued to.
    expectInvalidGrant(await second.refresh(given[0]));
  },
};

/** Refreshes once. @returns the next refresh token */
async function refreshed(client: RelyingParty): Promise<string> {
  const { refreshToken, accessToken, claims } = await client.complete({
    scope: 'openid offline_access',
    prompt: 'consent',
  });
  const { status, body } = await client.refresh(refreshToken);
  expect({ status, ...body }).toMatchObject({ status: 200, token_type: 'Bearer' });
  expect(body.access_token).not.toBe(accessToken);
  if (body.id_token !== undefined) {
    // §12.2
    const { iss, sub, aud, auth_time, iat } = await client.validate(body.id_token as string, {});
    expect({ iss, sub, aud, auth_time }).toEqual({
      iss: claims!.iss,
      sub: claims!.sub,
      aud: claims!.aud,
      auth_time: claims!.auth_time,
    });
    expect(iat).toBeGreaterThanOrEqual(claims!.iat!);
  }
  return body.refresh_token as string;
}

function expectInvalidGrant({ status, body }: Answer): void {
  expect({ status, error: body.error }).toEqual({ status: 400, error: 'invalid_grant' });
}
