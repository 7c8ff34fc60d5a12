/** Keeps what oidc-provider stores in Redis: its adapter interface (`docs/README.md#adapter`), each call atomic. */
import { Redis } from 'ioredis';

const CONSUMABLE = new Set(['AuthorizationCode', 'RefreshToken']);
const BY_GRANT = new Set(['AccessToken', 'AuthorizationCode', 'RefreshToken']);

/** @returns the adapter factory that `new Provider(…, { adapter })` takes */
export function redisAdapter(url) {
  const redis = new Redis(url, { enableAutoPipelining: true });
  return (model) => new RedisAdapter(redis, model);
}

class RedisAdapter {
  constructor(redis, model) {
    this.redis = redis;
    this.model = model;
  }

  async upsert(id, payload, expiresIn) {
    const key = this.#key(id);
    const multi = this.redis.multi();
    if (CONSUMABLE.has(this.model)) multi.hset(key, { payload: JSON.stringify(payload) });
    else multi.set(key, JSON.stringify(payload));
    if (expiresIn) multi.expire(key, expiresIn);
    if (BY_GRANT.has(this.model) && payload.grantId) {
      multi.rpush(grantKey(payload.grantId), key);
      multi.expire(grantKey(payload.grantId), expiresIn);
    }
    if (payload.uid) multi.set(`uid:${payload.uid}`, id, 'EX', expiresIn);
    await multi.exec();
  }

  async find(id) {
    if (!CONSUMABLE.has(this.model)) return parse(await this.redis.get(this.#key(id)));
    const { payload, consumed } = await this.redis.hgetall(this.#key(id));
    return payload && { ...JSON.parse(payload), ...(consumed ? { consumed: Number(consumed) } : {}) };
  }

  async findByUid(uid) {
    const id = await this.redis.get(`uid:${uid}`);
    return id === null ? undefined : this.find(id);
  }

  async consume(id) {
    await this.redis.hset(this.#key(id), 'consumed', Math.floor(Date.now() / 1000));
  }

  async destroy(id) {
    await this.redis.del(this.#key(id));
  }

  async revokeByGrantId(grantId) {
    const keys = await this.redis.lrange(grantKey(grantId), 0, -1);
    await this.redis.del(grantKey(grantId), ...keys);
  }

  #key(id) {
    return `${this.model}:${id}`;
  }
}

function grantKey(grantId) {
  return `grant:${grantId}`;
}

function parse(text) {
  return text === null ? undefined : JSON.parse(text);
}
