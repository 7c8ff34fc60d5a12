import type { PublicJwks } from '@gatehouse/client';
import { InvalidTokenError, withFittingKeys } from '@gatehouse/token';
import { GuardedFetchError } from '@gatehouse/guarded-fetch';
import { Injectable } from '@nestjs/common';
import { createLocalJWKSet, errors, type JSONWebKeySet, type JWTVerifyGetKey } from 'jose';
import { RemoteKeySets } from '../outbound/remote-key-sets.service.js';

/** Where the keys of whoever signs are: registered, behind an address, or secrets shared with this server. */
export type AssertionKeys =
  { readonly jwks: PublicJwks } | { readonly jwksUri: string } | { readonly secrets: readonly Uint8Array[] };

type Attempt<T> = (key: JWTVerifyGetKey) => Promise<T>;

/** Finds the key that a JWT is verified with. Nothing that the JWT brings along (jwk, jku, x5c, x5u) is ever used. */
@Injectable()
export class KeyFinder {
  /** Imported keys, for as long as their set is known. */
  private readonly imported = new WeakMap<PublicJwks, JWTVerifyGetKey>();

  constructor(private readonly remote: RemoteKeySets) {}

  /**
   * Tries with each key it could be.
   * @throws what the last attempt threw
   */
  async withKey<T>(keys: AssertionKeys, attempt: Attempt<T>): Promise<T> {
    if ('secrets' in keys) return withSecrets(keys.secrets, attempt);
    if ('jwks' in keys) return this.withSet(keys.jwks, attempt);
    try {
      return await this.withSet(await this.fetched(keys.jwksUri, false), attempt);
    } catch (error) {
      if (!(error instanceof errors.JWKSNoMatchingKey)) throw error;
      return this.withSet(await this.fetched(keys.jwksUri, true), attempt);
    }
  }

  private async withSet<T>(jwks: PublicJwks, attempt: Attempt<T>): Promise<T> {
    const resolver = this.imported.get(jwks) ?? createLocalJWKSet(jwks as JSONWebKeySet);
    this.imported.set(jwks, resolver);
    try {
      return await withFittingKeys(resolver, attempt);
    } catch (error) {
      throw isUnusableKey(error) ? new errors.JWKInvalid('The key cannot be used', { cause: error }) : error;
    }
  }

  private async fetched(uri: string, missing: boolean): Promise<PublicJwks> {
    try {
      return await this.remote.get(uri, missing);
    } catch (error) {
      if (error instanceof GuardedFetchError) throw new InvalidTokenError(`jwks_uri: ${error.reason}`);
      throw error;
    }
  }
}

/** How WebCrypto and jose refuse to import a key: one that is no point of its curve, say. */
function isUnusableKey(error: unknown): boolean {
  return error instanceof TypeError || (error as Error | null)?.constructor.name === 'DOMException';
}

async function withSecrets<T>(secrets: readonly Uint8Array[], attempt: Attempt<T>): Promise<T> {
  for (const secret of secrets) {
    try {
      return await attempt(() => secret);
    } catch (error) {
      if (!(error instanceof errors.JWSSignatureVerificationFailed)) throw error;
    }
  }
  throw new errors.JWSSignatureVerificationFailed();
}
