import { accessTokenVerifier, InvalidTokenError, type VerifiedAccessToken } from '@gatehouse/token';
import { Inject, Injectable } from '@nestjs/common';
import { CONFIG, type Config } from '../config.js';
import { KeysService } from '../keys/keys.service.js';
import { RevocationsService } from '../revocation/revocations.service.js';
import { OpaqueTokens } from './opaque-tokens.service.js';

/** Reads this server's own access tokens, of either format. */
@Injectable()
export class AccessTokenReader {
  private readonly verify: (token: string) => Promise<VerifiedAccessToken>;

  constructor(
    @Inject(CONFIG) config: Config,
    keys: KeysService,
    private readonly opaque: OpaqueTokens,
    private readonly revocations: RevocationsService,
  ) {
    this.verify = accessTokenVerifier(config.issuer, keys.resolve);
  }

  /** What a token says, revoked or not. @throws InvalidTokenError */
  read(token: string): Promise<VerifiedAccessToken> {
    return this.opaque.isOpaque(token) ? this.opaque.read(token) : this.verify(token);
  }

  /** As `read`, for tokens that are in force. @throws InvalidTokenError */
  async readActive(token: string): Promise<VerifiedAccessToken> {
    const verified = await this.read(token);
    if (await this.revocations.isRevoked(verified)) throw new InvalidTokenError('The token was revoked');
    return verified;
  }
}
