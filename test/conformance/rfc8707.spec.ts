import { ResourcesService } from '../../apps/auth-server/src/resources/resources.service.js';
import { API, AuthServer, claimsOf, ISSUER, type TestClient } from '../auth-server/auth-server.js';

const OTHER = 'https://other.test/api';
const SCOPES = ['openid', 'offline_access', 'demo:read', 'other:read'];

describe('resource indicators', () => {
  let server: AuthServer;
  let client: TestClient;

  beforeAll(async () => {
    server = await AuthServer.start();
    await server.get(ResourcesService).put(OTHER, { 'other:read': 'Read others' });
    client = await server.client({ scope: SCOPES.join(' ') });
  });
  afterAll(() => server.stop());

  it('RFC 8707 §2.2: a refresh token still gives tokens for every resource of its grant', async () => {
    const { form } = await server.code(client, { scopes: SCOPES, resources: [API, OTHER] });
    const first = (await server.post('/oauth2/token', { ...form, resource: API }, client)).body;
    expect(claimsOf(first.access_token).aud).toBe(API);
    const second = (await server.refresh(client, first.refresh_token as string, { resource: OTHER })).body;
    expect(claimsOf(second.access_token)).toMatchObject({ aud: OTHER, scope: 'other:read' });
    const third = (await server.refresh(client, second.refresh_token as string)).body;
    expect(claimsOf(third.access_token).aud).toEqual([API, OTHER, ISSUER]);
  });

  it('RFC 8707 §2.2: a refresh for a resource beyond its grant is invalid_target, and costs the token nothing', async () => {
    const tokens = await server.tokens(client);
    const refused = await server.refresh(client, tokens.refresh_token, { resource: OTHER });
    expect([refused.status, refused.body.error]).toEqual([400, 'invalid_target']);
    expect((await server.refresh(client, tokens.refresh_token)).status).toBe(200);
  });
});
