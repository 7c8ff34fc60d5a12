import { Store } from '@gatehouse/store';
import { hashOf, InvalidTokenError, newSecret, SecretBox } from '@gatehouse/token';
import { Inject, Injectable } from '@nestjs/common';
import { CONFIG, type Config } from '../config.js';
import type { Caller } from '../guards/route-guard.js';
import { AccessTokens } from '../tokens/access-tokens.service.js';
import { AuthServerClient } from '../tokens/auth-server.client.js';

/** How long a person stays signed in at the gateway, whatever they do. */
export const SESSION_LIFETIME_S = 8 * 3_600;

const REFRESH_LOCK_S = 5;
const REFRESH_LOOK_MS = 50;

/** What a login brought. The tokens stay here; the browser has only the session's secret. */
export interface LoginResult {
  readonly caller: Caller;
  readonly accessToken: string;
  readonly refreshToken?: string | undefined;
}

interface StoredSession {
  readonly caller: Caller;
  /** Both tokens, encrypted. */
  readonly tokens: string;
  /** Epoch milliseconds. */
  readonly endsAt: number;
}

type Tokens = Pick<LoginResult, 'accessToken' | 'refreshToken'>;

/** Sessions of people who signed in by redirect, kept under the hash of the cookie's secret. */
@Injectable()
export class LoginSessions {
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
  async create({ caller, ...tokens }: LoginResult): Promise<string> {
    const secret = newSecret();
    await this.save(keyOf(secret), { caller, tokens, endsAt: Date.now() + SESSION_LIFETIME_S * 1000 });
    return secret;
  }

  /** Who is signed in, when their tokens are still good; an expired access token is refreshed on the way. */
  async find(secret: string | undefined): Promise<Caller | undefined> {
    if (secret === undefined) return undefined;
    const key = keyOf(secret);
    const session = await this.read(key);
    if (!session) return undefined;
    if (await this.isGood(session.tokens.accessToken)) return session.caller;
    return this.refreshed(key, session.tokens.accessToken);
  }

  /** Ends the session, and what the auth-server issued for it. */
  async end(secret: string | undefined): Promise<void> {
    if (secret === undefined) return;
    const key = keyOf(secret);
    const session = await this.read(key);
    await this.store.delete(key);
    // The session is over in any case; the auth-server's tokens expire by themselves if it is away.
    if (session?.tokens.refreshToken)
      await this.authServer.revoke(session.tokens.refreshToken).catch(() => undefined);
  }

  /** One request refreshes, the others wait for what it gets: a refresh token is good for one use. */
  private async refreshed(key: string, expired: string): Promise<Caller | undefined> {
    for (let waited = 0; waited < REFRESH_LOCK_S * 1000; waited += REFRESH_LOOK_MS) {
      const session = await this.read(key);
      if (!session) return undefined;
      if (session.tokens.accessToken !== expired) return session.caller;
      if (await this.store.add(`${key}:refreshing`, '1', REFRESH_LOCK_S)) return this.refresh(key, session);
      await new Promise((resolve) => setTimeout(resolve, REFRESH_LOOK_MS));
    }
    return undefined;
  }

  private async refresh(key: string, session: Awaited<ReturnType<LoginSessions['read']>> & object) {
    const { refreshToken } = session.tokens;
    const answer = refreshToken === undefined ? undefined : await this.authServer.refresh(refreshToken);
    if (!answer) {
      await this.store.delete(key, `${key}:refreshing`);
      return undefined;
    }
    const tokens = { accessToken: answer.access_token, refreshToken: answer.refresh_token ?? refreshToken };
    await this.save(key, { ...session, tokens });
    await this.store.delete(`${key}:refreshing`);
    return session.caller;
  }

  private async isGood(accessToken: string): Promise<boolean> {
    try {
      await this.accessTokens.verify(accessToken);
      return true;
    } catch (error) {
      if (error instanceof InvalidTokenError) return false;
      throw error;
    }
  }

  private async read(key: string) {
    const found = await this.store.get(key);
    if (found === undefined) return undefined;
    const { caller, tokens, endsAt } = JSON.parse(found) as StoredSession;
    return { caller, endsAt, tokens: JSON.parse(this.box.open(tokens, key)) as Tokens };
  }

  private async save(
    key: string,
    session: { caller: Caller; tokens: Tokens; endsAt: number },
  ): Promise<void> {
    const stored: StoredSession = { ...session, tokens: this.box.seal(JSON.stringify(session.tokens), key) };
    await this.store.set(key, JSON.stringify(stored), Math.max(1, (session.endsAt - Date.now()) / 1000));
  }
}

function keyOf(secret: string): string {
  return `session:${hashOf(secret)}`;
}
