import { clientMetadata } from './metadata.js';

const web = { redirect_uris: ['https://app.example/callback'] };

describe('client metadata (RFC 7591 §2)', () => {
  it('has the defaults of the RFC, and safe ones of our own', () => {
    expect(clientMetadata.parse(web)).toEqual({
      ...web,
      grant_types: ['authorization_code'],
      response_types: ['code'],
      token_endpoint_auth_method: 'client_secret_basic',
      scope: '',
      id_token_signed_response_alg: 'RS256',
      access_token_lifetime: 600,
      require_pkce: true,
      first_party: false,
      share_redirect_uris: false,
    });
  });

  it('§2: ignores what it does not know', () => {
    expect(clientMetadata.parse({ ...web, no_such_member: '1', __unknown: {} })).not.toHaveProperty(
      'no_such_member',
    );
  });

  it('§2.1: a client without authorization_code needs no redirect URI and has no response type', () => {
    expect(clientMetadata.parse({ grant_types: ['client_credentials'] })).toMatchObject({
      redirect_uris: [],
      response_types: [],
    });
  });

  it.each<[string, object]>([
    ['redirect_uris', {}],
    ['redirect_uris', { redirect_uris: 'https://app.example/' }],
    ['redirect_uris', { redirect_uris: Array(101).fill('https://app.example/') }],
    ['redirect_uris', { redirect_uris: [`https://app.example/${'a'.repeat(2_048)}`] }],
    ['response_types', { ...web, response_types: ['token'] }],
    ['response_types', { grant_types: ['client_credentials'], response_types: ['code'] }],
    ['grant_types', { grant_types: ['client_credentials'], token_endpoint_auth_method: 'none' }],
    ['require_pkce', { ...web, token_endpoint_auth_method: 'none', require_pkce: false }],
    ['id_token_signed_response_alg', { ...web, id_token_signed_response_alg: 'none' }],
    ['id_token_signed_response_alg', { ...web, id_token_signed_response_alg: 'HS256' }],
    ['scope', { ...web, scope: 'a"b' }],
    ['client_uri', { ...web, client_uri: 'javascript:alert(1)' }],
    ['policy_uri', { ...web, policy_uri: 'data:text/html,x' }],
    ['post_logout_redirect_uris', { ...web, post_logout_redirect_uris: ['https://*.example/'] }],
  ])('refuses a faulty %s', (member, value) => {
    const result = clientMetadata.safeParse(value);
    expect(result.error?.issues.map((issue) => issue.path[0])).toContain(member);
  });
});

describe('metadata about client authentication', () => {
  const base = { grant_types: ['client_credentials'] };
  const faults = (members: object) =>
    clientMetadata.safeParse({ ...base, ...members }).error?.issues.map(({ path }) => path.join('.')) ?? [];
  const jwks = { keys: [{ kty: 'EC', crv: 'P-256', x: 'AA', y: 'AA', kid: '1' }] };

  it.each([
    { token_endpoint_auth_method: 'private_key_jwt', jwks },
    { token_endpoint_auth_method: 'private_key_jwt', jwks_uri: 'https://client.test/jwks' },
    { token_endpoint_auth_method: 'private_key_jwt', jwks, token_endpoint_auth_signing_alg: 'PS256' },
    { token_endpoint_auth_method: 'client_secret_jwt', token_endpoint_auth_signing_alg: 'HS256' },
    { token_endpoint_auth_method: 'tls_client_auth', tls_client_auth_san_dns: 'client.test' },
    { token_endpoint_auth_method: 'self_signed_tls_client_auth', jwks },
    { token_endpoint_auth_method: 'urn:example:in-house' },
  ])('takes %j', (members) => expect(faults(members)).toEqual([]));

  it.each<[string, object]>([
    ['jwks_uri', { jwks, jwks_uri: 'https://client.test/jwks' }],
    ['jwks_uri', { jwks_uri: 'http://client.test/jwks' }],
    ['jwks', { token_endpoint_auth_method: 'private_key_jwt' }],
    ['jwks', { token_endpoint_auth_method: 'self_signed_tls_client_auth' }],
    ['jwks.keys.0.d', { jwks: { keys: [{ ...jwks.keys[0], d: 'AA' }] } }],
    ['jwks.keys.0.kty', { jwks: { keys: [{ kty: 'oct' }] } }],
    ['jwks.keys.0.n', { jwks: { keys: [{ kty: 'RSA', e: 'AQAB', n: 'x'.repeat(171) }] } }],
    ['token_endpoint_auth_signing_alg', { token_endpoint_auth_signing_alg: 'none' }],
    ['token_endpoint_auth_signing_alg', { token_endpoint_auth_signing_alg: 'HS256' }],
    [
      'token_endpoint_auth_signing_alg',
      { token_endpoint_auth_method: 'client_secret_jwt', token_endpoint_auth_signing_alg: 'ES256' },
    ],
    ['tls_client_auth_subject_dn', { token_endpoint_auth_method: 'tls_client_auth' }],
    [
      'tls_client_auth_san_uri',
      {
        token_endpoint_auth_method: 'tls_client_auth',
        tls_client_auth_san_dns: 'client.test',
        tls_client_auth_san_uri: 'https://client.test',
      },
    ],
  ])('refuses %s', (member, members) => expect(faults(members)).toEqual([member]));
});
