import { hash } from 'node:crypto';
import { Problem } from '@gatehouse/http';
import { accessTokenVerifier, InvalidTokenError, type VerifiedAccessToken } from '@gatehouse/token';
import { Inject, Injectable } from '@nestjs/common';
import { createRemoteJWKSet } from 'jose';
import { LRUCache } from 'lru-cache';
import { CONFIG, type Config } from '../config.js';
import { AuthServerClient } from './auth-server.client.js';
import { RevocationFeed } from './revocation-feed.service.js';

const REMEMBERED = 20_000;
const MAX_TOKEN = 8_192;

/** Verifies access tokens: their signature once, whether they expired or were revoked at every request. */
@Injectable()
export class AccessTokens {
  private readonly verified = new LRUCache<string, VerifiedAccessToken>({ max: REMEMBERED });
  private readonly verifyJwt: (token: string) => Promise<VerifiedAccessToken>;

  constructor(
    @Inject(CONFIG) config: Config,
    private readonly authServer: AuthServerClient,
    private readonly feed: RevocationFeed,
  ) {
    const keys = createRemoteJWKSet(new URL(`${authServer.url}/jwks`), {
      timeoutDuration: 2_000,
      cooldownDuration: 1_000,
    });
    this.verifyJwt = accessTokenVerifier(config.issuer, keys);
  }

  /**
   * @throws InvalidTokenError when the token is no good; Problem 503 when that cannot be found out
   */
  async verify(token: string): Promise<VerifiedAccessToken> {
    if (token.length > MAX_TOKEN) throw new InvalidTokenError('The token is too long');
    const key = hash('sha256', token, 'base64');
    const verified = this.verified.get(key) ?? (await this.remember(key, token));
    if (verified.claims.exp * 1000 <= Date.now()) {
      this.verified.delete(key);
      throw new InvalidTokenError('The token has expired');
    }
    if (this.feed.fresh) {
      if (this.feed.denyList.denies(verified)) throw new InvalidTokenError('The token was revoked');
      return verified;
    }
    await this.introspect(token);
    return verified;
  }

  private async remember(key: string, token: string): Promise<VerifiedAccessToken> {
    try {
      const verified = await this.verifyJwt(token);
      this.verified.set(key, verified);
      return verified;
    } catch (error) {
      if (error instanceof InvalidTokenError) throw error;
      throw new Problem(503, 'The keys of the authorization server cannot be had just now.', RETRY);
    }
  }

  /** The deny-list may be behind: the auth-server itself is asked, and without its word nobody gets in. */
  private async introspect(token: string): Promise<void> {
    let active: boolean;
    try {
      active = await this.authServer.introspect(token);
    } catch {
      throw new Problem(503, 'Whether the token was revoked cannot be found out just now.', RETRY);
    }
    if (!active) throw new InvalidTokenError('The token was revoked');
  }
}

const RETRY = { headers: { 'retry-after': '1' } };
