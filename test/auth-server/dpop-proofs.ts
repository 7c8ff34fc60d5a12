import { randomUUID } from 'node:crypto';
import { accessTokenHash } from '@gatehouse/token';
import { calculateJwkThumbprint, exportJWK, generateKeyPair, type JWK, SignJWT } from 'jose';
import { ISSUER } from './auth-server.js';

export const TOKEN_ENDPOINT = `${ISSUER}/oauth2/token`;

type SigningKey = Parameters<SignJWT['sign']>[0];

/** A client's DPoP key. */
export interface ProofKey {
  readonly privateKey: SigningKey;
  readonly jwk: JWK;
  readonly jkt: string;
  readonly alg: string;
}

export async function newProofKey(alg = 'ES256'): Promise<ProofKey> {
  const { privateKey, publicKey } = await generateKeyPair(alg, { extractable: true });
  const jwk = await exportJWK(publicKey);
  return { privateKey, jwk, jkt: await calculateJwkThumbprint(jwk), alg };
}

/** What to change in a good proof; a claim that is undefined is left out. */
export interface ProofChanges {
  readonly header?: Record<string, unknown>;
  readonly claims?: Record<string, unknown>;
  readonly key?: SigningKey;
}

/** A proof for the token endpoint, unless `claims` says otherwise. */
export function proofOf(key: ProofKey, { header, claims, key: signer }: ProofChanges = {}): Promise<string> {
  const all = {
    jti: randomUUID(),
    htm: 'POST',
    htu: TOKEN_ENDPOINT,
    iat: Math.floor(Date.now() / 1000),
    ...claims,
  };
  return new SignJWT(JSON.parse(JSON.stringify(all)) as Record<string, unknown>)
    .setProtectedHeader({ typ: 'dpop+jwt', alg: key.alg, jwk: key.jwk, ...header })
    .sign(signer ?? key.privateKey, { crit: { x: true } });
}

/** A proof for a resource, with its access token. */
export function proofFor(key: ProofKey, token: string, path: string, changes: Record<string, unknown> = {}) {
  return proofOf(key, {
    claims: { htm: 'GET', htu: `${ISSUER}${path}`, ath: accessTokenHash(token), ...changes },
  });
}
