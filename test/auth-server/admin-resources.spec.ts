import { type Answer, AuthServer, claimsOf } from './auth-server.js';

const PATH = '/admin/v1/resources';
const at = (resource: string) => `${PATH}/${encodeURIComponent(resource)}`;

describe('administration of resources (APIs)', () => {
  let server: AuthServer;
  let admin: string;

  beforeAll(async () => {
    server = await AuthServer.start();
    admin = await server.tokenWith('admin');
  });
  afterAll(() => server.stop());

  const call = (path: string, method?: string, body?: unknown): Promise<Answer> =>
    server.call(admin, path, method, body);
  const API = 'https://api.example/v1';

  it('creates one; its scopes can be asked for at once, and its format counts', async () => {
    const { status, body } = await call(at(API), 'PUT', {
      scopes: { 'v1:read': 'Read', 'v1:write': 'Write' },
      access_token_lifetime: 120,
    });
    expect([status, body.resource, body.access_token_format]).toEqual([200, API, 'jwt']);
    expect((await call(at(API))).body).toEqual(body);
    const token = await server.tokenWith('v1:read');
    const { aud, exp, iat } = claimsOf(token) as { aud: string; exp: number; iat: number };
    expect([aud, exp - iat]).toEqual([API, 120]);
    await call(at(API), 'PUT', { scopes: { 'v1:read': 'Read' }, access_token_format: 'opaque' });
    expect((await server.tokenWith('v1:read')).split('.')).not.toHaveLength(3);
    const { body: discovery } = await server.fetch('/.well-known/openid-configuration');
    expect(discovery.scopes_supported).not.toContain('v1:write');
  });

  it('lists page by page, and deletes', async () => {
    await call(at('https://deleted.example/'), 'PUT', { scopes: { 'deleted:read': 'Read' } });
    const names: string[] = [];
    let query = '?limit=2';
    for (let i = 0; i < 10; i++) {
      const { body } = await call(`${PATH}${query}`);
      names.push(...(body.resources as { resource: string }[]).map(({ resource }) => resource));
      if (body.next_cursor === undefined) break;
      query = `?limit=2&cursor=${body.next_cursor as string}`;
    }
    expect(names).toEqual(
      expect.arrayContaining(['https://deleted.example/', 'http://issuer.test/admin/v1']),
    );
    expect(new Set(names).size).toBe(names.length);
    expect((await call(at('https://deleted.example/'), 'DELETE')).status).toBe(204);
    expect((await call(at('https://deleted.example/'))).status).toBe(404);
  });

  it.each<[string, object, string]>([
    ['no scope', { scopes: {} }, '/scopes'],
    ['a malformed scope', { scopes: { 'a b': 'x' } }, '/scopes/a b'],
    ['a scope of OpenID Connect', { scopes: { openid: 'x' } }, '/scopes/openid'],
    ['a scope of operators', { scopes: { admin: 'x' } }, '/scopes/admin'],
    ['an unknown format', { scopes: { a: 'x' }, access_token_format: 'xml' }, '/access_token_format'],
    [
      'an unknown algorithm',
      { scopes: { a: 'x' }, access_token_signing_alg: 'none' },
      '/access_token_signing_alg',
    ],
    ['an endless token', { scopes: { a: 'x' }, access_token_lifetime: 1e9 }, '/access_token_lifetime'],
  ])('RFC 9457: %s is 422 and names the member', async (_name, body, pointer) => {
    const answer = await call(at('https://fault.example/'), 'PUT', body);
    expect(answer.status).toBe(422);
    expect((answer.body.errors as { pointer: string }[]).map((one) => one.pointer)).toContain(pointer);
  });

  it.each(['not a uri', 'https://api.example/#x', 'javascript:alert(1)', '/relative'])(
    'RFC 8707 §2: the identifier %j is refused',
    async (name) => {
      expect((await call(at(name), 'PUT', { scopes: { a: 'x' } })).status).toBe(422);
    },
  );

  it.each([
    'http://issuer.test',
    'http://issuer.test/admin/v1',
    'http://issuer.test/internal',
    'https://gateway.test/admin/v1',
  ])('its own resource %s cannot be changed or deleted', async (name) => {
    expect((await call(at(name), 'PUT', { scopes: { a: 'x' } })).status).toBe(409);
    expect((await call(at(name), 'DELETE')).status).toBe(409);
  });
});
