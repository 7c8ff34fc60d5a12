import { SessionsService } from '../../apps/auth-server/src/sessions/sessions.service.js';
import { UsersService } from '../../apps/auth-server/src/users/users.service.js';
import { type Answer, AuthServer, type TestClient } from './auth-server.js';
import { answerOf, ask, newUser, PASSWORD, signedIn } from './people.js';

const USERS = '/admin/v1/users';
const GRANTS = '/admin/v1/grants';

describe('administration of users, sessions and grants', () => {
  let server: AuthServer;
  let admin: string;
  let client: TestClient;

  beforeAll(async () => {
    server = await AuthServer.start();
    admin = await server.tokenWith('admin');
    client = await server.client();
  });
  afterAll(() => server.stop());

  const call = (path: string, method?: string, body?: unknown): Promise<Answer> =>
    server.call(admin, path, method, body);

  it.each([
    [USERS, 'GET'],
    [USERS, 'POST'],
    [`${USERS}/x`, 'PUT'],
    [`${USERS}/x/sessions`, 'GET'],
    [`${USERS}/x/sessions`, 'DELETE'],
    [GRANTS, 'GET'],
    [`${GRANTS}/x`, 'DELETE'],
    ['/admin/v1/resources', 'GET'],
  ])('%s %s takes a token of the scope admin', async (path, method) => {
    expect((await server.call(undefined, path, method)).status).toBe(401);
    expect((await server.call(await server.tokenWith('demo:read'), path, method)).status).toBe(401);
  });

  it('creates, reads and lists, and never shows a password', async () => {
    const user = {
      username: 'New.User@example.com',
      password: PASSWORD,
      name: 'New',
      email: 'n@example.com',
    };
    const { status, body } = await call(USERS, 'POST', user);
    expect([status, body.username]).toEqual([201, 'new.user@example.com']);
    const read = await call(`${USERS}/${body.id as string}`);
    expect(read.body).toEqual(body);
    expect(JSON.stringify([body, (await call(`${USERS}?limit=100`)).body])).not.toMatch(/password|argon2/);
    expect(await server.get(UsersService).authenticate('new.user@example.com', PASSWORD)).toBeDefined();
    expect((await call(USERS, 'POST', user)).status).toBe(422);
  });

  it.each([
    [{ password: 'short' }, '/password'],
    [{ username: ' ' }, '/username'],
    [{ email: 'no' }, '/email'],
    [{ name: 7 }, '/name'],
    [{ administrator: 'yes' }, '/administrator'],
  ])('RFC 9457: %j is 422 and names the member', async (change, pointer) => {
    const { status, body } = await call(USERS, 'POST', {
      username: 'x',
      password: PASSWORD,
      name: 'X',
      ...change,
    });
    expect([status, (body.errors as { pointer: string }[])[0]!.pointer]).toEqual([422, pointer]);
  });

  it('disabling ends sessions and tokens at once, and the login; enabling gives the login back', async () => {
    const { browser, user } = await signedIn(server, client);
    const tokens = await server.tokens(client, { userId: user.id });
    const { body: grants } = await call(`${GRANTS}?user_id=${user.id}`);
    expect((grants.grants as unknown[]).length).toBeGreaterThan(0);
    expect((await call(`${USERS}/${user.id}`, 'PUT', { name: 'Ada', disabled: true })).body.disabled).toBe(
      true,
    );
    expect(await server.get(SessionsService).ofUser(user.id)).toEqual([]);
    expect(answerOf(await ask(server, client, { prompt: 'none' }, browser)).error).toBe('login_required');
    expect((await call(`${GRANTS}?user_id=${user.id}`)).body.grants).toEqual([]);
    expect((await server.call(tokens.access_token, '/userinfo')).status).toBe(401);
    const users = server.get(UsersService);
    expect(await users.authenticate(user.username, PASSWORD)).toBeUndefined();
    await call(`${USERS}/${user.id}`, 'PUT', { name: 'Ada' });
    expect(await users.authenticate(user.username, PASSWORD)).toBeDefined();
  });

  it('a new password ends the sessions that the old one began', async () => {
    const { user } = await signedIn(server, client);
    await call(`${USERS}/${user.id}`, 'PUT', { name: 'Ada', password: 'another long password' });
    expect(await server.get(SessionsService).ofUser(user.id)).toEqual([]);
    expect(await server.get(UsersService).authenticate(user.username, PASSWORD)).toBeUndefined();
  });

  describe('RFC 9110 §13.1.1: If-Match', () => {
    const put = (path: string, body: object, etag: string) =>
      server.fetch(path, {
        method: 'PUT',
        headers: { authorization: `Bearer ${admin}`, 'content-type': 'application/json', 'if-match': etag },
        body: JSON.stringify(body),
      });

    it('a change of what was changed meanwhile is 412, and changes nothing', async () => {
      const path = `${USERS}/${(await newUser(server)).id}`;
      const { headers } = await call(path);
      const etag = headers.get('etag')!;
      const first = await put(path, { name: 'First' }, etag);
      expect(first.status).toBe(200);
      expect((await put(path, { name: 'Second' }, etag)).status).toBe(412);
      expect((await call(path)).body.name).toBe('First');
      expect((await put(path, { name: 'Third' }, first.headers.get('etag')!)).status).toBe(200);
      expect((await put(path, { name: 'Fourth' }, '*')).status).toBe(200);
    });

    it('of many who change at once, one does', async () => {
      const path = `${USERS}/${(await newUser(server)).id}`;
      const etag = (await call(path)).headers.get('etag')!;
      const names = ['a', 'b', 'c', 'd', 'e'];
      const statuses = (await Promise.all(names.map((name) => put(path, { name }, etag)))).map(
        ({ status }) => status,
      );
      expect(statuses.sort()).toEqual([200, 412, 412, 412, 412]);
    });

    it('holds for clients and resources, too', async () => {
      const { clientId } = await server.client();
      const path = `/admin/v1/clients/${clientId}`;
      const metadata = { redirect_uris: ['http://127.0.0.1/callback'] };
      expect((await put(path, metadata, '"old"')).status).toBe(412);
      expect((await put(path, metadata, (await call(path)).headers.get('etag')!)).status).toBe(200);
      const api = `/admin/v1/resources/${encodeURIComponent('https://etag.test/')}`;
      const scopes = { scopes: { 'etag:read': 'Read' } };
      expect((await call(api, 'PUT', scopes)).status).toBe(200);
      expect((await put(api, scopes, '"old"')).status).toBe(412);
    });
  });

  it('lists where a user is signed in, and signs them out of one or all', async () => {
    const { user } = await signedIn(server, client);
    await server.get(SessionsService).create(user.id, ['pwd'], { userAgent: 'curl/8', address: '192.0.2.9' });
    const path = `${USERS}/${user.id}/sessions`;
    const sessions = (await call(path)).body.sessions as Record<string, unknown>[];
    expect(sessions).toHaveLength(2);
    expect(sessions[0]!.clients).toEqual([client.clientId]);
    expect(sessions[1]).toMatchObject({ user_agent: 'curl/8', address: '192.0.2.9' });
    expect((await call(`${path}/${sessions[0]!.sid as string}`, 'DELETE')).status).toBe(204);
    expect((await call(`${path}/${sessions[0]!.sid as string}`, 'DELETE')).status).toBe(404);
    expect((await call(path, 'DELETE')).status).toBe(204);
    expect((await call(path)).body.sessions).toEqual([]);
  });

  it('lists grants by client and by user, page by page, and ends one', async () => {
    const own = await server.client();
    const tokens = await Promise.all([1, 2, 3].map(() => server.tokens(own)));
    const ids: string[] = [];
    let query = `?client_id=${own.clientId}&limit=2`;
    for (let pages = 0; pages < 5; pages++) {
      const { body } = await call(`${GRANTS}${query}`);
      ids.push(...(body.grants as { id: string }[]).map(({ id }) => id));
      if (body.next_cursor === undefined) break;
      query = `?client_id=${own.clientId}&limit=2&cursor=${body.next_cursor as string}`;
    }
    expect(new Set(ids).size).toBe(3);
    for (const id of ids) expect((await call(`${GRANTS}/${id}`, 'DELETE')).status).toBe(204);
    for (const { access_token: token } of tokens) expect(await server.isActive(own, token)).toBe(false);
    expect((await call(`${GRANTS}?client_id=${own.clientId}`)).body.grants).toEqual([]);
  });

  it('audits each change', async () => {
    const { id } = await newUser(server);
    await call(`${USERS}/${id}`, 'PUT', { name: 'Audited', disabled: true });
    for (let i = 0; i < 40; i++) {
      const rows = await server.sql('SELECT 1 FROM auth.audit_event WHERE type = $1 AND user_id = $2', [
        'user.disabled',
        id,
      ]);
      if (rows.length > 0) return;
      await new Promise((done) => setTimeout(done, 100));
    }
    throw new Error('There is no audit event');
  });
});
