import { hash } from 'node:crypto';
import { Problem } from '@gatehouse/http';
import { InvalidTokenError, isCompactJws } from '@gatehouse/token';
import { Injectable } from '@nestjs/common';
import { LRUCache } from 'lru-cache';
import type { CallerToken } from './caller-token.js';
import { OWN_ISSUER } from './issuer-definition.js';
import { Issuers } from './issuers.service.js';
import { RevocationFeed } from './revocation-feed.service.js';
import { type Finding, issuerOf, type TokenIssuer } from './token-issuer.js';

const REMEMBERED = 20_000;
const MAX_TOKEN = 8_192;

interface Remembered extends Finding {
  /** Another object when the issuer's configuration has changed: what was found then counts no longer. */
  readonly from: TokenIssuer;
}

/** Only our auth-server. */
export const OWN_ISSUER_ONLY: readonly string[] = [OWN_ISSUER];

/** Verifies access tokens: their signature once, whether they expired or were revoked at every request. */
@Injectable()
export class AccessTokens {
  private readonly remembered = new LRUCache<string, Remembered>({ max: REMEMBERED });

  constructor(
    private readonly issuers: Issuers,
    private readonly feed: RevocationFeed,
  ) {}

  /**
   * A token that is known and in force comes without a promise.
   * @param allowed names of the issuers whose tokens are taken
   * @throws InvalidTokenError when the token is no good; Problem 503 when that cannot be found out
   */
  verify(token: string, allowed: readonly string[] = OWN_ISSUER_ONLY): Promise<CallerToken> | CallerToken {
    if (token.length > MAX_TOKEN) throw new InvalidTokenError('The token is too long');
    const key = hash('sha256', token, 'base64');
    const known = this.recall(key);
    return known ? this.inForce(known, key, token, allowed) : this.find(key, token, allowed);
  }

  private recall(key: string): Remembered | undefined {
    const known = this.remembered.get(key);
    if (!known) return undefined;
    const isCurrent = this.issuers.named(known.from.name) === known.from;
    if (isCurrent && known.until * 1000 > Date.now()) return known;
    this.remembered.delete(key);
    return undefined;
  }

  private async find(key: string, token: string, allowed: readonly string[]): Promise<CallerToken> {
    const isJwt = isCompactJws(token);
    const from = isJwt ? this.issuers.at(issuerOf(token)) : this.forOpaque(allowed);
    if (!from || !allowed.includes(from.name)) {
      throw new InvalidTokenError(isJwt ? "The token's iss is not accepted here" : 'The token is malformed');
    }
    const found = await this.ask(from, isJwt, key, token);
    const remembered = { ...found, from };
    this.remembered.set(key, remembered);
    return this.inForce(remembered, key, token, allowed);
  }

  /** Opaque tokens do not say whose they are; the first issuer that has such is asked, and no other learns of them. */
  private forOpaque(allowed: readonly string[]): TokenIssuer | undefined {
    for (const name of allowed) {
      const issuer = this.issuers.named(name);
      if (issuer?.knowsOpaqueTokens) return issuer;
    }
    return undefined;
  }

  private async ask(from: TokenIssuer, isJwt: boolean, key: string, token: string): Promise<Finding> {
    try {
      return await (isJwt ? from.readJwt(key, token) : from.introspect(key, token));
    } catch (error) {
      if (error instanceof InvalidTokenError || error instanceof Problem) throw error;
      throw new Problem(503, 'The keys of the authorization server cannot be had just now.', RETRY);
    }
  }

  private inForce(
    { token: found, from }: Remembered,
    key: string,
    token: string,
    allowed: readonly string[],
  ): Promise<CallerToken> | CallerToken {
    if (!allowed.includes(found.issuer)) throw new InvalidTokenError("The token's iss is not accepted here");
    if (found.exp * 1000 <= Date.now()) throw new InvalidTokenError('The token has expired');
    if (from !== this.issuers.own) return found;
    if (this.feed.fresh) {
      if (this.feed.denyList.denies(found)) throw new InvalidTokenError('The token was revoked');
      return found;
    }
    // The deny-list may be behind: the auth-server itself is asked, and without its word nobody gets in.
    return from.confirm(key, token).then(() => found);
  }
}

const RETRY = { headers: { 'retry-after': '1' } };
