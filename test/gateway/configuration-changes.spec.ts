import { setTimeout as sleep } from 'node:timers/promises';
import { AuthServer, GATEWAY, ISSUER } from '../auth-server/auth-server.js';
import { type RunningApp, startApp } from '../support/app.js';
import { createDatabase, type TestDatabase } from '../support/database.js';
import { redisUrl } from '../support/redis.js';
import { callAdmin, startAdministeredGateway } from './administered-gateway.js';
import { send, startUpstream, type Upstream } from './gateway.js';
import { startLoneGateway } from './lone-gateway.js';

const CHANGES = 500;
const LIVE_MS = 1_000;
const SECRET = 'a-secret-of-the-tests-with-over-32-characters';

/** Two gateways on one database. Several need Redis, so without it the second one shares this process instead. */
interface Replicas {
  readonly urls: readonly [string, string];
  readonly token: string;
  stop(): Promise<void>;
}

async function startProcesses(redis: string): Promise<Replicas> {
  const auth = await AuthServer.start({ GATEHOUSE_SECRET: SECRET });
  const database: TestDatabase = await createDatabase();
  const settings = {
    DATABASE_URL: database.url,
    REDIS_URL: redis,
    GATEHOUSE_SECRET: SECRET,
    GATEHOUSE_ISSUER: ISSUER,
    GATEHOUSE_GATEWAY_URL: GATEWAY,
    GATEHOUSE_AUTH_INTERNAL_URL: auth.url,
  };
  const apps: RunningApp[] = [];
  for (let n = 0; n < 2; n++) apps.push(await startApp('gateway', settings));
  return {
    urls: [`http://127.0.0.1:${apps[0]!.port}`, `http://127.0.0.1:${apps[1]!.port}`],
    token: await auth.tokenWith('admin'),
    stop: async () => {
      await Promise.all(apps.map((app) => app.stop()));
      await database.drop();
      await auth.stop();
    },
  };
}

async function startInProcess(): Promise<Replicas> {
  const database = await createDatabase();
  const first = await startAdministeredGateway({ DATABASE_URL: database.url });
  const second = await startLoneGateway({ DATABASE_URL: database.url });
  return {
    urls: [first.url, second.url],
    token: first.token,
    stop: async () => {
      await second.stop();
      await first.stop();
      await database.drop();
    },
  };
}

describe('configuration changes over two gateways', () => {
  let replicas: Replicas;
  let upstream: Upstream;

  beforeAll(async () => {
    upstream = await startUpstream((request, answer) => answer.end(request.url));
    const redis = redisUrl();
    replicas = redis === undefined ? await startInProcess() : await startProcesses(redis);
  });
  afterAll(async () => {
    await replicas?.stop();
    await upstream?.stop();
  });

  const route = (name: string, paths: string[], place: string) => ({
    name,
    match: { paths },
    upstream: { url: `${upstream.url}/${place}` },
    guards: [],
  });
  const admin = (method: string, path: string, body?: unknown) =>
    callAdmin(replicas.urls[0], replicas.token, method, path, body);
  const place = async (url: string, path: string) => {
    const { status, text } = await send(url, { path });
    return status === 200 ? text.split('/')[1]! : String(status);
  };

  it(`${CHANGES} changes under load: no call fails, and each is live on both within 1 s`, async () => {
    await admin('PUT', '/configuration', {
      routes: [route('steady', ['/steady'], 'steady'), route('moving', ['/moving'], 'v0')],
    });
    for (const url of replicas.urls) while ((await place(url, '/steady')) !== 'steady') await sleep(20);
    let running = true;
    const seen = new Map<string, number>();
    const load = replicas.urls.flatMap((url) =>
      Array.from({ length: 2 }, async () => {
        while (running) {
          const answer = await place(url, '/steady');
          seen.set(answer, (seen.get(answer) ?? 0) + 1);
        }
      }),
    );
    const late: number[] = [];
    try {
      for (let n = 1; n <= CHANGES; n++) {
        const { status } = await admin('PATCH', '/routes/moving', {
          upstream: { url: `${upstream.url}/v${n}` },
        });
        expect(status).toBe(200);
        expect(await place(replicas.urls[0], '/moving')).toBe(`v${n}`);
        // The other one is followed for every tenth: each is looked at when the next is not yet made.
        if (n % 10 !== 0) continue;
        const begin = Date.now();
        while ((await place(replicas.urls[1], '/moving')) !== `v${n}` && Date.now() - begin < 5_000)
          await sleep(10);
        late.push(Date.now() - begin);
      }
    } finally {
      running = false;
      await Promise.all(load);
    }
    expect([...seen.keys()]).toEqual(['steady']);
    expect(seen.get('steady')).toBeGreaterThan(100);
    expect(Math.max(...late)).toBeLessThan(LIVE_MS);
  }, 600_000);

  it('a route and the upstream that it names change as one: no call finds the one without the other', async () => {
    const apply = (n: number) =>
      admin('PUT', '/configuration', {
        upstreams: [{ name: `place-${n}`, targets: [{ url: upstream.url }] }],
        routes: [
          { name: 'named', match: { paths: ['/named'] }, upstream: { name: `place-${n}` }, guards: [] },
        ],
      });
    expect((await apply(0)).status).toBe(200);
    for (const url of replicas.urls)
      while ((await send(url, { path: '/named' })).status !== 200) await sleep(20);
    let running = true;
    const statuses = new Set<number>();
    const load = replicas.urls.map(async (url) => {
      while (running) statuses.add((await send(url, { path: '/named' })).status);
    });
    try {
      for (let n = 1; n <= 20; n++) expect((await apply(n)).status).toBe(200);
      await sleep(LIVE_MS);
    } finally {
      running = false;
      await Promise.all(load);
    }
    expect([...statuses]).toEqual([200]);
  }, 120_000);
});
