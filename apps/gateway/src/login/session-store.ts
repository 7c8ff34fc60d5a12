import { type AtomicScript, Store } from '@gatehouse/store';
import { SecretBox } from '@gatehouse/token';
import { Inject, Injectable } from '@nestjs/common';
import { CONFIG, type Config } from '../config.js';
import type { LoginClient } from './login-client.js';
import type { Session } from './session.js';

/** How a session's key, which the cookie's secret hashes to, stands in the store. */
export type SessionKey = `session:${string}`;

/** Sessions as they are kept: encrypted, for as long as they may be used, readable for their own login client alone. */
@Injectable()
export class SessionStore {
  private readonly box: SecretBox;

  constructor(
    @Inject(Store) private readonly store: Store,
    @Inject(CONFIG) config: Config,
  ) {
    this.box = new SecretBox(config.secret, 'login sessions');
  }

  async put(client: LoginClient, key: SessionKey, session: Session): Promise<void> {
    const left = session.endsAt - Math.floor(Date.now() / 1000);
    await this.store.set(key, this.seal(client, key, session), Math.min(left, client.sessionIdle ?? left));
  }

  /** One round trip, which also says that the session is in use. */
  async read(client: LoginClient, key: SessionKey): Promise<Session | undefined> {
    const { sessionIdle } = client;
    const found =
      sessionIdle === undefined
        ? await this.store.get(key)
        : await this.store.run(READ_AND_KEEP, [key], [sessionIdle]);
    return found == null ? undefined : this.open(client, key, found);
  }

  /** Keeps the session's end. @returns whether there was one: what was ended meanwhile stays so */
  async replace(client: LoginClient, key: SessionKey, session: Session): Promise<boolean> {
    return (await this.store.exchange(key, this.seal(client, key, session))) !== undefined;
  }

  async take(client: LoginClient, key: SessionKey): Promise<Session | undefined> {
    const found = await this.store.take(key);
    return found === undefined ? undefined : this.open(client, key, found);
  }

  /** One by one: in a Redis Cluster they are in different places. */
  async delete(keys: readonly SessionKey[]): Promise<void> {
    await Promise.all(keys.map((key) => this.store.delete(key)));
  }

  private seal(client: LoginClient, key: SessionKey, session: Session): string {
    return `${session.endsAt} ${this.box.seal(JSON.stringify(session), contextOf(client, key))}`;
  }

  /** Undefined for what was sealed under another GATEHOUSE_SECRET, or for another client: to sign in again helps. */
  private open(client: LoginClient, key: SessionKey, text: string): Session | undefined {
    try {
      const sealed = text.slice(text.indexOf(' ') + 1);
      return JSON.parse(this.box.open(sealed, contextOf(client, key))) as Session;
    } catch {
      return undefined;
    }
  }
}

/** A session is of one login client as it was then: not of another of that name at another provider. */
function contextOf({ name, issuer, clientId }: LoginClient, key: SessionKey): string {
  return JSON.stringify([key, name, issuer, clientId]);
}

/** Each use gives a session its idle time again, but never past its end, which stands before it in clear. */
const READ_AND_KEEP: AtomicScript<string | null> = {
  lua: `local text = redis.call('GET', KEYS[1])
if not text then return text end
local ends = tonumber(string.match(text, '^%d+'))
redis.call('EXPIREAT', KEYS[1], math.min(ends, tonumber(redis.call('TIME')[1]) + tonumber(ARGV[1])))
return text`,
  local(keyspace, [key], [idle]) {
    const text = keyspace.get(key!);
    if (text === undefined) return null;
    const left = Number.parseInt(text, 10) * 1000 - keyspace.now();
    keyspace.set(key!, text, Math.max(1, Math.min(left, Number(idle) * 1000)));
    return text;
  },
};
