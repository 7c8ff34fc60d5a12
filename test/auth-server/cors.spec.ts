import { AuthServer } from './auth-server.js';

const ORIGIN = 'https://app.example';

describe('calls of browsers from other origins (RFC 9700 §2.6, Fetch §3.2)', () => {
  let server: AuthServer;
  beforeAll(async () => {
    server = await AuthServer.start();
  });
  afterAll(() => server.stop());

  const preflight = (path: string) =>
    server.fetch(path, {
      method: 'OPTIONS',
      headers: {
        origin: ORIGIN,
        'access-control-request-method': 'POST',
        'access-control-request-headers': 'authorization,dpop',
      },
    });

  it.each(['/oauth2/token', '/oauth2/revoke', '/userinfo', '/jwks', '/.well-known/openid-configuration'])(
    '%s may be called from any, without credentials',
    async (path) => {
      const { status, headers } = await preflight(path);
      expect(status).toBe(204);
      expect(headers.get('access-control-allow-origin')).toBe('*');
      expect(headers.get('access-control-allow-headers')).toContain('DPoP');
      expect(headers.get('access-control-allow-credentials')).toBeNull();
    },
  );

  it('an answer, an error too, may be read', async () => {
    const answer = await server.post('/oauth2/token', { grant_type: 'x' }, undefined, { origin: ORIGIN });
    expect(answer.status).toBe(401);
    expect(answer.headers.get('access-control-allow-origin')).toBe('*');
    expect(answer.headers.get('access-control-expose-headers')).toContain('WWW-Authenticate');
  });

  it.each(['/oauth2/authorize', '/oauth2/introspect', '/admin/v1/clients', '/interaction/x', '/'])(
    '%s may not',
    async (path) => {
      expect((await preflight(path)).headers.get('access-control-allow-origin')).toBeNull();
      const read = await server.fetch(path, { headers: { origin: ORIGIN } });
      expect(read.headers.get('access-control-allow-origin')).toBeNull();
    },
  );
});
