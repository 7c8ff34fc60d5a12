import { createLocalJWKSet, jwtVerify } from 'jose';
import { ClientSite } from '../client-site.js';
import { endSession, expectSignedOut, signedIn } from '../end-session.js';
import type { Module, Plan } from '../plan.js';

const EVENT = 'http://schemas.openid.net/event/backchannel-logout';

/** How other applications hear of a logout: OpenID Connect Back-Channel and Front-Channel Logout. */
export const logoutChannels: Readonly<Record<string, Module>> = {
  'oidcc-backchannel-logout-discovery-endpoint-verification': async (plan) => {
    expect(plan.metadata).toMatchObject({
      end_session_endpoint: expect.stringMatching(/^https:/) as string,
      backchannel_logout_supported: true,
      backchannel_logout_session_supported: true,
    });
  },

  'oidcc-backchannel-rp-initiated-logout': async (plan) => {
    const site = await ClientSite.start();
    try {
      const { client, target, idToken, claims } = await signedIn(plan, {
        backchannel_logout_uri: `${site.url}/backchannel_logout`,
        backchannel_logout_session_required: true,
      });
      expect(claims.sid).toEqual(expect.any(String));
      const { page } = await endSession(client, { id_token_hint: idToken, post_logout_redirect_uri: target });
      expect(page.url).toBe(target);
      const posted = new URLSearchParams(await site.posted('/backchannel_logout'));
      const token = await logoutToken(plan, posted.get('logout_token')!, client.client.clientId);
      expect(token).toMatchObject({ sub: claims.sub, sid: claims.sid, jti: expect.any(String) as string });
      expect(token.events).toEqual({ [EVENT]: {} });
      expect(token).not.toHaveProperty('nonce');
      await expectSignedOut(client);
    } finally {
      await site.stop();
    }
  },

  'oidcc-frontchannel-logout-discovery-endpoint-verification': async (plan) => {
    expect(plan.metadata).toMatchObject({
      end_session_endpoint: expect.stringMatching(/^https:/) as string,
      frontchannel_logout_supported: true,
      frontchannel_logout_session_supported: true,
    });
  },

  'oidcc-frontchannel-rp-initiated-logout': async (plan) => {
    const host = 'https://logout-frames.test';
    const { client, target, idToken, claims } = await signedIn(plan, {
      redirect_uris: [`${host}/callback`],
      frontchannel_logout_uri: `${host}/frontchannel_logout`,
      frontchannel_logout_session_required: true,
    });
    const request = { id_token_hint: idToken, post_logout_redirect_uri: target, state: 'the state' };
    const { page } = await endSession(client, request);
    const [frame] = [...page.body.matchAll(/<iframe src="([^"]+)"/g)].map(([, src]) => src);
    const { origin, pathname, searchParams } = new URL(frame!.replaceAll('&amp;', '&'));
    expect(origin + pathname).toBe(`${host}/frontchannel_logout`);
    expect(Object.fromEntries(searchParams)).toEqual({ iss: plan.issuer, sid: claims.sid });
    expect(page.headers['content-security-policy']).toContain(host);
    expect(page.headers.refresh).toContain(`${target}?state=the+state`);
    await expectSignedOut(client);
  },
};

/** Back-Channel Logout §2.6. */
async function logoutToken(plan: Plan, token: string, audience: string) {
  const { payload } = await jwtVerify(token, createLocalJWKSet(await plan.jwks()), {
    issuer: plan.issuer,
    audience,
    algorithms: ['RS256'],
    typ: 'logout+jwt',
    requiredClaims: ['iat', 'exp', 'jti', 'events'],
  });
  return payload;
}
