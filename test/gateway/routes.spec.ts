import { once } from 'node:events';
import net from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import pg from 'pg';
import { type GatewayUnderTest, send, startGateway, startUpstream, type Upstream } from './gateway.js';

describe('/admin/v1/routes', () => {
  let gateway: GatewayUnderTest;
  let upstream: Upstream;

  beforeAll(async () => {
    [gateway, upstream] = await Promise.all([
      startGateway(),
      startUpstream((request, answer) => answer.end(`${request.headers.host} ${request.url}`)),
    ]);
  });
  afterAll(async () => {
    await gateway?.stop();
    await upstream?.stop();
  });

  const valid = (more: Record<string, unknown> = {}) => ({
    name: 'valid',
    match: { paths: ['/valid'] },
    upstream: { url: upstream.url },
    guards: [],
    ...more,
  });
  const get = (path: string, host = 'localhost') => send(gateway.url, { path, headers: { host } });

  it('needs a token for the admin API, with scope admin', async () => {
    const call = (token?: string) =>
      fetch(`${gateway.url}/admin/v1/routes`, { headers: token ? { authorization: `Bearer ${token}` } : {} });
    const bare = await call();
    expect(bare.status).toBe(401);
    expect(bare.headers.get('www-authenticate')).toBe(
      `Bearer realm="gatehouse", resource_metadata="${gateway.url}/.well-known/oauth-protected-resource/admin/v1", scope="admin"`,
    );
    const other = await call(await gateway.token(gateway.demo.client, 'demo:read'));
    expect(other.status).toBe(401);
    expect(other.headers.get('www-authenticate')).toContain('error="invalid_token"');
  });

  it('creates (201, Location), reads, lists by pages, replaces, deletes; each is live at once', async () => {
    const created = await gateway.admin(
      'POST',
      '/routes',
      valid({ name: 'crud', match: { paths: ['/crud'] } }),
    );
    expect(created.status).toBe(201);
    const id = String(created.json.id);
    expect(created.headers.get('location')).toBe(`/admin/v1/routes/${id}`);
    expect((await get('/crud/x')).text).toMatch(/ \/crud\/x$/);
    expect((await gateway.admin('GET', `/routes/${id}`)).json).toMatchObject({ name: 'crud', guards: [] });

    const page = await gateway.admin('GET', '/routes?limit=1');
    expect(page.json.routes).toHaveLength(1);
    const next = await gateway.admin('GET', `/routes?limit=1&cursor=${String(page.json.next_cursor)}`);
    expect(next.json.routes).toHaveLength(1);
    expect(next.json.routes).not.toEqual(page.json.routes);

    const moved = valid({ name: 'crud', match: { paths: ['/moved'] } });
    expect((await gateway.admin('PUT', `/routes/${id}`, moved)).status).toBe(200);
    expect((await get('/crud')).status).toBe(404);
    expect((await get('/moved')).status).toBe(200);

    expect((await gateway.admin('DELETE', `/routes/${id}`)).status).toBe(204);
    expect((await get('/moved')).status).toBe(404);
    for (const method of ['GET', 'DELETE'])
      expect((await gateway.admin(method, `/routes/${id}`)).status).toBe(404);
    expect((await gateway.admin('GET', '/routes/not-an-id')).status).toBe(404);
  });

  it('a name is given once', async () => {
    const body = valid({ name: 'twice', match: { paths: ['/twice'] } });
    expect((await gateway.admin('POST', '/routes', body)).status).toBe(201);
    const again = await gateway.admin('POST', '/routes', body);
    expect(again.status).toBe(409);
    expect(again.json.errors).toEqual([{ pointer: '/name', detail: 'is taken' }]);
  });

  it.each([
    ['/name', { name: 'Not Allowed' }],
    ['/match/paths/0', { match: { paths: ['no-slash'] } }],
    ['/match/paths/0', { match: { paths: ['/a/../b'] } }],
    ['/match/paths/0', { match: { paths: ['/a//b'] } }],
    ['/match/paths/0', { match: { paths: ['/a%2fb'] } }],
    ['/match/paths/0', { match: { paths: ['/admin/v1'] } }],
    ['/match/paths/0', { match: { paths: ['/.gatehouse/login'] } }],
    ['/match/paths', { match: { paths: [] } }],
    ['/match/hosts/0', { match: { hosts: ['Upper.example'], paths: ['/x'] } }],
    ['/match/methods/0', { match: { methods: ['get'], paths: ['/x'] } }],
    ['/upstream/url', { upstream: { url: 'ftp://files.example' } }],
    ['/upstream/url', { upstream: { url: 'not a url' } }],
    ['/upstream/url', { upstream: { url: 'http://user:secret@api.example' } }],
    ['/upstream/url', { upstream: { url: 'http://api.example/?q' } }],
    ['/guards', { guards: undefined }],
    ['/guards/0/type', { guards: [{ type: 'no-such-guard' }] }],
    ['/guards/0/audience', { guards: [{ type: 'access_token' }] }],
    ['/guards/0/scopes', { guards: [{ type: 'access_token', audience: 'a', scopes: 'demo:read' }] }],
    ['/guards/0', { guards: [{ type: 'access_token', audience: 'a', scope: 'typo' }] }],
    ['/limits/0/limit', { limits: [{ by: 'client', limit: 0, window: 60 }] }],
    ['/limits/0/by', { limits: [{ by: 'planet', limit: 1, window: 60 }] }],
    ['/limits/1', { limits: [1, 2].map((limit) => ({ by: 'client', limit, window: 60 })) }],
    ['', { unknown_member: true }],
  ])('names the faulty member %s', async (pointer, more) => {
    const { status, headers, json } = await gateway.admin('POST', '/routes', valid(more));
    expect(status).toBe(422);
    expect(headers.get('content-type')).toMatch(/^application\/problem\+json/);
    expect(json.errors?.map((one) => one.pointer)).toContain(pointer);
  });

  it('answers 400 to what is no JSON and 415 to what does not say it is', async () => {
    const authorization = `Bearer ${await gateway.token(gateway.demo.admin, 'admin')}`;
    const post = (type: string, body: string) =>
      fetch(`${gateway.url}/admin/v1/routes`, {
        method: 'POST',
        headers: { authorization, 'content-type': type },
        body,
      });
    expect((await post('application/json', '{')).status).toBe(400);
    expect((await post('text/plain', '{}')).status).toBe(415);
    expect((await post('application/json', `"${'x'.repeat(300_000)}"`)).status).toBe(413);
    expect((await gateway.admin('GET', '/routes')).status).toBe(200);
  });

  it('a caller that goes away in the middle of a body is no failure of the server', async () => {
    const { port, hostname } = new URL(gateway.url);
    const socket = net.connect(Number(port), hostname).on('error', () => undefined);
    const head = 'POST /admin/v1/routes HTTP/1.1\r\nHost: a\r\nContent-Type: application/json\r\n';
    socket.write(`${head}Content-Length: 99\r\n\r\n{`, () => setTimeout(() => socket.destroy(), 50));
    await once(socket, 'close');
    await sleep(300);
    expect(gateway.gatehouse.apps.gateway.log()).not.toContain('"level":"error"');
  });

  it('publishes the JSON Schema of a route', async () => {
    const { json } = await gateway.admin('GET', '/routes/schema');
    expect(json).toMatchObject({ type: 'object', additionalProperties: false });
    expect(json.required).toEqual(expect.arrayContaining(['name', 'match', 'guards']));
  });

  it('the longest path wins, at segment boundaries; a host of its own before any host; methods choose', async () => {
    const add = (name: string, match: object) =>
      gateway.addRoute({ name, match, upstream: { url: `${upstream.url}/${name}` } });
    await add('short', { paths: ['/m'] });
    await add('long', { paths: ['/m/a'] });
    await add('hosted', { paths: ['/m'], hosts: ['own.example'] });
    await add('posted', { paths: ['/m/a'], methods: ['POST'], hosts: ['post.example'] });
    expect((await get('/m/x')).text).toContain('/short/m/x');
    expect((await get('/m/a/b')).text).toContain('/long/m/a/b');
    expect((await get('/m/ab')).text).toContain('/short/m/ab');
    expect((await get('/mm')).status).toBe(404);
    for (const host of ['own.example', 'OWN.example:8080', 'own.example.']) {
      expect((await get('/m/a', host)).text).toContain('/hosted/m/a');
    }
    expect((await get('/m/a', 'post.example')).text).toContain('/long/m/a');
    const posted = await send(gateway.url, {
      path: '/m/a',
      method: 'POST',
      headers: { host: 'post.example' },
    });
    expect(posted.text).toContain('/posted/m/a');
  });

  describe('rows that nobody checked', () => {
    const rows = new Map<string, unknown>([
      ['unknown-guard', { match: { paths: ['/bad/guard'] }, guards: [{ type: 'gone' }] }],
      ['bad-settings', { match: { paths: ['/bad/settings'] }, guards: [{ type: 'access_token' }] }],
      ['no-guards', { match: { paths: ['/bad/none'] }, guards: undefined }],
      ['bad-url', { match: { paths: ['/bad/url'] }, upstream: { url: 'nowhere' } }],
    ]);

    beforeAll(async () => {
      await gateway.addRoute({ name: 'bad', match: { paths: ['/bad'] }, upstream: { url: upstream.url } });
      const client = new pg.Client(gateway.gatehouse.databaseUrl);
      await client.connect();
      for (const [name, more] of rows) {
        const definition = JSON.stringify({
          ...valid({ name, limits: [], strip_prefix: false }),
          ...(more as object),
        });
        await client.query(
          "INSERT INTO gateway.config_object (id, kind, name, definition) VALUES (gen_random_uuid(), 'routes', $1, $2)",
          [name, definition],
        );
      }
      await client.query(
        `INSERT INTO gateway.config_object (id, kind, name, definition) VALUES (gen_random_uuid(), 'routes', 'hopeless', '7')`,
      );
      await client.query('UPDATE gateway.config_version SET version = version + 1');
      await client.end();
      await sleep(1_000);
    });

    it.each(['/bad/guard', '/bad/settings', '/bad/none', '/bad/url'])(
      '%s refuses every call',
      async (path) => {
        expect((await get(path)).status).toBe(503);
      },
    );

    it('the other routes go on, and the log names the faulty ones', async () => {
      expect((await get('/bad/other')).status).toBe(200);
      await gateway.addRoute({
        name: 'later',
        match: { paths: ['/later'] },
        upstream: { url: upstream.url },
      });
      expect((await get('/later')).status).toBe(200);
      for (const name of [...rows.keys(), 'hopeless'])
        expect(gateway.gatehouse.apps.gateway.log()).toContain(name);
    });
  });
});
