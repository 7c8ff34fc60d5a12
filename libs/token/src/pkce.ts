import { createHash } from 'node:crypto';
import { equalSecrets } from './secret.js';

/** RFC 7636 §4.1: 43 to 128 characters of the unreserved set. */
const VERIFIER = /^[A-Za-z0-9\-._~]{43,128}$/;
/** RFC 7636 §4.2: the base64url of a SHA-256. */
const S256_CHALLENGE = /^[A-Za-z0-9_-]{43}$/;

export function isCodeVerifier(value: string): boolean {
  return VERIFIER.test(value);
}

export function isS256Challenge(value: string): boolean {
  return S256_CHALLENGE.test(value);
}

/** The `code_challenge` of a verifier by method S256 (RFC 7636 §4.2). */
export function s256Challenge(codeVerifier: string): string {
  return createHash('sha256').update(codeVerifier, 'ascii').digest('base64url');
}

/** RFC 7636 §4.6. */
export function verifiesChallenge(codeVerifier: string, codeChallenge: string): boolean {
  return isCodeVerifier(codeVerifier) && equalSecrets(s256Challenge(codeVerifier), codeChallenge);
}
