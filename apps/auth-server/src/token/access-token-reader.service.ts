import { accessTokenVerifier, hashOf, InvalidTokenError, type VerifiedAccessToken } from '@gatehouse/token';
import { Inject, Injectable } from '@nestjs/common';
import { LRUCache } from 'lru-cache';
import { CONFIG, type Config } from '../config.js';
import { KeysService } from '../keys/keys.service.js';
import { RevocationsService } from '../revocation/revocations.service.js';
import { OpaqueTokens } from './opaque-tokens.service.js';

const REMEMBERED = 5_000;

/** Reads this server's own access tokens, of either format. */
@Injectable()
export class AccessTokenReader {
  private readonly verified = new LRUCache<string, VerifiedAccessToken>({ max: REMEMBERED });
  private readonly verify: (token: string) => Promise<VerifiedAccessToken>;

  constructor(
    @Inject(CONFIG) config: Config,
    private readonly keys: KeysService,
    private readonly opaque: OpaqueTokens,
    private readonly revocations: RevocationsService,
  ) {
    this.verify = accessTokenVerifier(config.issuer, keys.resolve);
  }

  /** What a token says, revoked or not. @throws InvalidTokenError */
  read(token: string): Promise<VerifiedAccessToken> {
    return this.opaque.isOpaque(token) ? this.opaque.read(token) : this.readJwt(token);
  }

  /** As `read`, for tokens that are in force. @throws InvalidTokenError */
  async readActive(token: string): Promise<VerifiedAccessToken> {
    const verified = await this.read(token);
    if (await this.revocations.isRevoked(verified)) throw new InvalidTokenError('The token was revoked');
    return verified;
  }

  /** A signature is verified once; that the token is alive and its key still one of ours, at every request. */
  private async readJwt(token: string): Promise<VerifiedAccessToken> {
    const digest = hashOf(token);
    const known = this.verified.get(digest);
    if (known && known.claims.exp > Date.now() / 1000 && this.keys.has(known.kid)) return known;
    this.verified.delete(digest);
    const verified = await this.verify(token);
    this.verified.set(digest, verified);
    return verified;
  }
}
