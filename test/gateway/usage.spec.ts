import { setTimeout as sleep } from 'node:timers/promises';
import pg from 'pg';
import { UsageRetention } from '../../apps/gateway/src/usage/usage-retention.service.js';
import { type GatewayUnderTest, send, startGateway, startUpstream, type Upstream } from './gateway.js';
import { type LoneGateway, startLoneGateway } from './lone-gateway.js';

const FLUSH_MS = 1_000;

interface Row {
  route: string | null;
  api: string | null;
  method: string;
  status: number;
  calls: string;
  bytes_in: string;
  bytes_out: string;
  duration_ms: number;
  upstream_ms: number | null;
  tries: number;
}

async function query<Result extends pg.QueryResultRow>(url: string, sql: string): Promise<Result[]> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    return (await client.query<Result>(sql)).rows;
  } finally {
    await client.end();
  }
}

async function totalOf(url: string): Promise<number> {
  const [row] = await query<{ sum: string | null }>(url, 'SELECT sum(calls) FROM gateway.usage');
  return Number(row!.sum);
}

let upstream: Upstream;

beforeAll(async () => {
  upstream = await startUpstream((request, response) => {
    request.resume().on('end', () => response.end('0123456789'));
  });
});
afterAll(() => upstream.stop());

describe('usage records', () => {
  let gateway: LoneGateway;

  beforeEach(async () => {
    gateway = await startLoneGateway();
    await gateway.addRoute({ name: 'open', match: { paths: ['/open'] }, upstream: { url: upstream.url } });
  });
  afterEach(() => gateway.stop());

  it('tell route, method, status, bytes and times of each call, refused ones among them', async () => {
    await fetch(`${gateway.url}/open/a`, { method: 'POST', body: 'abc' });
    await fetch(`${gateway.url}/nowhere`);
    await fetch(`${gateway.url}/open/a`, { method: 'PURGE' });
    await fetch(`${gateway.url}/health/live`);
    await gateway.close();
    const rows = await query<Row>(gateway.databaseUrl, 'SELECT * FROM gateway.usage ORDER BY id');
    expect(rows).toHaveLength(3);
    expect(rows[0]).toMatchObject({
      route: 'open',
      method: 'POST',
      status: 200,
      bytes_in: '3',
      bytes_out: '10',
    });
    expect(rows[0]!.duration_ms).toBeGreaterThan(0);
    expect(rows[0]!.upstream_ms).toBeGreaterThan(0);
    expect(rows[1]).toMatchObject({ route: null, method: 'GET', status: 404, calls: '1', upstream_ms: null });
    expect(rows[2]).toMatchObject({ route: 'open', method: 'other' });
  });

  it('name the API of the route, by which calls are added up', async () => {
    await gateway.add('apis', { name: 'orders' });
    await gateway.addRoute({
      name: 'orders',
      api: 'orders',
      match: { paths: ['/orders'] },
      upstream: { url: upstream.url },
    });
    await fetch(`${gateway.url}/orders`);
    await fetch(`${gateway.url}/open/a`);
    await gateway.close();
    const rows = await query<Row>(gateway.databaseUrl, 'SELECT route, api FROM gateway.usage ORDER BY id');
    expect(rows).toEqual([
      { route: 'orders', api: 'orders' },
      { route: 'open', api: null },
    ]);
  });

  it('a stop in the middle of calls writes them all', async () => {
    const calls = Array.from({ length: 400 }, () =>
      fetch(`${gateway.url}/open/x`).then(
        () => 1,
        () => 0,
      ),
    );
    const [answers] = await Promise.all([Promise.all(calls), Promise.any(calls).then(() => gateway.close())]);
    const answered = answers.filter(Boolean).length;
    expect(answered).toBeGreaterThan(0);
    // One that was refused at the door of a closing server was no call.
    const total = await totalOf(gateway.databaseUrl);
    expect(total).toBeGreaterThanOrEqual(answered);
    expect(total).toBeLessThanOrEqual(400);
  });

  it('GATEHOUSE_USAGE_RETENTION_DAYS: older ones are removed', async () => {
    await fetch(`${gateway.url}/open/a`);
    await sleep(FLUSH_MS + 300);
    await query(gateway.databaseUrl, "UPDATE gateway.usage SET at = now() - interval '91 days'");
    await fetch(`${gateway.url}/open/a`);
    await sleep(FLUSH_MS + 300);
    expect(await gateway.app.get(UsageRetention, { strict: false }).removeExpired()).toBe(1);
    expect(await totalOf(gateway.databaseUrl)).toBe(1);
  });

  it('GATEHOUSE_USAGE=false: none is kept', async () => {
    const other = await startLoneGateway({ GATEHOUSE_USAGE: 'false' });
    await fetch(`${other.url}/nowhere`);
    await other.close();
    expect(await totalOf(other.databaseUrl)).toBe(0);
    await other.stop();
  });

  it('what callers send cannot spoil a batch', async () => {
    await gateway.addRoute({
      name: 'far',
      match: { paths: ['/far'] },
      upstream: { url: 'http://127.0.0.1:1' },
    });
    await fetch(`${gateway.url}/far/%ED%A0%80`).catch(() => undefined);
    await fetch(`${gateway.url}/open/%00`).catch(() => undefined);
    await gateway.close();
    expect(await totalOf(gateway.databaseUrl)).toBe(2);
  });
});

