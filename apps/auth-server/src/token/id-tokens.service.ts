import { leftHalfHash } from '@gatehouse/token';
import { Inject, Injectable } from '@nestjs/common';
import { Claims } from '../claims/claims.service.js';
import { Subjects } from '../claims/subjects.service.js';
import type { Client } from '../clients/client.entity.js';
import { CONFIG, type Config } from '../config.js';
import { KeysService } from '../keys/keys.service.js';

const LIFETIME_S = 3_600;

export interface IdTokenRequest {
  readonly client: Client;
  readonly userId: string;
  readonly scopes: readonly string[];
  /** Epoch seconds. */
  readonly authTime: number;
  readonly nonce?: string | undefined;
  readonly amr?: readonly string[] | undefined;
  readonly accessToken: string;
}

/** Issues ID Tokens (OpenID Connect Core §2), signed as the client registered. */
@Injectable()
export class IdTokens {
  constructor(
    private readonly keys: KeysService,
    private readonly claims: Claims,
    private readonly subjects: Subjects,
    @Inject(CONFIG) private readonly config: Config,
  ) {}

  async issue(request: IdTokenRequest): Promise<string> {
    const { client, userId, scopes, authTime, nonce, amr, accessToken } = request;
    const iat = Math.floor(Date.now() / 1000);
    const known = await this.claims.collect({
      userId,
      client,
      scopes,
      destination: 'id_token',
      mapping: client.metadata.claims_mapping,
    });
    const alg = client.metadata.id_token_signed_response_alg;
    return this.keys.sign(alg, 'JWT', {
      ...known,
      iss: this.config.issuer,
      sub: this.subjects.of(client, userId),
      aud: client.clientId,
      iat,
      exp: iat + LIFETIME_S,
      auth_time: authTime,
      at_hash: leftHalfHash(alg, accessToken),
      ...(nonce === undefined ? {} : { nonce }),
      ...(amr === undefined ? {} : { amr }),
    });
  }
}
