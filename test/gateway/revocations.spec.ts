import { setTimeout as sleep } from 'node:timers/promises';
import pg from 'pg';
import { RevocationFeed } from '../../apps/gateway/src/tokens/revocation-feed.service.js';
import { AuthServer, claimsOf, GATEWAY, ISSUER } from '../auth-server/auth-server.js';
import { TEST_SECRET } from '../support/app.js';
import { callAdmin } from './administered-gateway.js';
import { type LoneGateway, startLoneGateway } from './lone-gateway.js';

const SETTINGS = { GATEHOUSE_SECRET: TEST_SECRET };

describe('the deny-list of a gateway that runs on', () => {
  let auth: AuthServer;
  let gateway: LoneGateway;

  beforeAll(async () => {
    auth = await AuthServer.start(SETTINGS);
    gateway = await startLoneGateway({
      GATEHOUSE_ISSUER: ISSUER,
      GATEHOUSE_GATEWAY_URL: GATEWAY,
      GATEHOUSE_AUTH_INTERNAL_URL: auth.url,
    });
  });
  afterAll(async () => {
    await gateway?.stop();
    await auth?.stop();
  });

  const statusWith = async (token: string) => (await callAdmin(gateway.url, token, 'GET', '/routes')).status;

  async function until(check: () => boolean | Promise<boolean>): Promise<void> {
    const deadline = Date.now() + 15_000;
    while (!(await check())) {
      if (Date.now() > deadline) throw new Error('it did not happen in time');
      await sleep(50);
    }
  }

  const revoke = (jti: unknown) =>
    auth.sql(
      `INSERT INTO auth.revocation (kind, value, before, expires_at)
       VALUES ('jti', $1, now(), now() + interval '1 hour')`,
      [jti],
    );

  it('loses no revocation when the database of the auth-server is restored, and gives ids anew', async () => {
    const feed = gateway.app.get(RevocationFeed, { strict: false });
    const [one, other] = [await auth.tokenWith('admin'), await auth.tokenWith('admin')];
    await until(() => feed.fresh);
    expect([await statusWith(one), await statusWith(other)]).toEqual([200, 200]);
    for (const lost of ['a', 'b', claimsOf(one).jti]) await revoke(lost);
    await until(async () => (await statusWith(one)) === 401);

    const { port } = new URL(auth.url);
    await auth.close();
    const database = new pg.Client(auth.database.url);
    await database.connect();
    await database.query('DELETE FROM auth.revocation');
    await database.query('ALTER TABLE auth.revocation ALTER COLUMN id RESTART WITH 1');
    await database.end();
    await sleep(1_100);
    auth = await AuthServer.start(SETTINGS, auth.database, Number(port));
    await revoke(claimsOf(other).jti);
    await until(() => feed.fresh);
    await sleep(500);
    expect(feed.fresh).toBe(true);
    expect(await statusWith(other)).toBe(401);
  });
});
