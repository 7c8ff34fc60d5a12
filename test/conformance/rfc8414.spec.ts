import { AuthServer, ISSUER } from '../auth-server/auth-server.js';

const PATH = '/.well-known/oauth-authorization-server';

describe('authorization server metadata', () => {
  let server: AuthServer;
  let metadata: Record<string, unknown>;

  beforeAll(async () => {
    server = await AuthServer.start();
    metadata = (await server.fetch(PATH)).body;
  });
  afterAll(() => server.stop());

  it('RFC 8414 §2: has the required members', () => {
    expect(metadata).toMatchObject({
      issuer: ISSUER,
      authorization_endpoint: `${ISSUER}/oauth2/authorize`,
      token_endpoint: `${ISSUER}/oauth2/token`,
      response_types_supported: expect.arrayContaining(['code']),
    });
  });

  it('RFC 8414 §2: the issuer has no query and no fragment', () => {
    expect(metadata.issuer).toMatch(/^https?:\/\/[^?#]+$/);
  });

  it.each(['token', 'revocation', 'introspection'])(
    'RFC 8414 §2: methods that sign come with their algorithms at the %s endpoint, and none is not among them',
    (endpoint) => {
      const methods = metadata[`${endpoint}_endpoint_auth_methods_supported`] as string[];
      const algorithms = metadata[`${endpoint}_endpoint_auth_signing_alg_values_supported`] as string[];
      expect(methods).toEqual(expect.arrayContaining(['client_secret_basic', 'private_key_jwt']));
      expect(algorithms).toEqual(expect.arrayContaining(['RS256', 'ES256']));
      expect(algorithms.map((name) => name.toLowerCase())).not.toContain('none');
    },
  );

  it('RFC 8414 §2: code_challenge_methods_supported has S256, and never plain', () => {
    expect(metadata.code_challenge_methods_supported).toEqual(['S256']);
  });

  it('RFC 8414 §3.1: GET finds it, and no other method', async () => {
    expect((await server.fetch(PATH)).status).toBe(200);
    expect((await server.fetch(PATH, { method: 'POST' })).status).toBe(404);
  });

  it('RFC 8414 §3.2: is JSON, and members without a value are left out', async () => {
    const { headers } = await server.fetch(PATH);
    expect(headers.get('content-type')).toMatch(/^application\/json/);
    const empty = Object.entries(metadata).filter(
      ([, value]) => value === null || value === '' || (Array.isArray(value) && value.length === 0),
    );
    expect(empty).toEqual([]);
  });

  it('RFC 8414 §3.3: issuer is what clients know the server by, whatever Host says', async () => {
    const { body } = await server.fetch(PATH, { headers: { 'x-forwarded-host': 'evil.example' } });
    expect(body.issuer).toBe(ISSUER);
    expect(JSON.stringify(body)).not.toContain('evil');
  });
});
