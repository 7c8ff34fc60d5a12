import { X509Certificate } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { AuthServer, claimsOf, type TestClient } from './auth-server.js';

const FOLDER = join(process.cwd(), 'test/auth-server/certificates');
const x509 = (name: string) => new X509Certificate(readFileSync(join(FOLDER, `${name}.pem`)));
/** RFC 9440 §2.1. */
const presented = (name: string) => ({ 'client-cert': `:${x509(name).raw.toString('base64')}:` });
const thumbprint = (name: string) =>
  Buffer.from(x509(name).fingerprint256.replaceAll(':', ''), 'hex').toString('base64url');

describe('certificate-bound tokens (RFC 8705 §3)', () => {
  let server: AuthServer;
  let client: TestClient;

  beforeAll(async () => {
    server = await AuthServer.start({
      GATEHOUSE_TRUST_PROXY: '127.0.0.1/32',
      GATEHOUSE_CLIENT_CERT_HEADER: 'Client-Cert',
      GATEHOUSE_CLIENT_CA_FILE: join(FOLDER, 'authority.pem'),
    });
    client = await server.client({ tls_client_certificate_bound_access_tokens: true });
  });
  afterAll(() => server.stop());

  async function tokens(certificate = 'client') {
    const { form } = await server.code(client);
    return (await server.post('/oauth2/token', form, client, presented(certificate))).body;
  }

  const userinfo = (token: unknown, headers: Record<string, string> = {}) =>
    server.fetch('/userinfo', { headers: { authorization: `Bearer ${token as string}`, ...headers } });

  it('§3.1: the token has the thumbprint in cnf, and stays a Bearer token', async () => {
    const { access_token: token, token_type: type } = await tokens();
    expect(type).toBe('Bearer');
    expect(claimsOf(token).cnf).toEqual({ 'x5t#S256': thumbprint('client') });
  });

  it('§3.2: introspection shows cnf', async () => {
    const { access_token: token } = await tokens();
    const { body } = await server.post('/oauth2/introspect', { token: token as string }, client);
    expect(body).toMatchObject({ active: true, cnf: { 'x5t#S256': thumbprint('client') } });
  });

  it('§3: /userinfo takes it over a connection with that certificate alone', async () => {
    const { access_token: token } = await tokens();
    expect((await userinfo(token, presented('client'))).status).toBe(200);
    for (const headers of [{}, presented('self-signed')]) {
      const answer = await userinfo(token, headers);
      expect([answer.status, answer.body.error]).toEqual([401, 'invalid_token']);
    }
  });

  it('§3.4: such a client gets no token without a certificate', async () => {
    const form = { grant_type: 'client_credentials', scope: 'demo:read' };
    expect((await server.post('/oauth2/token', form, client)).body.error).toBe('invalid_request');
  });

  it('§3: other clients’ tokens are not bound, though they present one', async () => {
    const form = { grant_type: 'client_credentials', scope: 'demo:read' };
    const { body } = await server.post('/oauth2/token', form, await server.client(), presented('client'));
    expect(claimsOf(body.access_token)).not.toHaveProperty('cnf');
  });

  it('§4: refresh tokens of a public client are bound, too', async () => {
    const open = await server.client({
      token_endpoint_auth_method: 'none',
      grant_types: ['authorization_code', 'refresh_token'],
      tls_client_certificate_bound_access_tokens: true,
    });
    const { form } = await server.code(open);
    const id = { client_id: open.clientId };
    const { body } = await server.post('/oauth2/token', { ...form, ...id }, undefined, presented('client'));
    const refresh = (certificate: string) =>
      server.post(
        '/oauth2/token',
        { grant_type: 'refresh_token', refresh_token: body.refresh_token as string, ...id },
        undefined,
        presented(certificate),
      );
    expect((await refresh('self-signed')).body.error).toBe('invalid_grant');
    expect((await refresh('client')).status).toBe(200);
  });

  it('§3.3: is announced where clients can present certificates', async () => {
    const { body } = await server.fetch('/.well-known/oauth-authorization-server');
    expect(body.tls_client_certificate_bound_access_tokens).toBe(true);
  });
});
