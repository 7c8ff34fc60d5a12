import { hashOf, InvalidTokenError, newSecret } from '@gatehouse/token';
import { Injectable } from '@nestjs/common';
import { AccessTokens } from '../tokens/access-tokens.service.js';
import type { LoginClient } from './login-client.js';
import { expiredLogin } from './login-failed.js';
import { ProviderTokens } from './provider-tokens.service.js';
import { Providers } from './providers.service.js';
import { SessionRenewal } from './session-renewal.service.js';
import { type SessionKey, SessionStore } from './session-store.js';
import type { Session } from './session.js';
import type { SignedIn } from './sign-in.service.js';
import { type Ended, SignedInPeople } from './signed-in-people.js';

/** A token is renewed while it is still good for this long, or for a fourth of its life, so that nobody waits. */
const RENEW_BEFORE_MS = 30_000;

/** Sessions of people who signed in by redirect, kept under the hash of the cookie's secret. */
@Injectable()
export class LoginSessions {
  constructor(
    private readonly store: SessionStore,
    private readonly people: SignedInPeople,
    private readonly renewal: SessionRenewal,
    private readonly providers: Providers,
    private readonly tokens: ProviderTokens,
    private readonly accessTokens: AccessTokens,
  ) {}

  /**
   * @returns the secret for the cookie: new at every login (passport CVE-2022-25896)
   * @throws LoginFailedError when the provider has ended it meanwhile
   */
  async create(client: LoginClient, { session, issuedAt }: SignedIn): Promise<string> {
    const secret = newSecret();
    const key = keyOf(secret);
    await this.store.put(client, key, session);
    const { sid, endsAt, caller } = session;
    const listed = { key, sub: caller.subject!, sid, iat: issuedAt, endsAt };
    const { over, refused } = await this.people.add(client, listed);
    if (refused) over.push(key);
    await this.store.delete(over);
    if (refused) throw expiredLogin();
    return secret;
  }

  /**
   * Who is signed in, as long as their tokens are good; they are renewed on the way.
   * @throws Problem 503 when that cannot be found out
   */
  async find(client: LoginClient, secret: string | undefined): Promise<Session | undefined> {
    if (secret === undefined) return undefined;
    const key = keyOf(secret);
    const session = await this.store.read(client, key);
    if (!session) return undefined;
    if (!(await this.isGood(client, session))) {
      return this.renewal.renewed(client, key, session.tokens.accessToken);
    }
    if (isDue(session)) this.renewal.renewInBackground(client, key, session.tokens.accessToken);
    return session;
  }

  /** Ends the session, and what the provider issued for it. @returns what it was */
  async end(client: LoginClient, secret: string | undefined): Promise<Session | undefined> {
    if (secret === undefined) return undefined;
    const session = await this.store.take(client, keyOf(secret));
    const refreshToken = session?.tokens.refreshToken;
    // The session is over in any case; the provider's tokens expire by themselves if it is away.
    if (refreshToken !== undefined) await this.tokens.revoke(client, refreshToken).catch(() => undefined);
    return session;
  }

  /** Ends what a provider says is over (OpenID Connect Back-Channel Logout §2.7), on all replicas at once. */
  async endedByProvider(client: LoginClient, ended: Ended): Promise<void> {
    await this.store.delete(await this.people.end(client, ended));
  }

  /** Our own tokens can be revoked; those of others, which only they can read, are good until they expire. */
  private async isGood({ issuer }: LoginClient, { caller, tokens }: Session): Promise<boolean> {
    if (!this.providers.isOurs(issuer)) {
      // Nothing could renew it, so a session without a refresh token lasts for its own time.
      return tokens.refreshToken === undefined || Date.now() < (tokens.expiresAt ?? Infinity);
    }
    try {
      const { claims } = await this.accessTokens.verify(tokens.accessToken);
      return claims.sub === caller.subject;
    } catch (error) {
      if (error instanceof InvalidTokenError) return false;
      throw error;
    }
  }
}

function isDue({ tokens: { expiresAt, renewedAt, refreshToken } }: Session): boolean {
  if (expiresAt === undefined || refreshToken === undefined) return false;
  return Date.now() > expiresAt - Math.min(RENEW_BEFORE_MS, (expiresAt - renewedAt) / 4);
}

function keyOf(secret: string): SessionKey {
  return `session:${hashOf(secret)}`;
}
