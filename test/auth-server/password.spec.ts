import { randomUUID } from 'node:crypto';
import { Logger } from '@nestjs/common';
import { ConsentPolicies } from '../../apps/auth-server/src/consent/consent-policies.service.js';
import { AuthServer, claimsOf, type TestClient } from './auth-server.js';
import { newUser, PASSWORD } from './people.js';

describe('the password grant (RFC 6749 §4.3), for migration', () => {
  let server: AuthServer;
  let client: TestClient;

  beforeAll(async () => {
    server = await AuthServer.start();
    client = await server.client({ grant_types: ['password', 'refresh_token'], redirect_uris: [] });
  });
  afterAll(() => server.stop());

  const ask = (username: string, password: string, more: Record<string, string> = {}, of = client) =>
    server.post('/oauth2/token', { grant_type: 'password', username, password, ...more }, of);

  it('§4.3.3: gives tokens of the user, with an ID Token and a refresh token where they are asked for', async () => {
    const { id, username } = await newUser(server);
    const scope = 'openid offline_access demo:read';
    const { status, body } = await ask(username, PASSWORD, { scope });
    expect([status, body.scope]).toEqual([200, scope]);
    expect(claimsOf(body.access_token)).toMatchObject({ sub: id, client_id: client.clientId });
    expect(claimsOf(body.id_token)).toMatchObject({ sub: id, amr: ['pwd'] });
    expect((await server.refresh(client, body.refresh_token as string)).status).toBe(200);
  });

  it('is off: a client that an administrator did not switch it on for is refused', async () => {
    const { username } = await newUser(server);
    const { body } = await ask(username, PASSWORD, {}, await server.client());
    expect(body.error).toBe('unauthorized_client');
  });

  it('is never for a client that registered itself', async () => {
    const { username } = await newUser(server);
    const own = await server.client({ grant_types: ['password'], redirect_uris: [] });
    await server.sql("UPDATE auth.client SET origin = 'dynamic' WHERE client_id = $1", [own.clientId]);
    expect((await ask(username, PASSWORD, {}, own)).body.error).toBe('unauthorized_client');
  });

  it('§5.2: a wrong password and an unknown user are invalid_grant, in the same words', async () => {
    const { username } = await newUser(server);
    const [wrong, unknown] = [await ask(username, 'wrong'), await ask(`nobody-${randomUUID()}`, PASSWORD)];
    expect([wrong.status, wrong.body.error]).toEqual([400, 'invalid_grant']);
    expect(unknown.body).toEqual(wrong.body);
  });

  it('§4.3.2: without username or password it is invalid_request', async () => {
    for (const form of [{ username: 'x' }, { password: 'x' }, {}]) {
      const answer = await server.post('/oauth2/token', { grant_type: 'password', ...form }, client);
      expect(answer.body.error).toBe('invalid_request');
    }
  });

  it.each(['admin', 'introspect', 'demo:delete'])(
    '§5.2: the scope %s is invalid_scope, whatever the password',
    async (scope) => {
      const { username } = await newUser(server);
      for (const password of [PASSWORD, 'wrong'])
        expect((await ask(username, password, { scope })).body.error).toBe('invalid_scope');
    },
  );

  it('§4.3.2: guesses are bounded, together with those on the login page', async () => {
    const { username } = await newUser(server);
    for (let count = 0; count < 10; count += 1) expect((await ask(username, 'wrong')).status).toBe(400);
    const refused = await ask(username, PASSWORD);
    expect(refused.status).toBe(429);
    expect(Number(refused.headers.get('retry-after'))).toBeGreaterThan(0);
  });

  it.each(['refuse', 'ask'] as const)(
    'a policy on consent that says %s holds: nobody can be asked here',
    async (decision) => {
      const { username } = await newUser(server);
      const decide = jest.spyOn(server.get(ConsentPolicies), 'decide').mockResolvedValue(decision);
      expect((await ask(username, PASSWORD)).body.error).toBe('access_denied');
      decide.mockRestore();
    },
  );

  it('right passwords are never used up', async () => {
    const { username } = await newUser(server);
    for (let count = 0; count < 12; count += 1) expect((await ask(username, PASSWORD)).status).toBe(200);
  });

  it('the log warns once of each client', async () => {
    const warn = jest.spyOn(Logger.prototype, 'warn');
    const { username } = await newUser(server);
    const own = await server.client({ grant_types: ['password'], redirect_uris: [] });
    await ask(username, PASSWORD, {}, own);
    await ask(username, PASSWORD, {}, own);
    const about = warn.mock.calls.filter(([text]) => String(text).includes(own.clientId));
    expect(about).toHaveLength(1);
    warn.mockRestore();
  });
});
