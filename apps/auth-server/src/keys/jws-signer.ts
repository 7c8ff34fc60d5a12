import { createPrivateKey, sign } from 'node:crypto';
import { importPKCS8, type JWTPayload, SignJWT } from 'jose';

/** Signs claims as a compact JWS (RFC 7515 §7.1). @param typ tells kinds of JWT apart (RFC 8725 §3.11) */
export type JwsSigner = (typ: string, claims: JWTPayload) => string | Promise<string>;

/**
 * ES256 by Node's own crypto, in this thread: a signature takes 20 µs there, and jose's way through WebCrypto and the
 * thread pool costs as much again. Every access token is signed so.
 */
export function es256Signer(pkcs8: string, kid: string): JwsSigner {
  // RFC 7518 §3.4: R and S side by side, not in DER.
  const key = { key: createPrivateKey(pkcs8), dsaEncoding: 'ieee-p1363' } as const;
  const headers = new Map<string, string>();
  const headerOf = (typ: string): string => {
    const known = headers.get(typ);
    if (known !== undefined) return known;
    const header = encode({ alg: 'ES256', kid, typ });
    headers.set(typ, header);
    return header;
  };
  return (typ, claims) => {
    const input = `${headerOf(typ)}.${encode(claims)}`;
    return `${input}.${sign('sha256', Buffer.from(input), key).toString('base64url')}`;
  };
}

/** RS256 by jose, in the thread pool: it takes ten times as long, so it must not hold up other requests. */
export async function rs256Signer(pkcs8: string, kid: string): Promise<JwsSigner> {
  const key = await importPKCS8(pkcs8, 'RS256');
  return (typ, claims) => new SignJWT(claims).setProtectedHeader({ alg: 'RS256', kid, typ }).sign(key);
}

function encode(value: object): string {
  return Buffer.from(JSON.stringify(value)).toString('base64url');
}
