import { AuthServer } from './auth-server.js';

describe('RFC 9728: protected resource metadata of this server’s own APIs', () => {
  let server: AuthServer;
  beforeAll(async () => {
    server = await AuthServer.start();
  });
  afterAll(() => server.stop());

  const WELL_KNOWN = '/.well-known/oauth-protected-resource';

  it.each([
    ['', 'http://issuer.test', 'openid'],
    ['/admin/v1', 'http://issuer.test/admin/v1', 'admin'],
    ['/internal', 'http://issuer.test/internal', 'revocations'],
  ])('§3.1: %s', async (path, resource, scope) => {
    const { status, body, headers } = await server.fetch(`${WELL_KNOWN}${path}`);
    expect(status).toBe(200);
    expect(headers.get('content-type')).toMatch(/^application\/json/);
    expect(headers.get('access-control-allow-origin')).toBe('*');
    expect(body).toMatchObject({
      resource,
      authorization_servers: ['http://issuer.test'],
      bearer_methods_supported: ['header'],
    });
    expect(body.scopes_supported).toContain(scope);
  });

  it.each(['/nothing', '/admin', '/admin/v1/clients', '/..%2fadmin'])('%s has none', async (path) => {
    expect((await server.fetch(`${WELL_KNOWN}${path}`)).status).toBe(404);
  });

  it.each([
    ['/userinfo', ''],
    ['/admin/v1/clients', '/admin/v1'],
    ['/internal/revocations', '/internal'],
  ])('§5.1: the challenge of %s leads there, with and without a token', async (path, suffix) => {
    const expected = `resource_metadata="http://issuer.test${WELL_KNOWN}${suffix}"`;
    for (const token of [undefined, 'wrong', await server.tokenWith('demo:read')]) {
      const { status, headers } = await server.call(token, path);
      expect(status).toBe(401);
      expect(headers.get('www-authenticate')).toContain(expected);
    }
  });

  it('ZITADEL GHSA-2wmj-46rj-qm2w: no header of a request changes an address in metadata or challenges', async () => {
    const headers = {
      'x-forwarded-host': 'evil.test',
      'x-forwarded-proto': 'https',
      forwarded: 'host=evil.test',
    };
    for (const path of [WELL_KNOWN, '/.well-known/openid-configuration', '/admin/v1/clients']) {
      const answer = await server.fetch(path, { headers });
      expect(JSON.stringify([answer.body, [...answer.headers]])).not.toContain('evil.test');
    }
  });
});