describe('usage records while PostgreSQL is away', () => {
  it.each([
    ['with room in the queue', '100000'],
    ['beyond the queue (GATEHOUSE_USAGE_QUEUE), where they are added up', '5'],
  ])(
    'wait %s, block no call, and all are there afterwards',
    async (_where, queue) => {
      const gateway = await startLoneGateway({
        GATEHOUSE_USAGE_QUEUE: queue,
        GATEHOUSE_USAGE_FLUSH_MS: '200',
      });
      try {
        await gateway.addRoute({
          name: 'open',
          match: { paths: ['/open'] },
          upstream: { url: upstream.url },
        });
        await gateway.cutOffDatabase();
        const answers = await Promise.all(Array.from({ length: 100 }, () => fetch(`${gateway.url}/open/x`)));
        expect(answers.every(({ status }) => status === 200)).toBe(true);
        await sleep(500);
        await gateway.restoreDatabase();
        const deadline = Date.now() + 10_000;
        while ((await totalOf(gateway.databaseUrl)) < 100 && Date.now() < deadline) await sleep(100);
        expect(await totalOf(gateway.databaseUrl)).toBe(100);
        const rows = await query<{ n: string }>(
          gateway.databaseUrl,
          'SELECT count(*) AS n FROM gateway.usage',
        );
        if (queue === '5') expect(Number(rows[0]!.n)).toBeLessThan(50);
      } finally {
        await gateway.stop();
      }
    },
    30_000,
  );
});

describe('usage records of a process', () => {
  let gateway: GatewayUnderTest;

  beforeAll(async () => {
    gateway = await startGateway();
    await gateway.addRoute({ name: 'open', match: { paths: ['/open'] }, upstream: { url: upstream.url } });
  });
  afterAll(() => gateway.stop());

  it('the sum is the number of calls after a stop (SIGTERM), also when it comes at once', async () => {
    const { databaseUrl, apps } = gateway.gatehouse;
    const before = await totalOf(databaseUrl);
    for (let i = 0; i < 10; i++) {
      await Promise.all(Array.from({ length: 50 }, () => send(gateway.url, { path: '/open/x' })));
    }
    expect(await apps.gateway.stop()).toBe(0);
    expect((await totalOf(databaseUrl)) - before).toBe(500);
    await apps.gateway.restart();
  });

  it('after a kill (SIGKILL) at most those of the last flush interval are lost', async () => {
    const { databaseUrl, apps } = gateway.gatehouse;
    const before = await totalOf(databaseUrl);
    await Promise.all(Array.from({ length: 50 }, () => send(gateway.url, { path: '/open/x' })));
    await sleep(FLUSH_MS + 500);
    await Promise.all(Array.from({ length: 20 }, () => send(gateway.url, { path: '/open/x' })));
    await apps.gateway.kill();
    const counted = (await totalOf(databaseUrl)) - before;
    expect(counted).toBeGreaterThanOrEqual(50);
    expect(counted).toBeLessThanOrEqual(70);
    await apps.gateway.restart();
  });
});
