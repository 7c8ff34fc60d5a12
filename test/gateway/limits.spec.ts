import { type GatewayUnderTest, send, startGateway, startUpstream, type Upstream } from './gateway.js';

describe("a route's limits", () => {
  let gateway: GatewayUnderTest;
  let upstream: Upstream;

  beforeAll(async () => {
    [gateway, upstream] = await Promise.all([startGateway(), startUpstream((_, answer) => answer.end('ok'))]);
  });
  afterAll(async () => {
    await gateway?.stop();
    await upstream?.stop();
  });

  async function route(name: string, limits: object[], guards: object[] = []): Promise<string> {
    await gateway.addRoute({
      name,
      match: { paths: [`/${name}`] },
      upstream: { url: upstream.url },
      limits,
      guards,
    });
    return `/${name}`;
  }

  const byToken = () => [{ type: 'access_token', audience: gateway.demo.api.audience }];

  it('kong#5790, apisix#13574: of 200 requests at once exactly as many pass as the limit says', async () => {
    const path = await route('exact', [{ by: 'route', limit: 37, window: 60 }]);
    const answers = await Promise.all(Array.from({ length: 200 }, () => send(gateway.url, { path })));
    expect(answers.filter((one) => one.status === 200)).toHaveLength(37);
    expect(answers.filter((one) => one.status === 429)).toHaveLength(163);
  });

  it('RFC 6585 §4: 429 with Retry-After, RateLimit and problem details; then the window ends', async () => {
    const path = await route('window', [{ by: 'route', limit: 1, window: 1 }]);
    const first = await send(gateway.url, { path });
    expect(first.headers['ratelimit-policy']).toBe('"window-route-1";q=1;w=1');
    expect(first.headers.ratelimit).toBe('"window-route-1";r=0;t=1');
    const refused = await send(gateway.url, { path });
    expect(refused.status).toBe(429);
    expect(refused.headers['retry-after']).toBe('1');
    expect(refused.headers['content-type']).toMatch(/^application\/problem\+json/);
    await new Promise((resolve) => setTimeout(resolve, 1_100));
    expect((await send(gateway.url, { path })).status).toBe(200);
  });

  it('when one of several limits refuses, the others are not charged', async () => {
    const path = await route('several', [
      { by: 'route', limit: 2, window: 60 },
      { by: 'address', limit: 100, window: 60 },
    ]);
    for (const status of [200, 200, 429, 429, 429])
      expect((await send(gateway.url, { path })).status).toBe(status);
    const { headers } = await send(gateway.url, { path });
    expect(headers.ratelimit).toMatch(/"several-address-60";r=98;/);
  });

  it('clients are counted apart; a call that a guard refuses is not counted', async () => {
    const path = await route('clients', [{ by: 'client', limit: 2, window: 60 }], byToken());
    const call = (token: string) =>
      send(gateway.url, { path, headers: { authorization: `Bearer ${token}` } });
    const demo = await gateway.token(gateway.demo.client, 'demo:read');
    for (let i = 0; i < 5; i++) expect((await send(gateway.url, { path })).status).toBe(401);
    for (const status of [200, 200, 429]) expect((await call(demo)).status).toBe(status);
    expect((await call(await gateway.token(gateway.demo.client, 'demo:read demo:write'))).status).toBe(429);
  });

  it('a forged X-Forwarded-For does not make another address (Fastify CVE-2026-3635)', async () => {
    const path = await route('address', [{ by: 'address', limit: 1, window: 60 }]);
    const call = (address: string) => send(gateway.url, { path, headers: { 'x-forwarded-for': address } });
    expect((await call('10.0.0.1')).status).toBe(200);
    expect((await call('10.0.0.2')).status).toBe(429);
  });

  it('survive a change of the route', async () => {
    const definition = {
      name: 'kept',
      match: { paths: ['/kept'] },
      upstream: { url: upstream.url },
      guards: [],
      limits: [{ by: 'route', limit: 1, window: 60 }],
    };
    const id = await gateway.addRoute(definition);
    expect((await send(gateway.url, { path: '/kept' })).status).toBe(200);
    await gateway.admin('PUT', `/routes/${id}`, { ...definition, strip_prefix: true });
    expect((await send(gateway.url, { path: '/kept' })).status).toBe(429);
  });
});
