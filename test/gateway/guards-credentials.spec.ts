import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { ConsumerWorld } from './consumer-world.js';
import { type Echo, send, startUpstream, type Upstream } from './gateway.js';
import { type LoneGateway, startLoneGateway } from './lone-gateway.js';

const run = promisify(execFile);

describe('guards of credentials that consumers have', () => {
  let gateway: LoneGateway;
  let upstream: Upstream;
  let world: ConsumerWorld;
  let names = 0;

  beforeAll(async () => {
    [gateway, upstream] = await Promise.all([startLoneGateway(), startUpstream()]);
    world = new ConsumerWorld(gateway);
  });
  afterAll(async () => {
    jest.restoreAllMocks();
    await gateway?.stop();
    await upstream?.stop();
  });

  const fresh = (kind: string) => `${kind}-${++names}`;

  async function route(...guards: object[]): Promise<string> {
    const name = fresh('route');
    await gateway.addRoute({ name, match: { paths: [`/${name}`] }, upstream: { url: upstream.url }, guards });
    return `/${name}`;
  }

  const faults = (guard: object) => route(guard).catch((error: { errors: unknown }) => error.errors);

  async function call(path: string, headers: Record<string, string> = {}) {
    const answer = await send(gateway.url, { path, headers });
    const seen = answer.status === 200 ? (JSON.parse(answer.text) as Echo) : undefined;
    return { ...answer, seen };
  }

  const statusOf = async (path: string, headers: Record<string, string> = {}) =>
    (await call(path, headers)).status;

  async function apiKey(
    rest: object = {},
    consumer: object = {},
  ): Promise<{ key: string; consumer: string; name: string }> {
    const [owner, name] = [fresh('consumer'), fresh('key')];
    await world.consumer(owner, consumer);
    return {
      key: await world.credential(name, { consumer: owner, type: 'api_key', ...rest }),
      consumer: owner,
      name,
    };
  }

  describe('api_key', () => {
    it('lets in who has a key, tells the upstream who it is, and keeps the key', async () => {
      const path = await route({ type: 'api_key' });
      const { key, consumer } = await apiKey({ scopes: ['orders:read'] });
      const { status, seen } = await call(path, { 'x-api-key': key });
      expect([status, seen?.headers['x-gatehouse-consumer']]).toEqual([200, consumer]);
      expect(seen?.headers['x-gatehouse-scope']).toBe('orders:read');
      expect(JSON.stringify(seen)).not.toContain(key);
    });

    it.each([
      ['none', {}],
      ['an empty one', { 'x-api-key': '' }],
      ['an unknown one', { 'x-api-key': 'ghk_unknown' }],
      ['a long one', { 'x-api-key': 'x'.repeat(2_000) }],
      ['a list', { 'x-api-key': 'ghk_a, ghk_b' }],
    ])('answers 401 to %s, and says how to come', async (_name, key) => {
      const path = await route({ type: 'api_key' });
      const { status, headers } = await call(path, key as Record<string, string>);
      expect([status, headers['www-authenticate']]).toEqual([401, 'ApiKey header="x-api-key"']);
    });

    it('two keys in two fields are none', async () => {
      const path = await route({ type: 'api_key' });
      const { key } = await apiKey();
      const headers = ['Host', 'localhost', 'X-Api-Key', key, 'X-Api-Key', key, 'Connection', 'close'];
      expect((await send(gateway.url, { path, headers })).status).toBe(401);
    });

    it('header: another field', async () => {
      const path = await route({ type: 'api_key', header: 'X-Partner-Key' });
      const { key } = await apiKey();
      expect(await statusOf(path, { 'x-api-key': key })).toBe(401);
      const { status, seen } = await call(path, { 'x-partner-key': key });
      expect([status, seen?.headers['x-partner-key']]).toEqual([200, undefined]);
    });

    it('scheme: what stands before the key', async () => {
      const path = await route({ type: 'api_key', header: 'authorization', scheme: 'Bearer' });
      const { key } = await apiKey();
      expect(await statusOf(path, { authorization: key })).toBe(401);
      expect(await statusOf(path, { authorization: `Basic ${key}` })).toBe(401);
      const { status, seen } = await call(path, { authorization: `bearer ${key}` });
      expect([status, seen?.headers.authorization]).toEqual([200, undefined]);
      expect((await call(path)).headers['www-authenticate']).toBe('Bearer');
    });

    it('query: a parameter, by this setting only, and it is not forwarded', async () => {
      const { key } = await apiKey();
      expect(await statusOf(`${await route({ type: 'api_key' })}?api_key=${key}`)).toBe(401);
      const path = await route({ type: 'api_key', query: 'api_key' });
      const { status, seen } = await call(`${path}?a=1&api%5Fkey=${key}&b=2`);
      expect([status, seen?.url]).toEqual([200, `${path}?a=1&b=2`]);
      expect(await statusOf(`${path}?api_key=${key}&api_key=${key}`)).toBe(400);
      expect(await statusOf(`${path}?api_key=${key}`, { 'x-api-key': key })).toBe(400);
    });

    it('scopes: all of them, or any', async () => {
      const { key } = await apiKey({ scopes: ['a', 'b'] });
      const scoped = async (settings: object) =>
        statusOf(await route({ type: 'api_key', ...settings }), { 'x-api-key': key });
      expect(await scoped({ scopes: ['a', 'b'] })).toBe(200);
      expect(await scoped({ scopes: ['a', 'c'] })).toBe(403);
      expect(await scoped({ scopes: ['a', 'c'], match: 'any' })).toBe(200);
      expect(await scoped({ scopes: ['c'], match: 'any' })).toBe(403);
      const { key: without } = await apiKey();
      expect(await statusOf(await route({ type: 'api_key', scopes: ['a'] }), { 'x-api-key': without })).toBe(
        403,
      );
    });

    it.each(['cookie', 'host', 'x-gatehouse-key', 'Content-Type', 'x api key'])(
      'refuses %s as the header',
      async (header) => {
        expect(await faults({ type: 'api_key', header })).toEqual([
          expect.objectContaining({ pointer: '/guards/0/header' }),
        ]);
      },
    );

    it.each(['api_key', 'basic'])(
      '%s: match is about scopes, and refused where there are none',
      async (type) => {
        expect(await faults({ type, match: 'any' })).toEqual([
          expect.objectContaining({ pointer: '/guards/0/match' }),
        ]);
        await route({ type, match: 'all', scopes: ['a'] });
      },
    );

    it('the header authorization needs a scheme', async () => {
      expect(await faults({ type: 'api_key', header: 'authorization' })).toEqual([
        expect.objectContaining({ pointer: '/guards/0/scheme' }),
      ]);
    });
  });

  describe('a credential', () => {
    const used = async ({ key }: { key: string }) =>
      statusOf(await route({ type: 'api_key' }), { 'x-api-key': key });

    it('enabled: false ends it, of the credential and of the consumer', async () => {
      expect(await used(await apiKey())).toBe(200);
      expect(await used(await apiKey({ enabled: false }))).toBe(401);
      expect(await used(await apiKey({}, { enabled: false }))).toBe(401);
    });

    it('expires_at ends it', async () => {
      expect(await used(await apiKey({ expires_at: new Date(Date.now() + 60_000).toISOString() }))).toBe(200);
      expect(await used(await apiKey({ expires_at: '2020-01-01T00:00:00Z' }))).toBe(401);
    });

    it('keeps its secret over a change', async () => {
      const { key, consumer, name } = await apiKey({ scopes: ['a'] });
      const path = await route({ type: 'api_key', scopes: ['b'] });
      expect(await statusOf(path, { 'x-api-key': key })).toBe(403);
      expect(await world.again(name, { consumer, type: 'api_key', scopes: ['b'] })).toBeUndefined();
      expect(await statusOf(path, { 'x-api-key': key })).toBe(200);
    });
  });

  describe('basic', () => {
    async function password(
      rest: object = {},
    ): Promise<{ user: string; password: string; consumer: string }> {
      const [consumer, name, user] = [fresh('consumer'), fresh('basic'), fresh('user')];
      await world.consumer(consumer);
      const rests = { consumer, type: 'basic', username: user, ...rest };
      return { user, password: await world.credential(name, rests), consumer };
    }
    const basic = (user: string, secret: string) =>
      `Basic ${Buffer.from(`${user}:${secret}`).toString('base64')}`;

    it('lets in who knows the password: curl', async () => {
      const path = await route({ type: 'basic' });
      const { user, password: secret, consumer } = await password();
      const { stdout } = await run('curl', ['-s', '-u', `${user}:${secret}`, `${gateway.url}${path}`]);
      const { headers } = JSON.parse(stdout) as Echo;
      expect(headers['x-gatehouse-consumer']).toBe(consumer);
      expect(headers['x-gatehouse-username']).toBe(user);
      expect(headers.authorization).toBeUndefined();
    });

    it('answers 401 to everything else alike', async () => {
      const path = await route({ type: 'basic' });
      const { user, password: secret } = await password();
      const tries = [
        basic(user, 'wrong'),
        basic('nobody', secret),
        basic(user, `${secret}x`),
        basic(user, ''),
        `Basic ${user}`,
        'Basic',
        `Bearer ${Buffer.from(`${user}:${secret}`).toString('base64')}`,
      ];
      const answers = await Promise.all(tries.map((authorization) => call(path, { authorization })));
      expect(answers.map(({ status }) => status)).toEqual(tries.map(() => 401));
      const details = answers.map(({ text }) => (JSON.parse(text) as { detail: string }).detail);
      expect(new Set(details).size).toBe(1);
      expect(await statusOf(path)).toBe(401);
      expect(await statusOf(path, { authorization: basic(user, secret) })).toBe(200);
    });

    it('realm is what browsers show', async () => {
      const realm = async (settings: object) =>
        (await call(await route({ type: 'basic', ...settings }))).headers['www-authenticate'];
      expect(await realm({})).toBe('Basic realm="Gatehouse", charset="UTF-8"');
      expect(await realm({ realm: 'Orders' })).toBe('Basic realm="Orders", charset="UTF-8"');
    });

    it('scopes, enabled and expires_at are as with keys', async () => {
      const path = await route({ type: 'basic', scopes: ['a'] });
      const status = async (rest: object) => {
        const { user, password: secret } = await password(rest);
        return statusOf(path, { authorization: basic(user, secret) });
      };
      expect(await status({ scopes: ['a'] })).toBe(200);
      expect(await status({ scopes: ['b'] })).toBe(403);
      expect(await status({ scopes: ['a'], enabled: false })).toBe(401);
      expect(await status({ scopes: ['a'], expires_at: '2020-01-01T00:00:00Z' })).toBe(401);
    });
  });

  describe('consumer', () => {
    it('consumers and groups: these alone', async () => {
      const { key, consumer } = await apiKey({}, { groups: ['partners'] });
      const { key: other } = await apiKey({}, { groups: ['staff'] });
      const both = async (settings: object) => {
        const path = await route({ type: 'api_key' }, { type: 'consumer', ...settings });
        return Promise.all([key, other].map((one) => statusOf(path, { 'x-api-key': one })));
      };
      expect(await both({})).toEqual([200, 200]);
      expect(await both({ consumers: [consumer] })).toEqual([200, 403]);
      expect(await both({ groups: ['staff'] })).toEqual([403, 200]);
      expect(await both({ consumers: [consumer], groups: ['staff'] })).toEqual([200, 200]);
    });
  });

  it('any_of: one of several ways, and each is told', async () => {
    const path = await route({ any_of: [{ type: 'api_key' }, { type: 'basic' }] });
    const { key } = await apiKey();
    expect(await statusOf(path, { 'x-api-key': key })).toBe(200);
    const { status, headers } = await call(path);
    expect(status).toBe(401);
    expect(headers['www-authenticate']).toBe(
      'ApiKey header="x-api-key", Basic realm="Gatehouse", charset="UTF-8"',
    );
  });
});
