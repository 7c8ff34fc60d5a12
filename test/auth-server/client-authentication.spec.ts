import { AuthServer, basic, type TestClient } from './auth-server.js';

describe('client authentication', () => {
  let server: AuthServer;
  let client: TestClient;
  let publicClient: TestClient;
  const form = { grant_type: 'client_credentials', scope: 'demo:read' };

  beforeAll(async () => {
    server = await AuthServer.start();
    client = await server.client();
    publicClient = await server.client({
      token_endpoint_auth_method: 'none',
      grant_types: ['authorization_code', 'refresh_token'],
    });
  });
  afterAll(() => server.stop());

  it('RFC 6749 §2.3.1: the secret in the Authorization header', async () => {
    const answer = await server.post('/oauth2/token', form, client);
    expect(answer.status).toBe(200);
    expect(answer.headers.get('cache-control')).toBe('no-store');
    expect(answer.body).toMatchObject({ token_type: 'Bearer', expires_in: 600, scope: 'demo:read' });
    expect(answer.body).not.toHaveProperty('refresh_token');
  });

  it('RFC 6749 §2.3.1: the secret in the body', async () => {
    const { clientId, secret } = client;
    const answer = await server.post('/oauth2/token', {
      ...form,
      client_id: clientId,
      client_secret: secret,
    });
    expect(answer.status).toBe(200);
  });

  it('RFC 6749 §2.3.1: id and secret are form-urlencoded inside HTTP Basic', async () => {
    const odd = await server.client();
    const encoded = [...Buffer.from(`${odd.clientId}`)].map((byte) => `%${byte.toString(16)}`).join('');
    const authorization = `Basic ${Buffer.from(`${encoded}:${odd.secret}`).toString('base64')}`;
    expect((await server.post('/oauth2/token', form, undefined, { authorization })).status).toBe(200);
  });

  it.each<[string, (c: TestClient, p: TestClient) => { form?: object; authorization?: string }]>([
    ['a wrong secret', (c) => ({ authorization: basic({ ...c, secret: 'wrong' }) })],
    ['an empty secret', (c) => ({ authorization: basic({ ...c, secret: '' }) })],
    ['the hash of the secret', (c) => ({ form: { client_id: c.clientId, client_secret: 'x'.repeat(43) } })],
    ['an unknown client', () => ({ authorization: basic({ clientId: 'nobody', secret: 'x' }) })],
    ['no secret for a confidential client', (c) => ({ form: { client_id: c.clientId } })],
    ['a secret for a public client', (_, p) => ({ form: { client_id: p.clientId, client_secret: 'x' } })],
    [
      'an empty secret for a public client by Basic',
      (_, p) => ({ authorization: basic({ ...p, secret: '' }) }),
    ],
    ['nothing at all', () => ({})],
    ['another scheme', () => ({ authorization: 'Bearer abc' })],
    [
      'Basic without a colon',
      () => ({ authorization: `Basic ${Buffer.from('nocolon').toString('base64')}` }),
    ],
    [
      'Basic with a broken escape',
      () => ({ authorization: `Basic ${Buffer.from('a%zz:b').toString('base64')}` }),
    ],
    ['a client_id with a NUL', () => ({ form: { client_id: 'a\0b', client_secret: 'x' } })],
  ])('RFC 6749 §5.2: %s is 401 invalid_client', async (_name, make) => {
    const { form: extra, authorization } = make(client, publicClient);
    const answer = await server.post(
      '/oauth2/token',
      { ...form, ...extra },
      undefined,
      authorization === undefined ? {} : { authorization },
    );
    expect(answer).toMatchObject({ status: 401, body: { error: 'invalid_client' } });
    const challenge = answer.headers.get('www-authenticate');
    if (authorization !== undefined) expect(challenge).toMatch(/^Basic realm=/);
    else expect(challenge).toBeNull();
  });

  it('RFC 6749 §2.3: two methods in one request are invalid_request', async () => {
    const { clientId, secret } = client;
    const answer = await server.post(
      '/oauth2/token',
      { ...form, client_id: clientId, client_secret: secret },
      client,
    );
    expect(answer).toMatchObject({ status: 400, body: { error: 'invalid_request' } });
  });

  it('RFC 6749 §2.3: a client_id in the body that is not the one of the header is invalid_request', async () => {
    const answer = await server.post('/oauth2/token', { ...form, client_id: publicClient.clientId }, client);
    expect(answer).toMatchObject({ status: 400, body: { error: 'invalid_request' } });
  });

  it.each(['grant_type', 'scope', 'client_id', 'client_secret', 'code', 'unknown'])(
    'RFC 6749 §3.2: %s there twice is invalid_request (CVE-2026-9689)',
    async (name) => {
      const twice = { ...form, [name]: ['client_credentials', 'client_credentials'] };
      const answer = await server.post('/oauth2/token', twice, client);
      expect(answer).toMatchObject({ status: 400, body: { error: 'invalid_request' } });
    },
  );

  it('RFC 6749 §3.2: parameters in the query are not read', async () => {
    const answer = await server.post(
      `/oauth2/token?grant_type=client_credentials&client_id=${client.clientId}&client_secret=${client.secret}`,
      { scope: 'demo:read' },
    );
    expect(answer).toMatchObject({ status: 401, body: { error: 'invalid_client' } });
  });

  it.each(['application/json', 'application/json; charset=utf-8', 'text/plain', 'multipart/form-data'])(
    'RFC 6749 §3.2: a body of type %s is refused',
    async (type) => {
      const answer = await server.fetch('/oauth2/token', {
        method: 'POST',
        headers: { 'content-type': type, authorization: basic(client) },
        body: JSON.stringify(form),
      });
      expect(answer.status).toBe(415);
    },
  );

  it('RFC 6749 §3.2: GET is not the token endpoint', async () => {
    expect((await server.fetch('/oauth2/token')).status).toBe(404);
  });

  it('a client without a registered grant type is unauthorized_client, an unknown type unsupported', async () => {
    const only = await server.client({ grant_types: ['authorization_code'] });
    expect((await server.post('/oauth2/token', form, only)).body.error).toBe('unauthorized_client');
    for (const grant_type of ['urn:nobody', '__proto__', 'constructor']) {
      const { body } = await server.post('/oauth2/token', { grant_type }, client);
      expect(body.error).toBe('unsupported_grant_type');
    }
    expect((await server.post('/oauth2/token', {}, client)).body.error).toBe('invalid_request');
  });

  it('guessing ends in 429 with Retry-After, for others the client goes on', async () => {
    const victim = await server.client();
    const statuses: number[] = [];
    for (let i = 0; i < 32; i++) {
      const answer = await server.post('/oauth2/token', form, { ...victim, secret: `guess ${i}` });
      statuses.push(answer.status);
      if (answer.status === 429) expect(Number(answer.headers.get('retry-after'))).toBeGreaterThan(0);
    }
    expect(statuses.slice(0, 30)).toEqual(Array(30).fill(401));
    expect(statuses.slice(30)).toEqual([429, 429]);
    expect((await server.post('/oauth2/token', form, victim)).status).toBe(200);
  });
});
