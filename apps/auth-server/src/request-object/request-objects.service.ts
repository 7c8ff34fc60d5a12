import { OAuthError } from '@gatehouse/http';
import { Store } from '@gatehouse/store';
import { hashOf, InvalidTokenError } from '@gatehouse/token';
import { Inject, Injectable } from '@nestjs/common';
import { errors, type JWTHeaderParameters, type JWTPayload, jwtVerify } from 'jose';
import { type AssertionKeys, KeyFinder } from '../assertions/key-finder.service.js';
import type { Client } from '../clients/client.entity.js';
import { CONFIG, type Config } from '../config.js';
import { EncryptionKeys } from './encryption-keys.service.js';

/** Nothing symmetric, and no `none` (RFC 9101 §10.1). */
export const REQUEST_OBJECT_ALGORITHMS = ['ES256', 'RS256', 'PS256', 'EdDSA'] as const;

/** How far ahead `exp` may be: for so long the `jti` is remembered. */
const MOST_S = 3_600;
/** By how much the client's clock may differ. */
const TOLERANCE_S = 5;

/** RFC 9101 §10.8.1; JWT is what OpenID Connect libraries write. */
export const REQUEST_OBJECT_TYPE = 'oauth-authz-req+jwt';

export interface VerifiedRequestObject {
  readonly claims: JWTPayload;
  readonly typ: string | undefined;
}

/** Reads request objects: signed by their client, and encrypted for this server if the client likes (RFC 9101 §6). */
@Injectable()
export class RequestObjects {
  constructor(
    private readonly keyFinder: KeyFinder,
    private readonly encryptionKeys: EncryptionKeys,
    @Inject(Store) private readonly store: Store,
    @Inject(CONFIG) private readonly config: Config,
  ) {}

  /** @throws OAuthError invalid_request_object */
  async verify(client: Client, requestObject: string): Promise<VerifiedRequestObject> {
    const jws = await this.decrypted(requestObject);
    const { payload, protectedHeader } = await this.verified(client, jws);
    const typ = typeOf(protectedHeader);
    checkClaims(payload, client.clientId);
    await this.spend(client.clientId, payload);
    return { claims: payload, typ };
  }

  /** RFC 9101 §6.1: signed, then encrypted. What is only encrypted anybody could have written (CVE-2026-9793). */
  private async decrypted(requestObject: string): Promise<string> {
    if (requestObject.split('.', 6).length !== 5) return requestObject;
    let inner: string;
    try {
      inner = await this.encryptionKeys.decrypt(requestObject);
    } catch {
      throw invalid('The request object cannot be decrypted with a key of this server');
    }
    if (inner.split('.', 4).length === 3) return inner;
    throw invalid('The request object is encrypted, but not signed');
  }

  private async verified(client: Client, jws: string) {
    const { clientId, metadata } = client;
    const pinned = metadata.request_object_signing_alg;
    const options = {
      algorithms: pinned === undefined ? [...REQUEST_OBJECT_ALGORITHMS] : [pinned],
      issuer: clientId,
      audience: this.config.issuer,
      requiredClaims: ['exp'],
      clockTolerance: TOLERANCE_S,
    };
    try {
      return await this.keyFinder.withKey(keysOf(client), (key) => jwtVerify(jws, key, options));
    } catch (error) {
      if (!(error instanceof errors.JOSEError || error instanceof InvalidTokenError)) throw error;
      throw invalid(
        'The request object must be signed with a key of the client, by an algorithm it may use, with iss (the client), aud (this issuer) and exp',
      );
    }
  }

  /** RFC 9101 §10.2: one that names itself is used once. */
  private async spend(clientId: string, { jti, exp }: JWTPayload): Promise<void> {
    if (jti === undefined) return;
    const lifetime = Math.ceil(exp! - Date.now() / 1000) + 2 * TOLERANCE_S;
    if (await this.store.add(`request-object:${hashOf(`${clientId} ${jti}`)}`, '1', lifetime)) return;
    throw invalid('The request object was used before');
  }
}

function keysOf({ metadata }: Client): AssertionKeys {
  return metadata.jwks_uri === undefined
    ? { jwks: metadata.jwks ?? { keys: [] } }
    : { jwksUri: metadata.jwks_uri };
}

function typeOf({ typ }: JWTHeaderParameters): string | undefined {
  const type = typ?.toLowerCase().replace(/^application\//, '');
  if (type === undefined || type === 'jwt' || type === REQUEST_OBJECT_TYPE) return type;
  throw invalid(`The typ of a request object is ${REQUEST_OBJECT_TYPE}`);
}

function checkClaims(claims: JWTPayload, clientId: string): void {
  // RFC 9101 §10.8: a client assertion, signed with the same key, has the client for its subject.
  if (claims.sub === clientId) throw invalid('A request object must not have the client for its sub');
  if (claims.client_id !== undefined && claims.client_id !== clientId)
    throw invalid('client_id differs from the one in the request object');
  if (claims.request !== undefined || claims.request_uri !== undefined)
    throw invalid('A request object must not hold request or request_uri');
  if (claims.exp! - Date.now() / 1000 > MOST_S + TOLERANCE_S)
    throw invalid('The request object is good for more than an hour');
}

function invalid(description: string): OAuthError {
  return new OAuthError('invalid_request_object', description);
}
