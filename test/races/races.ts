import { DeviceRequests } from '../../apps/auth-server/src/device/device-requests.service.js';
import { AuthorizationCodes } from '../../apps/auth-server/src/token/authorization-codes.service.js';
import { type AuthServer, basic, claimsOf, type TestClient } from '../auth-server/auth-server.js';
import { newProofKey, proofOf } from '../auth-server/dpop-proofs.js';
import { type Hit, type Shot, volley } from './volley.js';

const COUNT = 200;
const DEVICE_CODE = 'urn:ietf:params:oauth:grant-type:device_code';

/** Fires one request 200 times, at the servers by turns. */
export function races(origins: () => readonly string[], helper: () => AuthServer): void {
  const fire = (shot: Shot): Promise<Hit[]> =>
    volley(
      origins(),
      Array.from({ length: COUNT }, () => shot),
    );

  const as = (client: TestClient, more: Record<string, string> = {}) => ({
    authorization: basic(client),
    ...more,
  });

  const good = (hits: readonly Hit[]) => hits.filter(({ status }) => status === 200);

  async function refreshTokensOf(grantId: unknown): Promise<number> {
    const [row] = await helper().sql<{ count: number }>(
      'SELECT count(*)::int AS count FROM auth.refresh_token WHERE grant_id = $1',
      [grantId],
    );
    return row!.count;
  }

  it('RFC 6749 §4.1.2: 200 redemptions of one code give one token set at most, and revoke it', async () => {
    const client = await helper().client();
    const { form, grantId } = await helper().code(client);
    const hits = await fire({ form, headers: as(client) });
    const sets = good(hits);
    expect(sets.length).toBeLessThanOrEqual(1);
    expect(await refreshTokensOf(grantId)).toBeLessThanOrEqual(1);
    for (const { status, body } of hits) if (status !== 200) expect(body.error).toBe('invalid_grant');
    for (const { body } of sets) {
      expect(await helper().isActive(client, body.access_token as string)).toBe(false);
      expect((await helper().refresh(client, body.refresh_token as string)).status).toBe(400);
    }
  });

  it('RFC 6749 §4.1.2: of 200 redemptions exactly one is the first', async () => {
    const client = await helper().client();
    const { code } = await helper().code(client);
    const codes = helper().get(AuthorizationCodes);
    const outcomes = await Promise.all(Array.from({ length: COUNT }, () => codes.redeem(code)));
    expect(outcomes.filter(({ outcome }) => outcome === 'first')).toHaveLength(1);
    expect(outcomes.filter(({ outcome }) => outcome === 'again')).toHaveLength(COUNT - 1);
  });

  it('RFC 9700 §4.14.2: 200 refreshes of one token give one successor, to all', async () => {
    const client = await helper().client();
    const tokens = await helper().tokens(client);
    const form = { grant_type: 'refresh_token', refresh_token: tokens.refresh_token! };
    const hits = await fire({ form, headers: as(client) });
    expect(new Set(hits.map(({ status }) => status))).toEqual(new Set([200]));
    expect(new Set(hits.map(({ body }) => body.refresh_token)).size).toBe(1);
    expect(await refreshTokensOf(claimsOf(tokens.access_token).grant_id)).toBe(2);
  });

  it('RFC 9700 §4.14.2: without grace 200 refreshes give one successor at most, and end the family', async () => {
    const client = await helper().client({ refresh_token_grace: 0 });
    const tokens = await helper().tokens(client);
    const form = { grant_type: 'refresh_token', refresh_token: tokens.refresh_token! };
    const hits = await fire({ form, headers: as(client) });
    expect(good(hits).length).toBeLessThanOrEqual(1);
    for (const { body } of good(hits))
      expect((await helper().refresh(client, body.refresh_token as string)).status).toBe(400);
  });

  it('RFC 8628 §5.2: of 200 polls one at most gets the tokens', async () => {
    const device = await helper().client({ redirect_uris: [], grant_types: [DEVICE_CODE] });
    const started = (await helper().post('/oauth2/device_authorization', { scope: 'demo:read' }, device))
      .body;
    const devices = helper().get(DeviceRequests);
    const waiting = (await devices.findByUserCode(started.user_code as string))!;
    const { userId } = await helper().code(await helper().client());
    await devices.answer(waiting, { allowed: true, userId, authTime: 1, amr: ['pwd'] });
    const form = { grant_type: DEVICE_CODE, device_code: started.device_code as string };
    const hits = await fire({ form, headers: as(device) });
    expect(good(hits)).toHaveLength(1);
  });

  it('RFC 9449 §11.1: of 200 requests with one DPoP proof one is let through', async () => {
    const client = await helper().client();
    const dpop = await proofOf(await newProofKey());
    const form = { grant_type: 'client_credentials', scope: 'demo:read' };
    const hits = await fire({ form, headers: as(client, { dpop }) });
    expect(good(hits)).toHaveLength(1);
  });
}
