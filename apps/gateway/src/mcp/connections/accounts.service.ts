import { setTimeout as sleep } from 'node:timers/promises';
import { Store, underLock } from '@gatehouse/store';
import { hashOf, SecretBox } from '@gatehouse/token';
import { Inject, Injectable, Logger } from '@nestjs/common';
import { CONFIG, type Config } from '../../config.js';
import { McpProblem } from '../protocol/mcp-problem.js';
import type { Account, Person } from './account.js';
import { AccountStore } from './account-store.service.js';
import { AccountTokens } from './account-tokens.service.js';
import type { OAuthServer } from './oauth-server.js';

/**
 * Longer than all that is asked within: metadata at two places, a registration and a renewal, 10 seconds each. Who has the
 * lock and dies delays the others by this.
 */
const LOCK_S = 60;
const WAIT_MS = 10_000;
const LOOK_MS = 50;
/** After which PostgreSQL is asked again, which keeps what lasts. */
const KEPT_S = 300;
/** A token that a server refuses though it is as young as this would be no better renewed. */
const YOUNG_MS = 60_000;
/** Stands for an account that is not there. */
const NONE = '';

/**
 * Tokens of users for MCP servers: where one is good, calls find it in the store by one look. All that changes an account runs
 * under its lock, over all replicas: a refresh token is good for one use (RFC 9700 §4.14.2).
 */
@Injectable()
export class Accounts {
  private readonly logger = new Logger(Accounts.name);
  private readonly box: SecretBox;
  /** What this process waits for: however many calls of a user there are, one of them looks. */
  private readonly waiting = new Map<string, Promise<string | undefined>>();

  constructor(
    @Inject(Store) private readonly store: Store,
    private readonly accounts: AccountStore,
    private readonly tokens: AccountTokens,
    @Inject(CONFIG) config: Config,
  ) {
    this.box = new SecretBox(config.secret, 'tokens for MCP servers');
  }

  /**
   * A token for the server.
   * @param refused one that it did not take: another is wanted
   * @returns undefined where the user has to connect an account first
   * @throws McpProblem 503
   */
  async token(person: Person, server: OAuthServer, refused?: string): Promise<string | undefined> {
    const key = keyOf(person, server.name);
    const kept = await this.kept(key, server);
    if (kept !== undefined && kept !== refused) return kept === NONE ? undefined : kept;
    const asked = JSON.stringify([key, server.url, refused]);
    let looking = this.waiting.get(asked);
    if (!looking) {
      looking = this.exclusively(key, () => this.load(key, person, server, refused));
      this.waiting.set(asked, looking);
      const over = () => this.waiting.delete(asked);
      looking.then(over, over);
    }
    return looking;
  }

  async connect(person: Person, server: OAuthServer, account: Account): Promise<void> {
    const key = keyOf(person, server.name);
    await this.exclusively(key, async () => {
      await this.accounts.put(person, server, account);
      await this.keep(key, server, account);
    });
    this.logger.log(`${nameOf(person)} has connected an account at ${server.name}`);
  }

  /** Forgets the account at once, and has its tokens revoked where that can be. @param server its name, if it is gone itself */
  async disconnect(person: Person, server: OAuthServer | string): Promise<void> {
    const name = typeof server === 'string' ? server : server.name;
    const key = keyOf(person, name);
    const account = await this.exclusively(key, async () => {
      const known = typeof server === 'string' ? undefined : await this.accounts.find(person, server);
      await this.forget(key, person, name);
      return known;
    });
    this.logger.log(`${nameOf(person)} has no account at ${name} any longer`);
    if (account && typeof server !== 'string') await this.tokens.revoke(server, account);
  }

  private async load(key: string, person: Person, server: OAuthServer, refused: string | undefined) {
    const kept = await this.kept(key, server);
    // Another one was here between our look and our lock.
    if (kept !== undefined && kept !== refused) return kept === NONE ? undefined : kept;
    const known = await this.accounts.find(person, server);
    if (known && known.accessToken === refused && isYoung(known)) return undefined;
    const account = known && (await this.renewed(person, server, known, refused));
    if (account) {
      await this.keep(key, server, account);
      return account.accessToken;
    }
    if (known) await this.forget(key, person, server.name);
    else await this.store.set(key, NONE, KEPT_S);
    return undefined;
  }

  /** @returns undefined where the account is of no use any longer */
  private async renewed(
    person: Person,
    server: OAuthServer,
    account: Account,
    refused: string | undefined,
  ): Promise<Account | undefined> {
    const { accessToken, renewAt = Infinity } = account;
    if (accessToken !== refused && Date.now() < renewAt) return account;
    const renewed = await this.tokens.refresh(server, account);
    if (renewed) await this.accounts.put(person, server, renewed);
    return renewed;
  }

  private async forget(key: string, person: Person, server: string): Promise<void> {
    await this.accounts.delete(person, server);
    await this.store.set(key, NONE, KEPT_S);
  }

  private async keep(key: string, { url }: OAuthServer, { accessToken, renewAt }: Account): Promise<void> {
    const left = renewAt === undefined ? KEPT_S : Math.floor((renewAt - Date.now()) / 1_000);
    const sealed = this.box.seal(accessToken, contextOf(key, url));
    await this.store.set(key, sealed, Math.max(1, Math.min(KEPT_S, left)));
  }

  /** A token, NONE, or undefined where nothing is kept. */
  private async kept(key: string, { url }: OAuthServer): Promise<string | undefined> {
    const found = await this.store.get(key);
    if (found === undefined || found === NONE) return found;
    try {
      return this.box.open(found, contextOf(key, url));
    } catch {
      return undefined;
    }
  }

  private async exclusively<Value>(key: string, work: () => Promise<Value>): Promise<Value> {
    for (let waited = 0; waited < WAIT_MS; waited += LOOK_MS) {
      const done = await underLock(this.store, `${key}:lock`, LOCK_S, work);
      if (done) return done.value;
      await sleep(LOOK_MS);
    }
    throw new McpProblem(503, 'The account is being renewed. Try again shortly.', {
      fault: 'upstream_credentials_unavailable',
      headers: { 'retry-after': '1' },
    });
  }
}

function isYoung({ issuedAt, renewAt = Infinity }: Account): boolean {
  return Date.now() < Math.min(issuedAt + YOUNG_MS, renewAt);
}

function keyOf({ issuer, subject }: Person, server: string): string {
  return `mcp-account:${hashOf(JSON.stringify([issuer, subject, server]))}`;
}

function contextOf(key: string, url: string): string {
  return JSON.stringify([key, url]);
}

function nameOf({ issuer, subject }: Person): string {
  return `${JSON.stringify(subject)} of ${issuer}`;
}
