import { setTimeout as sleep } from 'node:timers/promises';
import pg from 'pg';
import { startApp } from '../support/app.js';
import { redisUrl } from '../support/redis.js';
import { type GatewayUnderTest, send, startGateway, startUpstream, type Upstream } from './gateway.js';

describe('gateways as processes', () => {
  let gateway: GatewayUnderTest;
  let upstream: Upstream;

  beforeAll(async () => {
    [gateway, upstream] = await Promise.all([startGateway(), startUpstream((_, answer) => answer.end('ok'))]);
  });
  afterAll(async () => {
    await gateway?.stop();
    await upstream?.stop();
  });

  const secondGateway = () =>
    startApp('gateway', {
      DATABASE_URL: gateway.gatehouse.databaseUrl,
      REDIS_URL: gateway.gatehouse.redisUrl,
      GATEHOUSE_ISSUER: gateway.gatehouse.issuer,
      GATEHOUSE_GATEWAY_URL: gateway.url,
    });

  if (redisUrl()) {
    it('a route is live on every replica within 1 s, and its limits are counted together', async () => {
      const second = await secondGateway();
      try {
        const limits = [{ by: 'route', limit: 20, window: 60 }];
        const id = await gateway.addRoute({
          name: 'both',
          match: { paths: ['/both'] },
          upstream: { url: upstream.url },
          limits,
        });
        const begin = Date.now();
        let status = 0;
        while (status !== 200 && Date.now() - begin < 5_000)
          status = (await send(second.url, { path: '/both' })).status;
        expect(Date.now() - begin).toBeLessThan(1_000);
        const answers = await Promise.all(
          Array.from({ length: 100 }, (_, i) => send(i % 2 ? second.url : gateway.url, { path: '/both' })),
        );
        expect(answers.filter((one) => one.status === 200)).toHaveLength(19);
        await gateway.admin('DELETE', `/routes/${id}`);
        await sleep(1_000);
        expect((await send(second.url, { path: '/both' })).status).toBe(404);
      } finally {
        await second.stop();
      }
    });
  } else {
    it('without Redis a second gateway on the same database refuses to start, and says why', async () => {
      await expect(secondGateway()).rejects.toThrow('gateway: REDIS_URL: not set, and another gateway runs');
    });
  }

  it('routes change under load without a refused or broken request (tyk#1402)', async () => {
    await gateway.addRoute({
      name: 'steady',
      match: { paths: ['/steady'] },
      upstream: { url: upstream.url },
    });
    let running = true;
    const statuses = new Map<number, number>();
    const load = Array.from({ length: 4 }, async () => {
      while (running) {
        const { status } = await send(gateway.url, { path: '/steady' });
        statuses.set(status, (statuses.get(status) ?? 0) + 1);
      }
    });
    for (let i = 0; i < 15; i++) {
      await gateway.addRoute({
        name: `churn${i}`,
        match: { paths: [`/churn${i}`] },
        upstream: { url: upstream.url },
      });
    }
    running = false;
    await Promise.all(load);
    expect([...statuses.keys()]).toEqual([200]);
  });

  it('apisix#11144: while PostgreSQL refuses the gateway, it serves and stays ready; later it follows again', async () => {
    await gateway.addRoute({
      name: 'before',
      match: { paths: ['/before'] },
      upstream: { url: upstream.url },
    });
    const { pathname } = new URL(gateway.gatehouse.databaseUrl);
    const database = pg.escapeIdentifier(pathname.slice(1));
    const server = new pg.Client(process.env.TEST_DATABASE_URL_EFFECTIVE);
    await server.connect();
    try {
      await server.query(`ALTER DATABASE ${database} ALLOW_CONNECTIONS false`);
      await server.query(
        `SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = $1 AND application_name = 'gatehouse gateway'`,
        [pathname.slice(1)],
      );
      await sleep(600);
      expect((await send(gateway.url, { path: '/before' })).status).toBe(200);
      expect((await send(gateway.url, { path: '/health/ready' })).status).toBe(200);
    } finally {
      await server.query(`ALTER DATABASE ${database} ALLOW_CONNECTIONS true`);
      await server.end();
    }
    await sleep(600);
    await gateway.addRoute({ name: 'after', match: { paths: ['/after'] }, upstream: { url: upstream.url } });
    expect((await send(gateway.url, { path: '/after' })).status).toBe(200);
  });

  it('SIGTERM lets a running request finish', async () => {
    const slow = await startUpstream((_, answer) => void setTimeout(() => answer.end('finished'), 800));
    await gateway.addRoute({ name: 'slow', match: { paths: ['/slow'] }, upstream: { url: slow.url } });
    const answer = send(gateway.url, { path: '/slow' });
    await sleep(200);
    expect(await gateway.gatehouse.apps.gateway.stop()).toBe(0);
    expect(await answer).toMatchObject({ status: 200, text: 'finished' });
    await slow.stop();
    await gateway.gatehouse.restart('gateway');
  });

  it("the demo's routes are not put back when an administrator deleted them", async () => {
    const { json } = await gateway.admin('GET', '/routes?limit=100');
    const site = (json.routes as { id: string; name: string }[]).find((one) => one.name === 'site');
    await gateway.admin('DELETE', `/routes/${site!.id}`);
    await gateway.gatehouse.restart('gateway');
    expect((await send(gateway.url, { path: '/site' })).status).toBe(404);
  });
});
