import { z } from 'zod';

const MAX_MAPPED = 100;
const claimName = z.string().regex(/^[\x21\x23-\x5B\x5D-\x7E]{1,200}$/, 'must be the name of a claim');
/** What a token says about itself: no mapping may change it. */
export const RESERVED_CLAIMS: ReadonlySet<string> = new Set(
  'iss sub aud exp nbf iat jti client_id scope cnf act grant_id azp nonce at_hash c_hash s_hash auth_time acr amr sid active token_type authorization_details'.split(
    ' ',
  ),
);

/** Claims, each by the user's claim that it is taken from. */
export const claimsMapping = z
  .record(claimName, claimName)
  .refine((mapping) => Object.keys(mapping).length <= MAX_MAPPED, `must have at most ${MAX_MAPPED} claims`)
  .refine(
    (mapping) => !Object.keys(mapping).some((name) => RESERVED_CLAIMS.has(name)),
    `must name none of ${[...RESERVED_CLAIMS].join(', ')}`,
  );

/** What a client wants of its tokens. */
export const tokenMembers = {
  /** RFC 9449 §5.2. */
  dpop_bound_access_tokens: z.boolean().optional(),
  /** Gatehouse: asks every DPoP proof of this client for a nonce (RFC 9449 §8). */
  dpop_require_nonce: z.boolean().optional(),
  /** RFC 8705 §3.4. */
  tls_client_certificate_bound_access_tokens: z.boolean().optional(),
  /** RFC 9701 §6. */
  introspection_signed_response_alg: z.enum(['RS256', 'ES256', 'PS256', 'EdDSA']).optional(),
  /** OpenID Connect Registration §2. */
  subject_type: z.enum(['public', 'pairwise']).optional(),
  /** Whose host is the client's sector (OpenID Connect Core §8.1). */
  sector_identifier_uri: z
    .url({ protocol: /^https?$/ })
    .max(2_048)
    .optional(),
  /** OpenID Connect Registration §2: UserInfo answers with a JWT. */
  userinfo_signed_response_alg: z.enum(['RS256', 'ES256', 'PS256', 'EdDSA']).optional(),
  /** OpenID CIBA Core §4; a client is never pushed its tokens. */
  backchannel_token_delivery_mode: z.enum(['poll', 'ping']).optional(),
  backchannel_client_notification_endpoint: z
    .url({ protocol: /^https?$/ })
    .max(2_048)
    .optional(),
  backchannel_user_code_parameter: z.literal(false).optional(),
  /** Gatehouse: claims of ID Tokens and UserInfo, each by the user's claim that it is taken from. */
  claims_mapping: claimsMapping.optional(),
  /** Gatehouse: seconds after which an unused refresh token ends, instead of the server's setting. */
  refresh_token_idle: z.int().min(1).max(315_360_000).optional(),
  /** Gatehouse: seconds after which all refresh tokens of a grant end, instead of the server's setting. */
  refresh_token_absolute: z.int().min(1).max(315_360_000).optional(),
  /** Gatehouse: seconds of grace for a lost answer, instead of the server's setting. */
  refresh_token_grace: z.int().min(0).max(300).optional(),
};
