import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { connect } from 'node:tls';
import { clientMetadata } from '@gatehouse/client';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import { X509Certificate } from 'node:crypto';
import * as oidc from 'openid-client';
import { Agent, fetch as undiciFetch } from 'undici';
import { ClientsService } from '../../apps/auth-server/src/clients/clients.service.js';
import { createAuthServer } from '../../apps/auth-server/src/testing.js';
import { freePort } from '../../apps/launcher/src/ports.js';
import { TEST_SECRET } from '../support/app.js';
import { createDatabase, type TestDatabase } from '../support/database.js';

const FOLDER = join(process.cwd(), 'test/auth-server/certificates');
const read = (name: string) => readFileSync(join(FOLDER, name), 'utf8');

describe('TLS of its own, and certificates of clients in it (RFC 8705)', () => {
  let database: TestDatabase;
  let app: NestFastifyApplication;
  let issuer: string;
  const agents: Agent[] = [];

  beforeAll(async () => {
    database = await createDatabase();
    const port = await freePort();
    issuer = `https://localhost:${port}`;
    app = await createAuthServer(environment({ GATEHOUSE_ISSUER: issuer }), []);
    await app.listen({ port, host: '127.0.0.1' });
  });
  afterAll(async () => {
    await Promise.all(agents.map((agent) => agent.destroy()));
    await app?.close();
    await database?.drop();
  });

  const environment = (more: Record<string, string> = {}) => ({
    DATABASE_URL: database.url,
    GATEHOUSE_SECRET: TEST_SECRET,
    GATEHOUSE_DEMO: 'true',
    GATEHOUSE_AUTH_TLS_CERT_FILE: join(FOLDER, 'server.pem'),
    GATEHOUSE_AUTH_TLS_KEY_FILE: join(FOLDER, 'server.key'),
    GATEHOUSE_AUTH_TLS_REQUEST_CERT: 'true',
    GATEHOUSE_CLIENT_CA_FILE: join(FOLDER, 'authority.pem'),
    ...more,
  });

  it('FAPI 2.0 §5.2.2: TLS 1.2 is taken, and nothing older', async () => {
    const handshake = (maxVersion: 'TLSv1.1' | 'TLSv1.2') => {
      const socket = connect({
        port: Number(new URL(issuer).port),
        ca: read('authority.pem'),
        servername: 'localhost',
        minVersion: 'TLSv1',
        maxVersion,
        ciphers: 'DEFAULT@SECLEVEL=0',
      });
      return once(socket, 'secureConnect').finally(() => socket.destroy());
    };
    await expect(handshake('TLSv1.1')).rejects.toThrow();
    await expect(handshake('TLSv1.2')).resolves.toBeDefined();
  });

  /** openid-client, presenting a certificate. */
  async function openidClient(metadata: Record<string, unknown>, certificate?: string) {
    const { client } = await app.get(ClientsService, { strict: false }).register({
      origin: 'admin',
      metadata: clientMetadata.parse({
        grant_types: ['client_credentials'],
        scope: 'demo:read',
        ...metadata,
      }),
    });
    const agent = new Agent({
      connect: {
        ca: read('authority.pem'),
        ...(certificate ? { cert: read(`${certificate}.pem`), key: read(`${certificate}.key`) } : {}),
      },
    });
    agents.push(agent);
    const customFetch: oidc.CustomFetch = (url, options) =>
      undiciFetch(url, { ...(options as object), dispatcher: agent }) as unknown as Promise<Response>;
    return oidc.discovery(new URL(issuer), client.clientId, undefined, oidc.TlsClientAuth(), {
      [oidc.customFetch]: customFetch,
    });
  }
  const grant = (config: oidc.Configuration) => oidc.clientCredentialsGrant(config, { scope: 'demo:read' });
  const byAuthority = {
    token_endpoint_auth_method: 'tls_client_auth',
    tls_client_auth_san_dns: 'client.test',
  };
  const selfSigned = () => ({
    token_endpoint_auth_method: 'self_signed_tls_client_auth',
    jwks: {
      keys: [
        {
          ...new X509Certificate(read('self-signed.pem')).publicKey.export({ format: 'jwk' }),
          x5c: [new X509Certificate(read('self-signed.pem')).raw.toString('base64')],
        },
      ],
    },
  });

  it('RFC 8705 §2.1: openid-client authenticates by tls_client_auth', async () => {
    const tokens = await grant(await openidClient(byAuthority, 'client'));
    expect(tokens.token_type).toBe('bearer');
  });

  it('RFC 8705 §2.2: openid-client authenticates by self_signed_tls_client_auth', async () => {
    const tokens = await grant(await openidClient(selfSigned(), 'self-signed'));
    expect(tokens.access_token).toBeDefined();
  });

  it.each([
    ['no certificate', byAuthority, undefined],
    ['a certificate that signed itself', byAuthority, 'self-signed'],
    ['another certificate', selfSigned(), 'client'],
  ])('RFC 8705 §2: %s is refused', async (_name, metadata, certificate) => {
    const config = await openidClient(metadata, certificate);
    await expect(grant(config)).rejects.toMatchObject({ error: 'invalid_client', status: 401 });
  });

  it.each<[string, Record<string, string>]>([
    ['GATEHOUSE_AUTH_TLS_KEY_FILE is not set', { GATEHOUSE_AUTH_TLS_KEY_FILE: '' }],
    ['GATEHOUSE_AUTH_TLS_CERT_FILE is not set', { GATEHOUSE_AUTH_TLS_CERT_FILE: '' }],
    ['cannot be read', { GATEHOUSE_AUTH_TLS_CERT_FILE: '/nowhere' }],
    ['cannot be used', { GATEHOUSE_AUTH_TLS_KEY_FILE: join(FOLDER, 'client.key') }],
  ])('%s: told in one line at the start', async (text, change) => {
    await expect(createAuthServer(environment(change), [])).rejects.toThrow(text);
  });
});
