import { createHash } from 'node:crypto';
import { Command, Redis, ReplyError } from 'ioredis';
import { type AtomicScript, Store, StoreUnavailableError } from './store.js';

const CONNECT_TIMEOUT_MS = 2_000;
const COMMAND_TIMEOUT_MS = 2_000;
const RECONNECT_MAX_MS = 1_000;

/** The store on a Redis server, shared by every replica. */
export class RedisStore extends Store {
  override readonly distributed = true;
  private readonly redis: Redis;
  /** By the text of the script: a text names itself. */
  private readonly digests = new Map<string, string>();

  /**
   * @param prefix what every key starts with, `as:` or `gw:`
   * @param onError told of each lost connection; reconnecting goes on by itself
   */
  constructor(
    url: string,
    private readonly prefix: string,
    onError: (error: Error) => void,
  ) {
    super();
    this.redis = new Redis(url, {
      keyPrefix: prefix,
      connectTimeout: CONNECT_TIMEOUT_MS,
      commandTimeout: COMMAND_TIMEOUT_MS,
      // A caller hears of a lost Redis at once and decides; commands don't pile up while it is away.
      maxRetriesPerRequest: 0,
      enableAutoPipelining: true,
      retryStrategy: (attempt) => Math.min(attempt * 50, RECONNECT_MAX_MS),
    });
    this.redis.on('error', onError);
  }

  override async get(key: string) {
    return (await this.answer(this.redis.get(key))) ?? undefined;
  }

  override async set(key: string, value: string, ttlSeconds: number) {
    await this.answer(this.redis.set(key, value, 'PX', milliseconds(ttlSeconds)));
  }

  override async add(key: string, value: string, ttlSeconds: number) {
    return (await this.answer(this.redis.set(key, value, 'PX', milliseconds(ttlSeconds), 'NX'))) === 'OK';
  }

  override async take(key: string) {
    return (await this.answer(this.redis.getdel(key))) ?? undefined;
  }

  override async delete(...keys: string[]) {
    if (keys.length > 0) await this.answer(this.redis.del(...keys));
  }

  /**
   * By EVALSHA, and not as a command of ioredis' own making: one that is defined while an automatic pipeline waits is
   * unknown to that pipeline, which then fails in a way that ends the process.
   */
  override async run<Reply>(script: AtomicScript<Reply>, keys: string[], args: (string | number)[]) {
    return (await this.answer(this.evaluate(script, keys, args))) as Reply;
  }

  override async ping() {
    await this.answer(this.redis.ping());
  }

  override async close() {
    if (this.redis.status !== 'ready') return this.redis.disconnect();
    await this.redis.quit().catch(() => this.redis.disconnect());
  }

  private async evaluate({ lua, batched }: AtomicScript<unknown>, keys: string[], args: (string | number)[]) {
    try {
      if (batched) return await this.sendNow('evalsha', [this.sha1(lua), keys.length, ...keys, ...args]);
      return await this.redis.evalsha(this.sha1(lua), keys.length, ...keys, ...args);
    } catch (error) {
      // A Redis that has restarted, or has never seen the script, is told it again.
      if (!(error instanceof Error) || !error.message.startsWith('NOSCRIPT')) throw error;
      return this.redis.eval(lua, keys.length, ...keys, ...args);
    }
  }

  /** Past the automatic pipelines. */
  private sendNow(name: string, args: (string | number)[]): Promise<unknown> {
    const command = new Command(name, args, { replyEncoding: 'utf8', keyPrefix: this.prefix });
    return this.redis.sendCommand(command) as Promise<unknown>;
  }

  private sha1(lua: string): string {
    const known = this.digests.get(lua);
    if (known !== undefined) return known;
    const digest = createHash('sha1').update(lua).digest('hex');
    this.digests.set(lua, digest);
    return digest;
  }

  private async answer<T>(reply: Promise<T>): Promise<T> {
    try {
      return await reply;
    } catch (error) {
      if (isFaultOfScript(error)) throw error;
      throw new StoreUnavailableError(reasonOf(error), { cause: error });
    }
  }
}

/**
 * What a script threw itself, or met under a key: that it fails says nothing of the next one. All else that Redis refuses
 * with (it is full, or a replica, or loads) means that it cannot work; up to version 6 it says so, after a dash, in the
 * message of the script.
 */
function isFaultOfScript(error: unknown): boolean {
  if (!(error instanceof ReplyError)) return false;
  const { message } = error as Error;
  return /^(?:ERR|WRONGTYPE) .*script/s.test(message) && !/ -[A-Z]+ /.test(message);
}

/** ioredis says of a command while Redis is away how its own settings are called. */
function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  return error.name === 'MaxRetriesPerRequestError' ? 'Redis does not answer' : error.message;
}

function milliseconds(seconds: number): number {
  return Math.max(1, Math.round(seconds * 1000));
}
