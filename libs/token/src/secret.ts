import { hash as digest, randomBytes, timingSafeEqual } from 'node:crypto';

declare const hashed: unique symbol;

/** SHA-256 of a secret, in base64url: all that is stored of codes, refresh tokens, keys and generated secrets. */
export type Hash = string & { readonly [hashed]: true };

/** A new secret of 256 random bits in base64url: too many to guess, so a plain SHA-256 protects it at rest. */
export function newSecret(): string {
  return randomBytes(32).toString('base64url');
}

export function hashOf(secret: string): Hash {
  return digest('sha256', secret, 'base64url') as Hash;
}

/** Whether `secret` is what was hashed, in constant time. */
export function matchesHash(secret: string, hash: Hash): boolean {
  return equalSecrets(hashOf(secret), hash);
}

/** Whether two texts are the same, in a time that tells nothing about where they differ. */
export function equalSecrets(a: string, b: string): boolean {
  const left = Buffer.from(a);
  const right = Buffer.from(b);
  return left.length === right.length && timingSafeEqual(left, right);
}
