import { setTimeout as sleep } from 'node:timers/promises';
import { Problem } from '@gatehouse/http';
import { Store } from '@gatehouse/store';
import { hashOf, InvalidTokenError, newSecret, SecretBox } from '@gatehouse/token';
import { Inject, Injectable, Logger } from '@nestjs/common';
import { CONFIG, type Config } from '../config.js';
import type { Caller } from '../guards/route-guard.js';
import { AccessTokens } from '../tokens/access-tokens.service.js';
import { AuthServerClient } from '../tokens/auth-server.client.js';
import { SESSION_LIFETIME_S } from './login-cookies.js';

/** Longer than a refresh can take; who holds the lock and dies delays the others by this. */
const REFRESH_LOCK_S = 10;
const REFRESH_WAIT_MS = 5_000;
const REFRESH_LOOK_MS = 50;

/** What a login brought. The tokens stay here; the browser has only the session's secret. */
export interface LoginResult extends SignedIn, Tokens {}

/** Who is signed in. */
export interface SignedIn {
  readonly caller: Caller;
  /** The scopes that the login asked for: what was not granted then is not worth asking for again. */
  readonly asked: readonly string[];
}

interface Tokens {
  readonly accessToken: string;
  readonly refreshToken?: string | undefined;
}

interface StoredSession extends SignedIn {
  /** Both tokens, encrypted. */
  readonly tokens: string;
}

interface Session extends SignedIn {
  readonly tokens: Tokens;
}

/** Sessions of people who signed in by redirect, kept under the hash of the cookie's secret. */
@Injectable()
export class LoginSessions {
  private readonly logger = new Logger(LoginSessions.name);
  private readonly box: SecretBox;

  constructor(
    @Inject(Store) private readonly store: Store,
    @Inject(CONFIG) config: Config,
    private readonly accessTokens: AccessTokens,
    private readonly authServer: AuthServerClient,
  ) {
    this.box = new SecretBox(config.secret, 'login sessions');
  }

  /** @returns the secret for the cookie: new at every login */
  async create({ caller, asked, accessToken, refreshToken }: LoginResult): Promise<string> {
    const secret = newSecret();
    const key = keyOf(secret);
    const session: Session = { caller, asked, tokens: { accessToken, refreshToken } };
    await this.store.set(key, this.write(key, session), SESSION_LIFETIME_S);
    return secret;
  }

  /**
   * Who is signed in, when their tokens are still good; an expired access token is refreshed on the way.
   * @throws Problem 503 when that cannot be found out
   */
  async find(secret: string | undefined): Promise<SignedIn | undefined> {
    if (secret === undefined) return undefined;
    const key = keyOf(secret);
    const session = await this.read(key);
    if (!session) return undefined;
    if (await this.isGood(session)) return session;
    return this.refreshed(key, session.tokens.accessToken);
  }

  /** Ends the session, and what the auth-server issued for it. */
  async end(secret: string | undefined): Promise<void> {
    if (secret === undefined) return;
    const key = keyOf(secret);
    const found = await this.store.take(key);
    const refreshToken = found === undefined ? undefined : this.open(key, found)?.tokens.refreshToken;
    // The session is over in any case; the auth-server's tokens expire by themselves if it is away.
    if (refreshToken !== undefined) await this.authServer.revoke(refreshToken).catch(() => undefined);
  }

  /** One request refreshes, the others wait for what it gets: a refresh token is good for one use. */
  private async refreshed(key: string, expired: string): Promise<SignedIn | undefined> {
    const lock = `${key}:refreshing`;
    for (let waited = 0; waited < REFRESH_WAIT_MS; waited += REFRESH_LOOK_MS) {
      if (await this.store.add(lock, '1', REFRESH_LOCK_S)) {
        try {
          return await this.refreshOnce(key, expired);
        } finally {
          await this.store.delete(lock);
        }
      }
      await sleep(REFRESH_LOOK_MS);
      const session = await this.read(key);
      if (session?.tokens.accessToken !== expired) return session;
    }
    throw unavailable();
  }

  private async refreshOnce(key: string, expired: string): Promise<SignedIn | undefined> {
    const session = await this.read(key);
    // Another request was here between our look and our lock.
    if (session?.tokens.accessToken !== expired) return session;
    const tokens = await this.renew(session.tokens);
    const renewed = tokens && (await this.replace(key, { ...session, tokens }));
    if (renewed && (await this.isGood(renewed))) return renewed;
    await this.store.delete(key);
    return undefined;
  }

  private async renew({ refreshToken }: Tokens): Promise<Tokens | undefined> {
    if (refreshToken === undefined) return undefined;
    let answer: Awaited<ReturnType<AuthServerClient['refresh']>>;
    try {
      answer = await this.authServer.refresh(refreshToken);
    } catch (error) {
      this.logger.warn(`A login session cannot be renewed just now: ${(error as Error).message}`);
      throw unavailable();
    }
    return answer && { accessToken: answer.access_token, refreshToken: answer.refresh_token ?? refreshToken };
  }

  /** The session keeps its end; one that was ended meanwhile stays so. */
  private async replace(key: string, session: Session): Promise<Session | undefined> {
    const before = await this.store.exchange(key, this.write(key, session));
    return before === undefined ? undefined : session;
  }

  private async isGood({ caller, tokens }: Session): Promise<boolean> {
    try {
      const { claims } = await this.accessTokens.verify(tokens.accessToken);
      return claims.sub === caller.subject;
    } catch (error) {
      if (error instanceof InvalidTokenError) return false;
      throw error;
    }
  }

  private async read(key: string): Promise<Session | undefined> {
    const found = await this.store.get(key);
    return found === undefined ? undefined : this.open(key, found);
  }

  /** Undefined for what was sealed under another GATEHOUSE_SECRET: to sign in again is all that helps. */
  private open(key: string, text: string): Session | undefined {
    const { tokens, ...rest } = JSON.parse(text) as StoredSession;
    try {
      return { ...rest, tokens: JSON.parse(this.box.open(tokens, key)) as Tokens };
    } catch {
      return undefined;
    }
  }

  private write(key: string, { caller, asked, tokens }: Session): string {
    const stored: StoredSession = { caller, asked, tokens: this.box.seal(JSON.stringify(tokens), key) };
    return JSON.stringify(stored);
  }
}

function unavailable(): Problem {
  return new Problem(503, 'The login session cannot be renewed just now. Try again shortly.', {
    headers: { 'retry-after': '1' },
  });
}

function keyOf(secret: string): string {
  return `session:${hashOf(secret)}`;
}
