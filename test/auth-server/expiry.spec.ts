import { DataSource } from 'typeorm';
import { Expiry } from '../../apps/auth-server/src/expiry/expiry.service.js';
import { EXPIRED_REFRESH_TOKENS } from '../../apps/auth-server/src/expiry/unused-grants.js';
import { AuthServer, type TestClient } from './auth-server.js';

describe('removal of expired rows (hydra#3784)', () => {
  let server: AuthServer;
  let client: TestClient;
  let userId: string;

  beforeAll(async () => {
    server = await AuthServer.start();
    client = await server.client();
    ({ userId } = await server.code(client));
  });
  afterAll(() => server.stop());

  /** Grants of some age, with a refresh token each that expires in so many days, or without. */
  async function grants(count: number, ageDays: number, expiresInDays?: number): Promise<void> {
    await server.sql(
      `WITH made AS (
         INSERT INTO auth.oauth_grant (id, client_id, user_id, scopes, resources, auth_time, created_at)
         SELECT gen_random_uuid(), $1, $2, '{openid}', '{}', now(), now() - make_interval(days => $3)
         FROM generate_series(1, $4) RETURNING id)
       INSERT INTO auth.refresh_token (hash, grant_id, issued_at, expires_at)
       SELECT id::text, id, now(), now() + make_interval(days => $5::int) FROM made WHERE $5::int IS NOT NULL`,
      [client.clientId, userId, ageDays, count, expiresInDays ?? null],
    );
  }
  const count = async (table: string) => {
    const [row] = await server.sql<{ n: number }>(`SELECT count(*)::int AS n FROM auth.${table}`);
    return row!.n;
  };

  it('removes expired refresh tokens with their grants, and old grants that never had one; nothing else', async () => {
    await server.sql('DELETE FROM auth.oauth_grant');
    await grants(1_500, 20, -1);
    await grants(1_200, 3);
    await grants(300, 30, 5);
    await grants(200, 0);
    await server.get(Expiry).run();
    expect([await count('refresh_token'), await count('oauth_grant')]).toEqual([300, 500]);
    await server.get(Expiry).run();
    expect(await count('oauth_grant')).toBe(500);
  });

  it('a grant whose chain goes on stays', async () => {
    await server.sql('DELETE FROM auth.oauth_grant');
    await grants(1, 20, -1);
    await server.sql(
      `INSERT INTO auth.refresh_token (hash, grant_id, issued_at, expires_at)
       SELECT 'next', id, now(), now() + interval '1 day' FROM auth.oauth_grant`,
    );
    await server.get(Expiry).run();
    expect([await count('refresh_token'), await count('oauth_grant')]).toEqual([1, 1]);
  });

  it('one replica at a time: while another is at it, nothing is done', async () => {
    await grants(10, 20, -1);
    const other = server.get(DataSource).createQueryRunner();
    await other.query("SELECT pg_advisory_lock(hashtext('gatehouse expiry'))");
    const before = await count('refresh_token');
    await server.get(Expiry).run();
    expect(await count('refresh_token')).toBe(before);
    await other.query("SELECT pg_advisory_unlock(hashtext('gatehouse expiry'))");
    await other.release();
    await server.get(Expiry).run();
    expect(await count('refresh_token')).toBe(before - 10);
  });

  it('finds what has expired by an index, in batches', async () => {
    await grants(20_000, 1, 5);
    await server.sql('ANALYZE auth.refresh_token');
    await server.sql('ANALYZE auth.oauth_grant');
    const plan = await server.sql<Record<string, string>>(
      `EXPLAIN ${EXPIRED_REFRESH_TOKENS.replace('$1', '1000')}`,
    );
    const text = plan.map((row) => row['QUERY PLAN']).join('\n');
    expect(text).toContain('refresh_token_expires');
    expect(text).not.toContain('Seq Scan');
  });
});
