import { Store } from '@gatehouse/store';
import { hashOf, newSecret } from '@gatehouse/token';
import { Inject, Injectable, type OnModuleInit } from '@nestjs/common';
import { DiscoveryService } from '@nestjs/core';
import { ADD_MEMBER, readMembers, REMOVE_MEMBER } from './member-list.js';
import { SessionEnd, type SessionEndListener } from './session-end.js';

/** How long a person stays signed in at this server. */
export const SESSION_LIFETIME_S = 8 * 3_600;

/** Sessions of one person that are remembered together, and clients of one session. */
const MOST_SESSIONS = 100;
const MOST_CLIENTS = 500;

/** Where a person signed in, as far as a browser tells. */
export interface Device {
  readonly userAgent?: string | undefined;
  readonly address?: string | undefined;
}

/** A person signed in, in one browser. */
export interface LoginSession {
  /** Its public name (OpenID Connect Front-Channel Logout §3, `sid`). It stays when they prove who they are again. */
  readonly sid: string;
  readonly userId: string;
  /** When they proved who they are, in epoch seconds (OpenID Connect Core §2, `auth_time`). */
  readonly authTime: number;
  /** How (RFC 8176). */
  readonly amr: readonly string[];
  readonly device: Device;
  /** What scripts of this server's own frame see of it (OpenID Connect Session Management §3.2). */
  readonly browserState: string;
}

/** Login sessions, kept under the hash of the cookie's secret, and listed by person. */
@Injectable()
export class SessionsService implements OnModuleInit {
  private listeners: readonly SessionEndListener[] = [];

  constructor(
    @Inject(Store) private readonly store: Store,
    private readonly discovery: DiscoveryService,
  ) {}

  onModuleInit(): void {
    const marked = this.discovery.getProviders({ metadataKey: SessionEnd.KEY });
    this.listeners = marked.map((wrapper) => wrapper.instance as SessionEndListener);
  }

  /** @returns the secret for the cookie: new at every login, so that none planted before it is worth anything */
  create(userId: string, amr: readonly string[], device: Device = {}): Promise<string> {
    return this.begin({ userId, amr, device, sid: newSecret().slice(0, 22) });
  }

  /** As `create`, in a browser that has a session. The same person's goes on under a new secret; another's ends. */
  async replace(secret: string | undefined, userId: string, amr: readonly string[], device: Device = {}) {
    const before = await this.find(secret);
    if (before?.userId !== userId) {
      await this.end(secret);
      return this.create(userId, amr, device);
    }
    const fresh = await this.begin({ userId, amr, device, sid: before.sid });
    await this.forget(hashOf(secret!), before);
    return fresh;
  }

  find(secret: string | undefined): Promise<LoginSession | undefined> {
    return secret === undefined ? Promise.resolve(undefined) : this.read(hashOf(secret));
  }

  /** Signs out. */
  async end(secret: string | undefined): Promise<void> {
    if (secret !== undefined) await this.endByHash(hashOf(secret));
  }

  /** Every session of a person, the newest last. */
  async ofUser(userId: string): Promise<LoginSession[]> {
    return (await this.entries(userId)).map(({ session }) => session);
  }

  /** Signs a person out of one session. @returns whether they had it */
  async endOne(userId: string, sid: string): Promise<boolean> {
    const entry = (await this.entries(userId)).find(({ session }) => session.sid === sid);
    if (entry) await this.endByHash(entry.hash);
    return entry !== undefined;
  }

  /** Signs a person out everywhere. */
  async endAll(userId: string): Promise<void> {
    for (const { hash } of await this.entries(userId)) await this.endByHash(hash);
  }

  /** Notes that the session signed the person in to a client: who is told when it ends. */
  async noteClient({ sid }: LoginSession, clientId: string): Promise<void> {
    await this.store.run(ADD_MEMBER, [clientsKey(sid)], [clientId, MOST_CLIENTS, SESSION_LIFETIME_S * 1000]);
  }

  /** The clients that the session signed in to. */
  async clientsOf({ sid }: Pick<LoginSession, 'sid'>): Promise<string[]> {
    return readMembers(await this.store.get(clientsKey(sid)));
  }

  private async begin(about: Omit<LoginSession, 'authTime' | 'browserState'>): Promise<string> {
    const secret = newSecret();
    const authTime = Math.floor(Date.now() / 1000);
    const session: LoginSession = { ...about, authTime, browserState: browserStateOf(secret) };
    const lifetimeMs = SESSION_LIFETIME_S * 1000;
    await this.store.set(keyOf(hashOf(secret)), JSON.stringify(session), SESSION_LIFETIME_S);
    await this.store.run(ADD_MEMBER, [listKey(about.userId)], [hashOf(secret), MOST_SESSIONS, lifetimeMs]);
    return secret;
  }

  private async read(hash: string): Promise<LoginSession | undefined> {
    const found = await this.store.get(keyOf(hash));
    return found === undefined ? undefined : (JSON.parse(found) as LoginSession);
  }

  private async entries(userId: string): Promise<{ hash: string; session: LoginSession }[]> {
    const hashes = readMembers(await this.store.get(listKey(userId)));
    const sessions = await Promise.all(hashes.map((hash) => this.read(hash)));
    return hashes.flatMap((hash, index) => {
      const session = sessions[index];
      return session ? [{ hash, session }] : [];
    });
  }

  private async endByHash(hash: string): Promise<void> {
    const session = await this.read(hash);
    if (!session) return;
    const clientIds = await this.clientsOf(session);
    for (const listener of this.listeners) await listener.sessionEnding(session, clientIds);
    await this.forget(hash, session);
    await this.store.delete(clientsKey(session.sid));
  }

  private async forget(hash: string, { userId }: LoginSession): Promise<void> {
    await this.store.delete(keyOf(hash));
    await this.store.run(REMOVE_MEMBER, [listKey(userId)], [hash]);
  }
}

/** Tells a login from the next one, and nothing about its secret. */
export function browserStateOf(secret: string): string {
  return hashOf(`browser state ${secret}`);
}

function keyOf(hash: string): string {
  return `session:${hash}`;
}

function listKey(userId: string): string {
  return `user-sessions:${userId}`;
}

function clientsKey(sid: string): string {
  return `session-clients:${sid}`;
}
