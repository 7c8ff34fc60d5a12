import { createPrivateKey, type KeyLike, sign, type SignKeyObjectInput } from 'node:crypto';
import { importPKCS8, type JWTPayload, SignJWT } from 'jose';
import type { SigningAlgorithm } from './signing-key.entity.js';

/** Signs claims as a compact JWS (RFC 7515 §7.1). @param typ tells kinds of JWT apart (RFC 8725 §3.11) */
export type JwsSigner = (typ: string, claims: JWTPayload) => string | Promise<string>;

/** A signer with a private key in PKCS #8. */
export async function jwsSigner(alg: SigningAlgorithm, pkcs8: string, kid: string): Promise<JwsSigner> {
  // RFC 7518 §3.4: R and S side by side, not in DER.
  if (alg === 'ES256')
    return inThread(alg, kid, 'sha256', { key: createPrivateKey(pkcs8), dsaEncoding: 'ieee-p1363' });
  if (alg === 'EdDSA') return inThread(alg, kid, undefined, createPrivateKey(pkcs8));
  return inPool(alg, kid, pkcs8);
}

/**
 * By Node's own crypto, in this thread: an elliptic signature takes 20 µs there, and jose's way through WebCrypto and
 * the thread pool costs as much again. Every access token is signed so.
 */
function inThread(
  alg: SigningAlgorithm,
  kid: string,
  digest: string | undefined,
  key: KeyLike | SignKeyObjectInput,
): JwsSigner {
  const headers = new Map<string, string>();
  const headerOf = (typ: string): string => {
    const known = headers.get(typ);
    if (known !== undefined) return known;
    const header = encode({ alg, kid, typ });
    headers.set(typ, header);
    return header;
  };
  return (typ, claims) => {
    const input = `${headerOf(typ)}.${encode(claims)}`;
    return `${input}.${sign(digest, Buffer.from(input), key).toString('base64url')}`;
  };
}

/** RSA by jose, in the thread pool: it takes ten times as long, so it must not hold up other requests. */
async function inPool(alg: SigningAlgorithm, kid: string, pkcs8: string): Promise<JwsSigner> {
  const key = await importPKCS8(pkcs8, alg);
  return (typ, claims) => new SignJWT(claims).setProtectedHeader({ alg, kid, typ }).sign(key);
}

function encode(value: object): string {
  return Buffer.from(JSON.stringify(value)).toString('base64url');
}
