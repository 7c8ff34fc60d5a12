import { send, startUpstream, type Upstream } from './gateway.js';
import { type LoneGateway, startLoneGateway } from './lone-gateway.js';

const APP = 'https://app.example.com';
const OTHER = 'https://evil.example';

describe('the policy cors', () => {
  let gateway: LoneGateway;
  let upstream: Upstream;
  let routes = 0;

  beforeAll(async () => {
    upstream = await startUpstream((_request, response) => {
      // An upstream that is more open than its route.
      response.setHeader('access-control-allow-origin', OTHER);
      response.setHeader('access-control-allow-credentials', 'true');
      response.setHeader('vary', 'Accept');
      response.end('answer');
    });
    gateway = await startLoneGateway();
  });
  afterAll(async () => {
    await gateway?.stop();
    await upstream?.stop();
  });

  async function route(settings: object, rest: object = {}): Promise<string> {
    const name = `cors-${++routes}`;
    await gateway.addRoute({
      name,
      match: { paths: [`/${name}`] },
      upstream: { url: upstream.url },
      policies: [{ type: 'cors', origins: [APP], ...settings }],
      ...rest,
    });
    return `/${name}`;
  }

  const faults = (settings: object) => route(settings).catch((error: { errors: unknown }) => error.errors);
  const call = (path: string, origin: string | undefined, headers: Record<string, string> = {}) =>
    send(gateway.url, { path, headers: { ...(origin === undefined ? {} : { origin }), ...headers } });
  const preflight = (path: string, origin = APP, headers: Record<string, string> = {}) =>
    send(gateway.url, {
      path,
      method: 'OPTIONS',
      headers: { origin, 'access-control-request-method': 'PUT', ...headers },
    });

  async function allowed(path: string, origin: string): Promise<string | undefined> {
    const [{ headers }, before] = await Promise.all([call(path, origin), preflight(path, origin)]);
    expect(before.headers['access-control-allow-origin']).toBe(headers['access-control-allow-origin']);
    expect(before.status).toBe(headers['access-control-allow-origin'] === undefined ? 403 : 204);
    return headers['access-control-allow-origin'];
  }

  describe('origins', () => {
    it('names those that may read answers, and no other', async () => {
      const path = await route({});
      expect(await allowed(path, APP)).toBe(APP);
      expect(await allowed(path, OTHER)).toBeUndefined();
      expect(await allowed(await route({ origins: [OTHER] }), OTHER)).toBe(OTHER);
    });

    it.each([
      'null',
      'http://app.example.com',
      'https://app.example.com:8443',
      'https://app.example.com.evil.example',
      'https://evilapp.example.com',
      'https://app-example.com',
      'https://APP.example.com',
      `${APP}/`,
      `${APP}, ${OTHER}`,
    ])('%s is another origin', async (origin) => {
      expect(await allowed(await route({}), origin)).toBeUndefined();
    });

    it('a wildcard stands for whole labels', async () => {
      const path = await route({ origins: ['https://*.example.com'] });
      for (const origin of [APP, 'https://a.b.example.com']) expect(await allowed(path, origin)).toBe(origin);
      for (const origin of [
        'https://example.com',
        'https://evilexample.com',
        'https://.example.com',
        'https://evil.example/.example.com',
        'https://evil.example#.example.com',
        'https://evil.example@a.example.com',
        'https://a.example.com.evil.example',
        'https://axexample.com',
        'https://a.exampleXcom',
        'https://a.example.com:8443',
        'http://a.example.com',
      ]) {
        expect([origin, await allowed(path, origin)]).toEqual([origin, undefined]);
      }
    });

    it('a wildcard stands for any port', async () => {
      const path = await route({ origins: ['http://localhost:*'] });
      expect(await allowed(path, 'http://localhost:5173')).toBe('http://localhost:5173');
      for (const origin of ['http://localhost', 'http://localhost:x', 'http://localhost.evil.example:80']) {
        expect(await allowed(path, origin)).toBeUndefined();
      }
    });

    it('* lets all read, and says * (never the origin itself)', async () => {
      const path = await route({ origins: ['*'] });
      expect(await allowed(path, OTHER)).toBe('*');
      expect((await call(path, OTHER)).headers['access-control-allow-credentials']).toBeUndefined();
    });

    it.each([
      'https://app.example.com/',
      'https://App.example.com',
      'https://app.example.com:443',
      'https://*.com',
      'https://*',
      'https://a*.example.com',
      'https://*.*.example.com',
      'https://user@app.example.com',
      'app.example.com',
      'null',
      'https://.*',
    ])('%s is refused when it is written', async (origin) => {
      expect(await faults({ origins: [origin] })).toEqual([
        expect.objectContaining({ pointer: '/policies/0/origins/0' }),
      ]);
    });
  });

  describe('credentials', () => {
    it('true is said to allowed origins alone', async () => {
      const [without, path] = [await route({}), await route({ credentials: true })];
      const said = async (where: string, origin: string) =>
        (await call(where, origin)).headers['access-control-allow-credentials'];
      expect([await said(without, APP), await said(path, APP), await said(path, OTHER)]).toEqual([
        undefined,
        'true',
        undefined,
      ]);
      expect((await preflight(path)).headers['access-control-allow-credentials']).toBe('true');
      expect((await preflight(without)).headers['access-control-allow-credentials']).toBeUndefined();
    });

    it('never with any origin', async () => {
      expect(await faults({ origins: ['*'], credentials: true })).toEqual([
        { pointer: '/policies/0/origins', detail: 'must name each one where credentials is true' },
      ]);
      expect(await faults({ exposed_headers: ['*'], credentials: true })).toEqual([
        expect.objectContaining({ pointer: '/policies/0/exposed_headers' }),
      ]);
    });
  });

  it('methods, headers, max_age and private_network are what a preflight is told', async () => {
    const asked = {
      'access-control-request-headers': 'x-own',
      'access-control-request-private-network': 'true',
    };
    const usual = await preflight(await route({}), APP, asked);
    expect(usual.headers).toMatchObject({
      'access-control-allow-methods': 'GET, HEAD, POST, PUT, PATCH, DELETE',
      'access-control-allow-headers': 'authorization, content-type',
      'access-control-max-age': '600',
    });
    expect(usual.headers['access-control-allow-private-network']).toBeUndefined();
    const own = { methods: ['GET', 'REPORT'], headers: ['X-Own'], max_age: 5, private_network: true };
    expect((await preflight(await route(own), APP, asked)).headers).toMatchObject({
      'access-control-allow-methods': 'GET, REPORT',
      'access-control-allow-headers': 'x-own',
      'access-control-max-age': '5',
      'access-control-allow-private-network': 'true',
    });
    const any = await preflight(await route({ headers: ['*'] }), APP, {
      'access-control-request-headers': 'authorization,x-a',
    });
    expect(any.headers['access-control-allow-headers']).toBe('authorization,x-a');
  });

  it('exposed_headers is what scripts may read of answers', async () => {
    const exposed = async (settings: object) =>
      (await call(await route(settings), APP)).headers['access-control-expose-headers'];
    expect(await exposed({})).toBeUndefined();
    expect(await exposed({ exposed_headers: ['Retry-After', 'ratelimit'] })).toBe('retry-after, ratelimit');
  });

  it('Vary: Origin is in every answer, beside what the upstream says', async () => {
    const path = await route({});
    for (const origin of [APP, OTHER, undefined]) {
      const { headers } = await call(path, origin);
      expect(headers.vary?.toLowerCase()).toBe('accept, origin');
    }
    expect((await preflight(path)).headers.vary).toMatch(/^origin,/);
    expect((await preflight(path, OTHER)).headers.vary).toBe('origin');
  });

  it('takes the place of what the upstream says about it', async () => {
    const { headers } = await call(await route({}), OTHER);
    expect(headers['access-control-allow-origin']).toBeUndefined();
    expect(headers['access-control-allow-credentials']).toBeUndefined();
  });

  it('answers preflights before guards, and not for the upstream', async () => {
    const path = await route({}, { guards: [{ type: 'ip', allow: ['192.0.2.1'] }] });
    const before = upstream.seen.length;
    expect([(await preflight(path)).status, upstream.seen.length]).toEqual([204, before]);
  });

  it('answers them on a route that takes other methods alone', async () => {
    const path = `/cors-${routes + 1}`;
    await route({}, { match: { paths: [path], methods: ['PUT'] } });
    expect((await preflight(path)).status).toBe(204);
    expect((await preflight(path, APP, { 'access-control-request-method': 'GET' })).status).toBe(404);
    const plain = await send(gateway.url, { path, method: 'OPTIONS', headers: { origin: APP } });
    expect(plain.status).toBe(404);
  });

  it('leaves OPTIONS that is no preflight, and routes without it, to the upstream', async () => {
    const path = await route({});
    const before = upstream.seen.length;
    await send(gateway.url, { path, method: 'OPTIONS', headers: { origin: APP } });
    await preflight(await route({}, { policies: [] }));
    expect(upstream.seen.length).toBe(before + 2);
  });

  it('errors of guards and limits have the fields, too', async () => {
    const forbidden = await route({}, { guards: [{ type: 'ip', deny: ['127.0.0.1'] }] });
    const limited = await route(
      { exposed_headers: ['retry-after'] },
      { limits: [{ by: 'route', limit: 1, window: 3600 }] },
    );
    await call(limited, APP);
    for (const [path, status] of [
      [forbidden, 403],
      [limited, 429],
    ] as const) {
      const answer = await call(path, APP);
      expect([answer.status, answer.headers['access-control-allow-origin']]).toEqual([status, APP]);
      expect(answer.headers.vary).toBe('origin');
      expect((await call(path, OTHER)).headers['access-control-allow-origin']).toBeUndefined();
    }
    expect((await call(limited, APP)).headers['access-control-expose-headers']).toBe('retry-after');
  });

  it('errors of the upstream have them, too', async () => {
    const path = await route({}, { upstream: { url: 'http://127.0.0.1:1' } });
    const answer = await call(path, APP);
    expect([answer.status, answer.headers['access-control-allow-origin']]).toEqual([502, APP]);
  });
});
