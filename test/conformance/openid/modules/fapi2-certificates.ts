import { Fapi2Client } from '../fapi2-client.js';
import type { Module } from '../plan.js';
import { refused } from './fapi2-tokens.js';

/** What certificates bind: FAPI 2.0 Security Profile §5.3.2.1, RFC 8705. */
export const fapi2Certificates: Readonly<Record<string, Module>> = {
  'fapi2-security-profile-final-ensure-holder-of-key-required': async (plan) => {
    const client = await Fapi2Client.register(plan);
    const { status, body } = await client.redeem(await client.code(), {}, { assertion: 'none' });
    expect([status, body.error]).toEqual([401, 'invalid_client']);
    const { access_token: token } = await client.tokens();
    const headers = { authorization: `Bearer ${token}` };
    expect((await plan.server.fetch('/userinfo', { headers })).status).toBe(401);
  },

  'fapi2-security-profile-final-refresh-token': async (plan) => {
    const [client, other] = [await Fapi2Client.register(plan), await Fapi2Client.register(plan)];
    const { refresh_token: token } = await client.tokens({ scope: 'openid offline_access' });
    const { status, body } = await client.refresh(token);
    expect([status, body.refresh_token ?? token]).toEqual([200, token]);
    refused(await other.refresh(token), 'invalid_grant');
    expect((await client.refresh(token, { assertion: 'none' })).body.error).toBe('invalid_client');
  },
};
