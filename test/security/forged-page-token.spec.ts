import { AuthServer } from '../auth-server/auth-server.js';

const forged = (place: string) => Buffer.from(place).toString('base64url');

describe('Hydra GHSA-r9w3-57w2-gch2: a forged page token', () => {
  let server: AuthServer;
  let admin: string;

  beforeAll(async () => {
    server = await AuthServer.start();
    admin = await server.tokenWith('admin');
  });
  afterAll(() => server.stop());

  const attacks = [
    "' OR 1=1 --",
    "00000000-0000-0000-0000-000000000000' UNION SELECT password_hash FROM auth.user_account --",
    "'; DROP TABLE auth.user_account; --",
    '{"id":{"$gt":""}}',
    '\0',
    '00000000-0000-0000-0000-000000000000 ',
  ];

  describe.each(['users', 'grants', 'initial-access-tokens'])('/admin/v1/%s', (list) => {
    it.each([...attacks.map(forged), ...attacks, 'x', '', forged('a') + '='])(
      'refuses the cursor %j',
      async (cursor) => {
        const { status, body } = await server.call(
          admin,
          `/admin/v1/${list}?cursor=${encodeURIComponent(cursor)}`,
        );
        expect([status, (body.errors as { pointer: string }[])[0]!.pointer]).toEqual([422, '/cursor']);
      },
    );
  });

  it.each(attacks.filter((one) => !one.includes('\0')))(
    '/admin/v1/clients and resources take %j as mere text',
    async (place) => {
      for (const path of [
        `clients?cursor=${encodeURIComponent(place)}`,
        `resources?cursor=${forged(place)}`,
      ]) {
        const { status, body } = await server.call(admin, `/admin/v1/${path}`);
        expect([200, 422]).toContain(status);
        expect(JSON.stringify(body)).not.toContain('argon2');
      }
      expect((await server.sql<{ n: string }>('SELECT count(*) AS n FROM auth.user_account'))[0]!.n).not.toBe(
        '0',
      );
    },
  );
});
