/**
 * What a client may say of itself: the names that RFC 7591 §2 and the specifications on top of it registered with
 * IANA. Gatehouse's own members are not among them, so that no new one can be taken by forgetting to forbid it.
 */
const REGISTRABLE = [
  ...['redirect_uris', 'token_endpoint_auth_method', 'token_endpoint_auth_signing_alg', 'grant_types'],
  ...[
    'response_types',
    'client_name',
    'client_uri',
    'logo_uri',
    'scope',
    'contacts',
    'tos_uri',
    'policy_uri',
  ],
  ...['jwks_uri', 'jwks', 'software_id', 'software_version', 'software_statement', 'application_type'],
  // OpenID Connect Registration §2 and the logouts
  ...['sector_identifier_uri', 'subject_type', 'default_max_age', 'require_auth_time', 'default_acr_values'],
  ...['id_token_signed_response_alg', 'id_token_encrypted_response_alg', 'id_token_encrypted_response_enc'],
  ...['userinfo_signed_response_alg', 'userinfo_encrypted_response_alg', 'userinfo_encrypted_response_enc'],
  ...['request_object_signing_alg', 'request_object_encryption_alg', 'request_object_encryption_enc'],
  ...['initiate_login_uri', 'request_uris', 'post_logout_redirect_uris'],
  ...['backchannel_logout_uri', 'backchannel_logout_session_required'],
  ...['frontchannel_logout_uri', 'frontchannel_logout_session_required'],
  // RFC 8705 §2.1.2 and §3.4, RFC 9101 §10.5, RFC 9126 §6, RFC 9396 §10, RFC 9449 §5.2, RFC 9701 §6, JARM, CIBA
  ...['tls_client_auth_subject_dn', 'tls_client_auth_san_dns', 'tls_client_auth_san_uri'],
  ...['tls_client_auth_san_ip', 'tls_client_auth_san_email', 'tls_client_certificate_bound_access_tokens'],
  ...[
    'require_signed_request_object',
    'require_pushed_authorization_requests',
    'authorization_details_types',
  ],
  ...['dpop_bound_access_tokens', 'introspection_signed_response_alg', 'authorization_signed_response_alg'],
  ...['introspection_encrypted_response_alg', 'introspection_encrypted_response_enc'],
  ...['authorization_encrypted_response_alg', 'authorization_encrypted_response_enc'],
  ...['backchannel_token_delivery_mode', 'backchannel_client_notification_endpoint'],
  ...['backchannel_authentication_request_signing_alg', 'backchannel_user_code_parameter'],
];

/** The members of a request that a client may set. A null says the same as no member (RFC 7592 §2.2). */
export function registrableMembers(body: Readonly<Record<string, unknown>>): Record<string, unknown> {
  const present = REGISTRABLE.filter((name) => Object.hasOwn(body, name) && body[name] !== null);
  return Object.fromEntries(present.map((name) => [name, body[name]]));
}
