import { AuthServer, ISSUER, type TestClient } from '../auth-server/auth-server.js';

describe('Bearer tokens', () => {
  let server: AuthServer;
  let client: TestClient;
  let token: string;

  beforeAll(async () => {
    server = await AuthServer.start();
    client = await server.client();
    token = (await server.tokens(client)).access_token!;
  });
  afterAll(() => server.stop());

  const challengeOf = ({ headers }: { headers: Headers }) => headers.get('www-authenticate');

  it('RFC 6750 §2: of a request with two tokens the one in the header counts alone', async () => {
    const { status } = await server.post('/userinfo', { access_token: token }, undefined, {
      authorization: 'Bearer made-up',
    });
    expect(status).toBe(401);
  });

  it('RFC 6750 §2.1: /userinfo takes the token of the Authorization header, its scheme in any case', async () => {
    for (const scheme of ['Bearer', 'bearer', 'BEARER']) {
      const { status } = await server.fetch('/userinfo', {
        headers: { authorization: `${scheme} ${token}` },
      });
      expect([scheme, status]).toEqual([scheme, 200]);
    }
  });

  it('RFC 6750 §2.2: a token in the query or body of a GET opens nothing', async () => {
    expect((await server.fetch(`/userinfo?access_token=${token}`)).status).toBe(401);
    expect((await server.post(`/userinfo?access_token=${token}`, {})).status).toBe(401);
  });

  it('RFC 6750 §3: without a token the challenge names the scheme and no error', async () => {
    const answer = await server.fetch('/userinfo');
    expect(answer.status).toBe(401);
    expect(challengeOf(answer)).toMatch(/^Bearer /);
    expect(challengeOf(answer)).not.toContain('error');
  });

  it('RFC 6750 §3.1: a made-up token is 401 invalid_token', async () => {
    const answer = await server.call('made-up', '/userinfo');
    expect(answer.status).toBe(401);
    expect(challengeOf(answer)).toMatch(/^Bearer .*error="invalid_token"/);
  });

  it('RFC 6750 §3.1: a token for another resource is 401 invalid_token', async () => {
    const { body } = await server.post('/oauth2/token', { grant_type: 'client_credentials' }, client);
    const answer = await server.call(body.access_token as string, '/userinfo');
    expect(answer.status).toBe(401);
    expect(challengeOf(answer)).toContain('error="invalid_token"');
  });

  it('RFC 6750 §3.1: too little scope is 403 insufficient_scope with the scope that is needed', async () => {
    const { form } = await server.code(client, { scopes: ['demo:read'], resources: [ISSUER] });
    const { body } = await server.post('/oauth2/token', form, client);
    const answer = await server.call(body.access_token as string, '/userinfo');
    expect(answer.status).toBe(403);
    expect(challengeOf(answer)).toMatch(
      /error="insufficient_scope".*scope="openid"|scope="openid".*error="insufficient_scope"/,
    );
  });
});
