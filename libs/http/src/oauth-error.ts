/** The `error` codes this product answers with, each from the RFC that names it. */
export type OAuthErrorCode =
  // RFC 6749 §4.1.2.1 and §5.2
  | 'invalid_request'
  | 'invalid_client'
  | 'invalid_grant'
  | 'unauthorized_client'
  | 'unsupported_grant_type'
  | 'unsupported_response_type'
  | 'invalid_scope'
  | 'access_denied'
  | 'server_error'
  | 'temporarily_unavailable'
  // RFC 6750 §3.1
  | 'invalid_token'
  | 'insufficient_scope'
  // RFC 7009 §2.2.1
  | 'unsupported_token_type'
  // RFC 7591 §3.2.2
  | 'invalid_redirect_uri'
  | 'invalid_client_metadata'
  | 'invalid_software_statement'
  | 'unapproved_software_statement'
  // RFC 8628 §3.5
  | 'authorization_pending'
  | 'slow_down'
  | 'expired_token'
  // RFC 9449 §5 and §8
  | 'invalid_dpop_proof'
  | 'use_dpop_nonce'
  // OpenID CIBA Core §13
  | 'expired_login_hint_token'
  | 'unknown_user_id'
  | 'missing_user_code'
  | 'invalid_user_code'
  | 'invalid_binding_message'
  | 'transaction_failed'
  // RFC 8707 §2
  | 'invalid_target'
  // RFC 9101 §7
  | 'invalid_request_uri'
  | 'invalid_request_object'
  // RFC 9396 §5
  | 'invalid_authorization_details'
  // RFC 9470 §5
  | 'unmet_authentication_requirements'
  // OpenID Connect Core §3.1.2.6
  | 'login_required'
  | 'consent_required'
  | 'interaction_required'
  | 'account_selection_required'
  | 'request_not_supported'
  | 'request_uri_not_supported'
  | 'registration_not_supported';

const STATUS: Partial<Record<OAuthErrorCode, number>> = {
  invalid_client: 401,
  invalid_token: 401,
  insufficient_scope: 403,
  access_denied: 403,
  server_error: 500,
  temporarily_unavailable: 503,
};

export interface OAuthErrorOptions {
  readonly status?: number;
  /** Sent as they are, e.g. `WWW-Authenticate`. */
  readonly headers?: Readonly<Record<string, string>>;
}

/**
 * An error in the form of RFC 6749 §5.2: thrown where it is known, turned into an answer by `HttpErrorFilter`.
 * `description` tells the developer of the client what to mend; it must hold no secret (and no `"` or `\`).
 */
export class OAuthError extends Error {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;

  constructor(
    readonly code: OAuthErrorCode,
    readonly description: string,
    options: OAuthErrorOptions = {},
  ) {
    super(`${code}: ${description}`);
    this.name = 'OAuthError';
    this.status = options.status ?? STATUS[code] ?? 400;
    this.headers = options.headers ?? {};
  }

  /** The body of the answer. */
  toJSON(): { error: OAuthErrorCode; error_description: string } {
    return { error: this.code, error_description: this.description };
  }
}
