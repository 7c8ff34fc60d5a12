import { AuthServer, claimsOf, ISSUER } from '../auth-server/auth-server.js';

const PATH = '/.well-known/openid-configuration';

describe('OpenID Connect Discovery', () => {
  let server: AuthServer;
  let metadata: Record<string, unknown>;

  beforeAll(async () => {
    server = await AuthServer.start();
    metadata = (await server.fetch(PATH)).body;
  });
  afterAll(() => server.stop());

  it('OIDC Discovery §3: has the required members', () => {
    expect(metadata).toMatchObject({
      issuer: ISSUER,
      authorization_endpoint: `${ISSUER}/oauth2/authorize`,
      token_endpoint: `${ISSUER}/oauth2/token`,
      jwks_uri: `${ISSUER}/jwks`,
      response_types_supported: expect.arrayContaining(['code']),
      subject_types_supported: expect.arrayContaining(['public']),
      id_token_signing_alg_values_supported: expect.any(Array),
    });
  });

  it('OIDC Discovery §3: RS256 signs ID Tokens, and none is nowhere', () => {
    expect(metadata.id_token_signing_alg_values_supported).toContain('RS256');
    for (const [name, value] of Object.entries(metadata)) {
      if (/_alg_values_supported$/.test(name))
        expect([name, value]).toEqual([name, expect.not.arrayContaining(['none'])]);
    }
  });

  it('OIDC Discovery §4.2: is JSON, without empty members', async () => {
    const { status, headers } = await server.fetch(PATH);
    expect(status).toBe(200);
    expect(headers.get('content-type')).toMatch(/^application\/json/);
    expect(Object.values(metadata).filter((value) => value === null || value === '')).toEqual([]);
  });

  it('OIDC Discovery §4.3: issuer is iss of the ID Tokens', async () => {
    const { id_token: token } = await server.tokens(await server.client());
    expect(claimsOf(token).iss).toBe(metadata.issuer);
  });
});
