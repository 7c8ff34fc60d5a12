import { type AtomicScript, Store } from '@gatehouse/store';
import { hashOf } from '@gatehouse/token';
import { Inject, Injectable } from '@nestjs/common';
import type { LoginClient } from './login-client.js';
import type { SessionKey } from './session-store.js';

/** Sessions that one person has at one client; at one more, the oldest is over. */
const MAX_SESSIONS = 100;
/** Longer than a login takes from the provider's answer to its session. */
const MARK_S = 600;

/** Whose sessions a provider ends: all of a person, or those of one session at the provider. */
export interface Ended {
  readonly sub: string | undefined;
  readonly sid: string | undefined;
  /** When the provider said so, in epoch seconds. */
  readonly iat: number;
}

export interface ListedSession {
  readonly key: SessionKey;
  readonly sub: string;
  readonly sid: string | undefined;
  /** Of the ID Token, in epoch seconds. */
  readonly iat: number;
  readonly endsAt: number;
}

/** Which sessions a person has, so that their provider can end them (OpenID Connect Back-Channel Logout §2.7). */
@Injectable()
export class SignedInPeople {
  constructor(@Inject(Store) private readonly store: Store) {}

  /** @returns sessions that are over now; `refused` among them when the provider has ended it already */
  async add(client: LoginClient, session: ListedSession): Promise<{ over: SessionKey[]; refused: boolean }> {
    const { key, sub, sid, endsAt } = session;
    const now = Math.floor(Date.now() / 1000);
    const ttl = Math.max(1, endsAt - now);
    if (sid !== undefined) await this.store.set(name('sid', client, sid), sub, ttl);
    const entry = `${endsAt} ${sid === undefined ? '-' : hashOf(sid)} ${key}`;
    const over = await this.store.run(ADD, [name('person', client, sub)], [entry, now, MAX_SESSIONS, ttl]);
    return { over: over as SessionKey[], refused: await this.isEnded(client, session) };
  }

  /** @returns the sessions that are over; whoever is about to be added to them is refused */
  async end(client: LoginClient, { sub, sid, iat }: Ended): Promise<SessionKey[]> {
    const of = sid === undefined ? name('ended', client, sub!) : name('ended-sid', client, sid);
    await this.store.set(of, String(iat), MARK_S);
    const person = sub ?? (await this.store.get(name('sid', client, sid!)));
    if (person === undefined) return [];
    const wanted = sid === undefined ? '' : hashOf(sid);
    return (await this.store.run(TAKE, [name('person', client, person)], [wanted])) as SessionKey[];
  }

  /** A logout may overtake the login that it is about: the mark is set before the list is read, and read after it is. */
  private async isEnded(client: LoginClient, { sub, sid, iat }: ListedSession): Promise<boolean> {
    if (sid !== undefined && (await this.store.get(name('ended-sid', client, sid))) !== undefined)
      return true;
    const ended = await this.store.get(name('ended', client, sub));
    return ended !== undefined && iat < Number(ended);
  }
}

function name(of: 'person' | 'sid' | 'ended' | 'ended-sid', client: LoginClient, value: string): string {
  return `${of}:${hashOf(JSON.stringify([client.issuer, client.clientId, value]))}`;
}

/** A list is text: a line for each session, with its end, its `sid` and its key. */
const ADD: AtomicScript<string[]> = {
  lua: `local kept = {}
for line in string.gmatch(redis.call('GET', KEYS[1]) or '', '[^\\n]+') do
  if tonumber(string.match(line, '^%d+')) > tonumber(ARGV[2]) then kept[#kept + 1] = line end
end
kept[#kept + 1] = ARGV[1]
local over = {}
while #kept > tonumber(ARGV[3]) do over[#over + 1] = string.match(table.remove(kept, 1), '%S+$') end
local ttl = math.max(tonumber(ARGV[4]), redis.call('TTL', KEYS[1]))
redis.call('SET', KEYS[1], table.concat(kept, '\\n'), 'EX', ttl)
return over`,
  local(keyspace, [key], [entry, now, max, ttl]) {
    const kept = linesOf(keyspace.get(key!)).filter((line) => Number.parseInt(line, 10) > Number(now));
    kept.push(entry!);
    const over = kept.splice(0, Math.max(0, kept.length - Number(max)));
    keyspace.set(key!, kept.join('\n'), Math.max(Number(ttl) * 1000, keyspace.ttl(key!)));
    return over.map(keyOf);
  },
};

const TAKE: AtomicScript<string[]> = {
  lua: `local kept, taken = {}, {}
for line in string.gmatch(redis.call('GET', KEYS[1]) or '', '[^\\n]+') do
  if ARGV[1] == '' or string.match(line, '^%d+ (%S+)') == ARGV[1] then
    taken[#taken + 1] = string.match(line, '%S+$')
  else kept[#kept + 1] = line end
end
if #kept == 0 then redis.call('DEL', KEYS[1])
elseif #taken > 0 then redis.call('SET', KEYS[1], table.concat(kept, '\\n'), 'KEEPTTL') end
return taken`,
  local(keyspace, [key], [sid]) {
    const lines = linesOf(keyspace.get(key!));
    const isTaken = (line: string) => sid === '' || line.split(' ')[1] === sid;
    const kept = lines.filter((line) => !isTaken(line));
    if (kept.length === 0) keyspace.delete(key!);
    else keyspace.set(key!, kept.join('\n'));
    return lines.filter(isTaken).map(keyOf);
  },
};

function linesOf(text: string | undefined): string[] {
  return text === undefined || text === '' ? [] : text.split('\n');
}

function keyOf(line: string): string {
  return line.slice(line.lastIndexOf(' ') + 1);
}
