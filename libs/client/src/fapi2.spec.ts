import { clientMetadata } from './metadata.js';

const CLIENT = {
  profile: 'fapi2',
  redirect_uris: ['https://rp.test/callback'],
  token_endpoint_auth_method: 'private_key_jwt',
  token_endpoint_auth_signing_alg: 'ES256',
  jwks_uri: 'https://rp.test/jwks',
  id_token_signed_response_alg: 'PS256',
  require_pushed_authorization_requests: true,
  dpop_bound_access_tokens: true,
};

describe('clients of the FAPI 2.0 Security Profile', () => {
  const fault = (changes: object) => {
    const result = clientMetadata.safeParse({ ...CLIENT, ...changes });
    return result.error?.issues.map(({ path }) => path[0]);
  };

  it('may be what the profile asks for', () => {
    expect(fault({})).toBeUndefined();
    const certificate = {
      dpop_bound_access_tokens: undefined,
      tls_client_certificate_bound_access_tokens: true,
    };
    expect(fault(certificate)).toBeUndefined();
  });

  it.each<[string, object]>([
    [
      'token_endpoint_auth_method',
      { token_endpoint_auth_method: 'client_secret_basic', token_endpoint_auth_signing_alg: undefined },
    ],
    ['token_endpoint_auth_signing_alg', { token_endpoint_auth_signing_alg: undefined }],
    ['token_endpoint_auth_signing_alg', { token_endpoint_auth_signing_alg: 'RS256' }],
    ['id_token_signed_response_alg', { id_token_signed_response_alg: undefined }],
    ['request_object_signing_alg', { request_object_signing_alg: 'RS256' }],
    ['dpop_bound_access_tokens', { dpop_bound_access_tokens: undefined }],
    ['require_pushed_authorization_requests', { require_pushed_authorization_requests: undefined }],
    ['require_pkce', { require_pkce: false }],
    ['redirect_uris', { redirect_uris: ['http://127.0.0.1/callback'] }],
    ['grant_types', { grant_types: ['authorization_code', 'password'] }],
    ['response_types', { grant_types: ['authorization_code', 'implicit'], response_types: ['code token'] }],
  ])('§5.3.2 and §5.4: refuses another %s: %j', (member, changes) => {
    expect(fault(changes)).toContain(member);
  });
});
