import type { JWTPayload, CompactJWSHeaderParameters } from 'jose';
import { parseUniqueJson } from './unique-json.js';

/** What a JWS says of itself. Nothing of it is believed before its signature is verified. */
export interface UnverifiedJwt {
  readonly header: CompactJWSHeaderParameters;
  readonly claims: JWTPayload;
}

/** RFC 7515 §2: base64url without padding, in the one way to write it; so a token has one form only. */
export function isCompactJws(token: string): boolean {
  const parts = token.split('.', 4);
  return parts.length === 3 && parts.every((part) => BASE64URL.test(part) && isCanonical(part));
}

/** Reads a signed JWT without verifying it; undefined when it is malformed, or a member comes twice. */
export function readUnverifiedJwt(token: string): UnverifiedJwt | undefined {
  if (!isCompactJws(token)) return undefined;
  const [header, claims] = token.split('.', 2).map((part) => parseUniqueJson(decode(part))) as [
    CompactJWSHeaderParameters | undefined,
    JWTPayload | undefined,
  ];
  return header && claims && { header, claims };
}

const BASE64URL = /^[A-Za-z0-9_-]+$/;

/** Whether the bits of the last character that stand for nothing are 0. */
function isCanonical(part: string): boolean {
  const tail = part.slice(part.length - (part.length % 4));
  return Buffer.from(tail, 'base64url').toString('base64url') === tail;
}

function decode(part: string): string {
  return Buffer.from(part, 'base64url').toString('utf8');
}
