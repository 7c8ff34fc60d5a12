import { z } from 'zod';

/** What a client wants of its tokens. */
export const tokenMembers = {
  /** RFC 9449 §5.2. */
  dpop_bound_access_tokens: z.boolean().optional(),
  /** Gatehouse: asks every DPoP proof of this client for a nonce (RFC 9449 §8). */
  dpop_require_nonce: z.boolean().optional(),
  /** RFC 8705 §3.4. */
  tls_client_certificate_bound_access_tokens: z.boolean().optional(),
  /** RFC 9701 §6. */
  introspection_signed_response_alg: z.enum(['RS256', 'ES256']).optional(),
  /** Gatehouse: seconds after which an unused refresh token ends, instead of the server's setting. */
  refresh_token_idle: z.int().min(1).max(315_360_000).optional(),
  /** Gatehouse: seconds after which all refresh tokens of a grant end, instead of the server's setting. */
  refresh_token_absolute: z.int().min(1).max(315_360_000).optional(),
  /** Gatehouse: seconds of grace for a lost answer, instead of the server's setting. */
  refresh_token_grace: z.int().min(0).max(300).optional(),
};
