import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { send, startUpstream, type Upstream } from '../gateway/gateway.js';
import { type LoneGateway, startLoneGateway } from '../gateway/lone-gateway.js';
import { createDatabase, type TestDatabase } from '../support/database.js';
import { type Severable, severableDatabase } from '../support/severable.js';

describe('the configuration and its store', () => {
  let database: TestDatabase;
  let link: Severable & { readonly url: string };
  let folder: string;
  let upstream: Upstream;
  let gateway: LoneGateway | undefined;

  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), 'gatehouse-outage-'));
    upstream = await startUpstream((_, answer) => answer.end('ok'));
    database = await createDatabase();
    link = await severableDatabase(database.url);
  });
  afterEach(async () => {
    await gateway?.stop();
    gateway = undefined;
  });
  afterAll(async () => {
    await link?.stop();
    await database?.drop();
    await upstream?.stop();
    rmSync(folder, { recursive: true, force: true });
  });

  const start = async () =>
    (gateway = await startLoneGateway({
      DATABASE_URL: link.url,
      GATEHOUSE_GATEWAY_CONFIG_CACHE: join(folder, 'cache.json'),
    }));
  const route = (name: string) => ({ name, match: { paths: [`/${name}`] }, upstream: { url: upstream.url } });
  const status = async (path: string) => (await send(gateway!.url, { path })).status;
  /** Tries until it works: the gateway heals by itself, and nobody tells when. */
  const within = async (ms: number, work: () => Promise<unknown>) => {
    for (const end = Date.now() + ms; ; await sleep(100)) {
      try {
        return await work();
      } catch (error) {
        if (Date.now() > end) throw error;
      }
    }
  };

  it('apisix#11144: a gateway whose store was away follows it again', async () => {
    await start();
    await gateway!.addRoute(route('before'));
    await link.cut();
    await sleep(600);
    expect(await status('/before')).toBe(200);
    await expect(gateway!.addRoute(route('refused'))).rejects.toThrow();
    await link.mend();
    await within(10_000, () => gateway!.addRoute(route('after')));
    expect(await status('/after')).toBe(200);
    expect(await status('/before')).toBe(200);
  });

  it('apisix#11144: a gateway that starts while its store is away serves the last good, and heals by itself', async () => {
    await start();
    await within(10_000, () => gateway!.addRoute(route('kept')));
    await gateway!.stop();
    await link.cut();
    await start();
    expect(await status('/kept')).toBe(200);
    expect(await status('/nothing')).toBe(404);
    await expect(gateway!.addRoute(route('away'))).rejects.toThrow();
    await link.mend();
    await within(15_000, () => gateway!.addRoute(route('healed')));
    expect(await status('/healed')).toBe(200);
    expect(await status('/kept')).toBe(200);
  });

  it('without a last good configuration such a start is refused', async () => {
    await link.cut();
    try {
      await expect(startLoneGateway({ DATABASE_URL: link.url })).rejects.toThrow();
    } finally {
      await link.mend();
    }
  });

  it('tyk#1402: no call misses its route while the configuration is swapped', async () => {
    await start();
    await within(10_000, () => gateway!.addRoute(route('steady')));
    let running = true;
    const statuses = new Set<number>();
    const load = Array.from({ length: 4 }, async () => {
      while (running) statuses.add(await status('/steady'));
    });
    for (let n = 0; n < 25; n++) await gateway!.addRoute(route(`churn-${n}`));
    running = false;
    await Promise.all(load);
    expect([...statuses]).toEqual([200]);
  });
});
