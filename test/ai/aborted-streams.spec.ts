import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import pg from 'pg';
import { RedisServer } from '../support/redis-server.js';
import { type AiGateway, startAiGateway } from './ai-gateway.js';

const CALLS = 10_000;
/** Caches fill, and code is compiled. */
const WARM_UP = 500;
/** Half a kilobyte that each call left would be as much. */
const GROWTH_BYTES = 5_000_000;
/** Of timers and sockets that come and go with the gateway's own work. */
const SLACK = 5;

interface Left {
  readonly asked: number;
  readonly underWay: number;
}

describe('10,000 streams whose callers leave', () => {
  let redis: RedisServer;
  let gateway: AiGateway;
  let callers: ChildProcess;

  beforeAll(async () => {
    redis = await RedisServer.start();
    gateway = await startAiGateway({ REDIS_URL: redis.url });
    callers = fork(join(process.cwd(), 'test/ai/leaving-callers.mjs'));
    const [{ url }] = (await once(callers, 'message')) as [{ url: string }];
    await gateway.add('ai-providers', { name: 'endless', type: 'openai_compatible', base_url: url });
    const targets = [{ provider: 'endless', model: 'x', price: { input: 1, output: 10 } }];
    await gateway.add('ai-models', { name: 'endless', targets });
    await gateway.add('ai-budgets', { name: 'all', of: 'all', unit: 'usd', limit: 1_000_000, per: 'month' });
  });
  afterAll(async () => {
    callers?.disconnect();
    await gateway?.stop();
    await redis?.stop();
  });

  async function leave(calls: number): Promise<Left> {
    callers.send({ port: gateway.port, calls });
    const [left] = (await once(callers, 'message')) as [Left];
    await until(async () => (await redis.ask((client) => client.keys('*:reservations:*'))).length === 0);
    return left;
  }

  it('leave no socket, timer, reservation or memory behind', async () => {
    await leave(WARM_UP);
    const resources = active();
    const heap = heapUsed();
    const { asked, underWay } = await leave(CALLS);
    expect(asked).toBeGreaterThanOrEqual((CALLS * 3) / 4);
    expect(underWay).toBe(0);
    await until(async () =>
      Object.entries(active()).every(([name, count]) => count <= (resources[name] ?? 0) + SLACK),
    );
    expect(heapUsed() - heap).toBeLessThan(GROWTH_BYTES);
    expect(await rows()).toBeGreaterThanOrEqual(asked);
  }, 240_000);

  async function rows(): Promise<number> {
    const database = new pg.Client(gateway.databaseUrl);
    await database.connect();
    const { rows: found } = await database.query<{ count: number }>(
      'SELECT sum(calls)::int AS count FROM gateway.ai_usage',
    );
    await database.end();
    return found[0]!.count;
  }
});

/** What keeps this process going, by its kind. */
function active(): Record<string, number> {
  const counts: Record<string, number> = {};
  for (const name of process.getActiveResourcesInfo()) counts[name] = (counts[name] ?? 0) + 1;
  return counts;
}

function heapUsed(): number {
  setFlagsFromString('--expose-gc');
  const collect = runInNewContext('gc') as () => void;
  for (let i = 0; i < 3; i++) collect();
  return process.memoryUsage().heapUsed;
}

async function until(holds: () => Promise<boolean>): Promise<void> {
  for (let i = 0; i < 100; i++) {
    if (await holds()) return;
    await sleep(100);
  }
  throw new Error(`It never came: ${JSON.stringify(active())}`);
}
