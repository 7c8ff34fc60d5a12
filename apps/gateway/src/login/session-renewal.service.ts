import { setTimeout as sleep } from 'node:timers/promises';
import { Problem } from '@gatehouse/http';
import { Store, underLock } from '@gatehouse/store';
import { Inject, Injectable, Logger } from '@nestjs/common';
import { LRUCache } from 'lru-cache';
import { GrantedScopes } from './granted-scopes.service.js';
import { verifyIdToken } from './id-token.js';
import type { LoginClient } from './login-client.js';
import { callerOf, groupsOf } from './person.js';
import { expiryOf, ProviderTokens, type RenewedTokens } from './provider-tokens.service.js';
import { Providers } from './providers.service.js';
import { type SessionKey, SessionStore } from './session-store.js';
import type { Session } from './session.js';

/** Who holds the lock and dies delays the others by this. */
const LOCK_S = 15;
/** Of a renewal, until its tokens are kept: shorter than the lock, or two would use one refresh token. */
const RENEWAL_MS = 12_000;
const WAIT_MS = 5_000;
const LOOK_MS = 50;
/** A renewal that nobody waits for is tried again after this. */
const BACKGROUND_PAUSE_MS = 1_000;
const REMEMBERED = 10_000;

/**
 * Renews the tokens of sessions. Over all replicas one request to the provider at a time, as a refresh token is good for
 * one use (RFC 9700 §4.14.2): the others go on with the old access token, or wait for the new one where that has expired.
 */
@Injectable()
export class SessionRenewal {
  private readonly logger = new Logger(SessionRenewal.name);
  /** What this process waits for: however many calls of a session there are, one of them looks. */
  private readonly waiting = new Map<SessionKey, Promise<Session | undefined>>();
  private readonly tried = new LRUCache<SessionKey, true>({ max: REMEMBERED, ttl: BACKGROUND_PAUSE_MS });

  constructor(
    @Inject(Store) private readonly locks: Store,
    private readonly sessions: SessionStore,
    private readonly providers: Providers,
    private readonly tokens: ProviderTokens,
    private readonly granted: GrantedScopes,
  ) {}

  /** While the old token is still good: nobody waits. */
  renewInBackground(client: LoginClient, key: SessionKey, old: string): void {
    if (this.tried.has(key)) return;
    this.tried.set(key, true);
    // What went wrong is in the log; once the token has expired, it is told.
    this.underLock(client, key, old).catch(() => undefined);
  }

  /**
   * @param expired the access token that is no longer good
   * @returns undefined when the session is over
   * @throws Problem 503 when the provider does not say
   */
  renewed(client: LoginClient, key: SessionKey, expired: string): Promise<Session | undefined> {
    let result = this.waiting.get(key);
    if (!result) {
      result = this.wait(client, key, expired).finally(() => this.waiting.delete(key));
      this.waiting.set(key, result);
    }
    return result;
  }

  private async wait(client: LoginClient, key: SessionKey, expired: string): Promise<Session | undefined> {
    for (let waited = 0; waited < WAIT_MS; waited += LOOK_MS) {
      const outcome = await this.underLock(client, key, expired);
      if (outcome) return outcome.session;
      await sleep(LOOK_MS);
      const session = await this.sessions.read(client, key);
      if (session?.tokens.accessToken !== expired) return session;
    }
    throw unavailable();
  }

  /** @returns undefined when another one has the lock */
  private async underLock(
    client: LoginClient,
    key: SessionKey,
    old: string,
  ): Promise<{ readonly session: Session | undefined } | undefined> {
    const signal = AbortSignal.timeout(RENEWAL_MS);
    const renewing = () => this.refreshOnce(client, key, old, signal);
    const done = await underLock(this.locks, `${key}:refreshing`, LOCK_S, renewing);
    return done && { session: done.value };
  }

  private async refreshOnce(
    client: LoginClient,
    key: SessionKey,
    old: string,
    signal: AbortSignal,
  ): Promise<Session | undefined> {
    const session = await this.sessions.read(client, key);
    // Another one was here between our look and our lock.
    if (session?.tokens.accessToken !== old) return session;
    const renewed = await this.refresh(client, session, signal);
    if (renewed && (await this.sessions.replace(client, key, renewed))) return renewed;
    await this.sessions.delete([key]);
    return undefined;
  }

  private async refresh(
    client: LoginClient,
    session: Session,
    signal: AbortSignal,
  ): Promise<Session | undefined> {
    const { refreshToken } = session.tokens;
    if (refreshToken === undefined) return undefined;
    try {
      const answer = await this.tokens.refresh(client, refreshToken, signal);
      const renewed = answer && (await this.apply(client, session, answer));
      signal.throwIfAborted();
      return renewed;
    } catch (error) {
      this.logger.warn(`A login session cannot be renewed just now: ${(error as Error).message}`);
      throw unavailable();
    }
  }

  /**
   * OpenID Connect Core §12.2: an ID Token that comes along is about the same person, or nothing is believed. RFC 6749 §6:
   * the new access token may be good for less, and left out its scope is the one of before.
   */
  private async apply(client: LoginClient, session: Session, answer: RenewedTokens) {
    const { access_token: accessToken, refresh_token, id_token: idToken, expires_in: expiresIn } = answer;
    const tokens = {
      ...session.tokens,
      accessToken,
      refreshToken: refresh_token ?? session.tokens.refreshToken,
      expiresAt: expiryOf(expiresIn),
      renewedAt: Date.now(),
    };
    const provider = await this.providers.of(client.issuer);
    const { subject, scopes: before = [] } = session.caller;
    const scopes = await this.granted.of(
      client,
      provider,
      { accessToken, subject, scope: answer.scope },
      before,
    );
    if (idToken === undefined) return { ...session, caller: { ...session.caller, scopes }, tokens };
    const own = await verifyIdToken(idToken, { client, provider, accessToken, nonce: undefined });
    if (own.sub !== subject) return undefined;
    const claims = { ...session.caller.claims, ...own };
    return {
      ...session,
      caller: callerOf(client, claims, scopes),
      groups: groupsOf(client, claims),
      tokens: { ...tokens, idToken },
    };
  }
}

function unavailable(): Problem {
  return new Problem(503, 'The login session cannot be renewed just now. Try again shortly.', {
    headers: { 'retry-after': '1' },
  });
}
