import { Redis } from 'ioredis';

/** Redis has 16 logical databases unless configured otherwise; 0 is left alone. */
const LOGICAL_DATABASES = 15;

/** The Redis that the tests run on, in this worker's own logical database; undefined: the in-process store. */
export function redisUrl(): string | undefined {
  const given = process.env.TEST_REDIS_URL;
  if (!given) return undefined;
  const url = new URL(given);
  const worker = Number(process.env.JEST_WORKER_ID ?? 1);
  url.pathname = `/${((worker - 1) % LOGICAL_DATABASES) + 1}`;
  return url.href;
}

/** As `redisUrl`, emptied: suites of one worker run one after the other. */
export async function freshRedis(): Promise<string | undefined> {
  const url = redisUrl();
  if (url === undefined) return undefined;
  const redis = new Redis(url, { connectTimeout: 5000, maxRetriesPerRequest: 1 });
  try {
    await redis.flushdb();
  } finally {
    redis.disconnect();
  }
  return url;
}
