/** What a token is bound to, its `cnf` claim (RFC 7800 §3.1): only who proves possession of the key may use it. */
export interface Confirmation {
  /** The JWK thumbprint of a DPoP key (RFC 9449 §6.1). */
  readonly jkt?: string;
  /** The SHA-256 of a client certificate (RFC 8705 §3.1). */
  readonly 'x5t#S256'?: string;
}

/** How a token is presented: the `token_type` of RFC 6749 §7.1. */
export type TokenType = 'Bearer' | 'DPoP';

/** RFC 9449 §5: tokens bound to a DPoP key are presented as such; certificate-bound ones stay Bearer (RFC 8705 §3). */
export function tokenTypeOf(confirmation: Confirmation | undefined): TokenType {
  return confirmation?.jkt === undefined ? 'Bearer' : 'DPoP';
}
