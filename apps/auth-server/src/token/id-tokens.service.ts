import { leftHalfHash } from '@gatehouse/token';
import { Inject, Injectable } from '@nestjs/common';
import { acrOf } from '../acr/acr.js';
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
  /** The login session (OpenID Connect Front-Channel Logout §3). */
  readonly sid?: string | undefined;
  /** Issued with it: hashed into `at_hash`. */
  readonly accessToken?: string | undefined;
  /** Issued with it at the authorization endpoint: hashed into `c_hash`. */
  readonly code?: string | undefined;
  /** Claims that its request asks for by name (§5.5). */
  readonly requested?: readonly string[] | undefined;
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
    const { client, userId, scopes, authTime, nonce, amr, sid, accessToken, code, requested } = request;
    const iat = Math.floor(Date.now() / 1000);
    const known = await this.claims.collect({
      userId,
      client,
      scopes,
      destination: 'id_token',
      requested,
      inFull: accessToken === undefined && code === undefined,
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
      ...(accessToken === undefined ? {} : { at_hash: leftHalfHash(alg, accessToken) }),
      ...(code === undefined ? {} : { c_hash: leftHalfHash(alg, code) }),
      ...(nonce === undefined ? {} : { nonce }),
      ...(sid === undefined ? {} : { sid }),
      ...(amr === undefined ? {} : { amr, acr: acrOf(amr) }),
    });
  }
}
