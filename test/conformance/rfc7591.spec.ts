import { generateKeyPairSync } from 'node:crypto';
import { exportJWK, generateKeyPair } from 'jose';
import { AuthServer } from '../auth-server/auth-server.js';

describe('dynamic client registration', () => {
  let server: AuthServer;
  let hosts = 0;

  beforeAll(async () => {
    server = await AuthServer.start({ GATEHOUSE_REGISTRATION: 'open' });
  });
  afterAll(() => server.stop());

  const register = (metadata: Record<string, unknown>) =>
    server.call(undefined, '/oauth2/register', 'POST', {
      redirect_uris: [`https://app-${(hosts += 1)}.test/cb`],
      ...metadata,
    });

  it('RFC 7591 §2: jwks and jwks_uri together are refused', async () => {
    const { publicKey } = await generateKeyPair('ES256');
    const jwks = { keys: [{ ...(await exportJWK(publicKey)), alg: 'ES256', kid: 'one' }] };
    const keys = { token_endpoint_auth_method: 'private_key_jwt', jwks };
    expect((await register(keys)).status).toBe(201);
    const both = await register({ ...keys, jwks_uri: 'https://app.test/jwks' });
    expect([both.status, both.body.error]).toEqual([400, 'invalid_client_metadata']);
  });

  it('RFC 7591 §2.1: response types without their grant type are refused', async () => {
    const { status, body } = await register({ grant_types: ['refresh_token'], response_types: ['code'] });
    expect([status, body.error]).toEqual([400, 'invalid_client_metadata']);
  });

  it('RFC 7591 §3.1: each registration gets a client_id of its own, whatever it asks for', async () => {
    const asked = { client_id: 'mine', client_secret: 'my-own-secret' };
    const [one, other] = [(await register(asked)).body, (await register(asked)).body];
    expect(new Set([one.client_id, other.client_id, 'mine']).size).toBe(3);
    expect(new Set([one.client_secret, other.client_secret, 'my-own-secret']).size).toBe(3);
  });

  it('RFC 7591 §3.2.1: a secret comes with client_secret_expires_at', async () => {
    const { body } = await register({});
    expect(body).toMatchObject({ client_secret: expect.any(String), client_secret_expires_at: 0 });
  });

  it('OIDC Registration §2: none is no algorithm for assertions', async () => {
    const { status, body } = await register({
      token_endpoint_auth_method: 'private_key_jwt',
      jwks_uri: 'https://app.test/jwks',
      token_endpoint_auth_signing_alg: 'none',
    });
    expect([status, body.error]).toEqual([400, 'invalid_client_metadata']);
  });

  it('OIDC Core §4: initiate_login_uri is https', async () => {
    const login = (scheme: string) => register({ initiate_login_uri: `${scheme}://app.test/login` });
    expect((await login('https')).status).toBe(201);
    const { status, body } = await login('http');
    expect([status, body.error]).toEqual([400, 'invalid_client_metadata']);
  });

  it('OIDC Registration §2: a web client of the implicit flow has https addresses, and not localhost', async () => {
    const implicit = (uri: string, type = 'web') =>
      server.client({
        application_type: type,
        grant_types: ['implicit'],
        response_types: ['id_token'],
        redirect_uris: [uri],
      });
    await expect(implicit('http://127.0.0.1:3000/cb')).rejects.toThrow('https');
    await expect(implicit('https://localhost/cb')).rejects.toThrow('localhost');
    await expect(implicit('https://localhost.example/cb')).resolves.toBeDefined();
    await expect(implicit('http://127.0.0.1:3000/cb', 'native')).resolves.toBeDefined();
  });

  it('RFC 7518 §3.3: an RSA key of less than 2048 bits is refused', async () => {
    const withKey = (bits: number) => {
      const { publicKey } = generateKeyPairSync('rsa', { modulusLength: bits });
      const jwk = { ...publicKey.export({ format: 'jwk' }), kid: 'key', alg: 'RS256', use: 'sig' };
      return register({ token_endpoint_auth_method: 'private_key_jwt', jwks: { keys: [jwk] } });
    };
    expect((await withKey(2048)).status).toBe(201);
    const { status, body } = await withKey(1024);
    expect([status, body.error]).toEqual([400, 'invalid_client_metadata']);
  });
});
