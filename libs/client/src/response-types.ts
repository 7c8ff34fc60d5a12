import { z } from 'zod';

/** Every `response_type` there is, its parts in the order of their names (OAuth 2.0 Multiple Response Types §3 to §5). */
export const RESPONSE_TYPES = [
  'code',
  'code id_token',
  'code id_token token',
  'code token',
  'id_token',
  'id_token token',
  'none',
  'token',
] as const;

export type ResponseType = (typeof RESPONSE_TYPES)[number];

/** A response type in any order of its parts, which means nothing (OAuth 2.0 Multiple Response Types §3). */
export const responseType = z.preprocess(
  (value) => (typeof value === 'string' ? value.split(' ').sort().join(' ') : value),
  z.enum(RESPONSE_TYPES),
);

/** Why a client cannot have these response types with these grant types (RFC 7591 §2.1). */
export function responseTypesFault(
  types: readonly ResponseType[],
  grants: readonly string[],
): string | undefined {
  const parts = new Set(types.flatMap((type) => type.split(' ')));
  if (parts.has('code') && !grants.includes('authorization_code')) {
    return 'code needs the grant type authorization_code (RFC 7591 §2.1)';
  }
  if ((parts.has('token') || parts.has('id_token')) && !grants.includes('implicit')) {
    return 'token and id_token need the grant type implicit (RFC 7591 §2.1), which is for migration only';
  }
  return undefined;
}
