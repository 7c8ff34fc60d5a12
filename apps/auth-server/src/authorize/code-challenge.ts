import { isPublicClient } from '@gatehouse/client';
import { OAuthError, type Parameters } from '@gatehouse/http';
import { isS256Challenge } from '@gatehouse/token';
import type { Client } from '../clients/client.entity.js';

/**
 * The request's PKCE challenge (RFC 7636 §4.3, RFC 9700 §2.1.1).
 * @param usesCode whether the answer will hold a code, which it protects
 * @throws OAuthError invalid_request
 */
export function readChallenge(
  client: Client,
  single: Parameters['single'],
  usesCode: boolean,
): string | undefined {
  const { code_challenge: challenge, code_challenge_method: method } = single;
  if (challenge === undefined) {
    if (method !== undefined) throw new OAuthError('invalid_request', 'code_challenge is missing');
    const waived = !client.metadata.require_pkce && !isPublicClient(client.metadata);
    if (waived || !usesCode) return undefined;
    throw new OAuthError('invalid_request', 'code_challenge is missing: PKCE is required (RFC 7636)');
  }
  if (method !== 'S256')
    throw new OAuthError('invalid_request', 'code_challenge_method must be S256 (RFC 7636)');
  if (!isS256Challenge(challenge)) {
    throw new OAuthError(
      'invalid_request',
      'code_challenge must be the base64url of a SHA-256 (RFC 7636 section 4.2)',
    );
  }
  return challenge;
}
