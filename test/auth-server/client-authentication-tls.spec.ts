import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { X509Certificate } from 'node:crypto';
import { AuthServer, type Answer, type TestClient } from './auth-server.js';

const FOLDER = join(process.cwd(), 'test/auth-server/certificates');

const pem = (name: string) => readFileSync(join(FOLDER, `${name}.pem`), 'utf8');
const der = (name: string) => new X509Certificate(pem(name)).raw.toString('base64');
/** RFC 9440 §2.1. */
const byteSequence = (name: string) => `:${der(name)}:`;

describe('client authentication by certificate (RFC 8705 §2)', () => {
  let server: AuthServer;
  let byAuthority: TestClient;
  let selfSigned: TestClient;

  beforeAll(async () => {
    server = await AuthServer.start({
      GATEHOUSE_TRUST_PROXY: '127.0.0.1/32',
      GATEHOUSE_CLIENT_CERT_HEADER: 'Client-Cert',
      GATEHOUSE_CLIENT_CA_FILE: join(FOLDER, 'authority.pem'),
    });
    byAuthority = await server.client({
      token_endpoint_auth_method: 'tls_client_auth',
      tls_client_auth_san_dns: 'client.test',
    });
    const key = new X509Certificate(pem('self-signed')).publicKey.export({ format: 'jwk' });
    selfSigned = await server.client({
      token_endpoint_auth_method: 'self_signed_tls_client_auth',
      jwks: { keys: [{ ...key, x5c: [der('self-signed')] }] },
    });
  });
  afterAll(() => server.stop());

  const send = (client: TestClient, certificate?: string, to = server): Promise<Answer> =>
    to.post(
      '/oauth2/token',
      { grant_type: 'client_credentials', scope: 'demo:read', client_id: client.clientId },
      undefined,
      certificate === undefined ? {} : { 'client-cert': certificate },
    );
  const refused = { status: 401, body: { error: 'invalid_client' } };

  it('RFC 8705 §2.1: tls_client_auth, with the certificate in the form of RFC 9440', async () => {
    expect(await send(byAuthority, byteSequence('client'))).toMatchObject({ status: 200 });
  });

  it('RFC 8705 §2.1: tls_client_auth, with the certificate as nginx escapes it', async () => {
    expect(await send(byAuthority, encodeURIComponent(pem('client')))).toMatchObject({ status: 200 });
  });

  it.each([
    ['of another authority, with the same names', 'impostor'],
    ['that has expired', 'expired'],
    ['that signed itself', 'self-signed'],
    ['for servers', 'server'],
    ['of the authority itself', 'authority'],
  ])('RFC 8705 §2.1.1: a certificate %s is refused', async (_name, name) => {
    expect(await send(byAuthority, byteSequence(name))).toMatchObject(refused);
  });

  it('RFC 8705 §2.1.2: a certificate of the authority for another subject is refused', async () => {
    const other = await server.client({
      token_endpoint_auth_method: 'tls_client_auth',
      tls_client_auth_subject_dn: 'CN=Somebody,O=Example\\, Inc.,C=XX',
    });
    expect(await send(other, byteSequence('client'))).toMatchObject(refused);
    const same = await server.client({
      token_endpoint_auth_method: 'tls_client_auth',
      tls_client_auth_subject_dn: 'CN=Client,O=Example\\, Inc.,C=XX',
    });
    expect(await send(same, byteSequence('client'))).toMatchObject({ status: 200 });
  });

  it('RFC 8705 §2.2: self_signed_tls_client_auth takes the registered certificate, and no other', async () => {
    expect(await send(selfSigned, byteSequence('self-signed'))).toMatchObject({ status: 200 });
    expect(await send(selfSigned, byteSequence('client'))).toMatchObject(refused);
    expect(await send(selfSigned)).toMatchObject(refused);
  });

  it('no certificate, or a secret instead, is refused', async () => {
    expect(await send(byAuthority)).toMatchObject(refused);
    const form = { grant_type: 'client_credentials', client_id: byAuthority.clientId, client_secret: '' };
    expect(await server.post('/oauth2/token', form)).toMatchObject(refused);
    expect(byAuthority.secret).toBeUndefined();
  });

  it('RFC 8705 §2: client_id must be sent', async () => {
    const headers = { 'client-cert': byteSequence('client') };
    const answer = await server.post(
      '/oauth2/token',
      { grant_type: 'client_credentials' },
      undefined,
      headers,
    );
    expect(answer).toMatchObject(refused);
  });

  it.each([
    'nonsense',
    ':AAAA:',
    `${byteSequence('self-signed')}, ${byteSequence('client')}`,
    encodeURIComponent(pem('self-signed') + pem('client')),
    '-----BEGIN%20CERTIFICATE-----%zz-----END%20CERTIFICATE-----',
  ])(
    'a header of the proxy that cannot be read, or holds two, is invalid_request (Istio CVE-2026-26308): %.40s',
    async (header) => {
      expect(await send(byAuthority, header)).toMatchObject({
        status: 400,
        body: { error: 'invalid_request' },
      });
    },
  );

  it.each([
    ['no trusted proxy', {}],
    ['another trusted proxy', { GATEHOUSE_TRUST_PROXY: '192.0.2.1' }],
  ])('RFC 9440 §4: with %s the header is not read', async (_name, settings) => {
    const open = await AuthServer.start(
      {
        GATEHOUSE_CLIENT_CERT_HEADER: 'client-cert',
        GATEHOUSE_CLIENT_CA_FILE: join(FOLDER, 'authority.pem'),
        ...settings,
      },
      server.database,
    );
    try {
      expect(await send(byAuthority, byteSequence('client'), open)).toMatchObject(refused);
      expect(await send(selfSigned, byteSequence('self-signed'), open)).toMatchObject(refused);
    } finally {
      await open.close();
    }
  });

  it('RFC 8414 §2: discovery names the methods where certificates can be had, and only there', async () => {
    const name = 'token_endpoint_auth_methods_supported';
    const path = '/.well-known/openid-configuration';
    const both = ['tls_client_auth', 'self_signed_tls_client_auth'];
    expect((await server.fetch(path)).body[name]).toEqual(expect.arrayContaining(both));
    const none = await AuthServer.start({}, server.database);
    const noAuthority = await AuthServer.start({ GATEHOUSE_CLIENT_CERT_HEADER: 'x' }, server.database);
    try {
      for (const method of both) expect((await none.fetch(path)).body[name]).not.toContain(method);
      expect((await noAuthority.fetch(path)).body[name]).not.toContain('tls_client_auth');
      expect((await noAuthority.fetch(path)).body[name]).toContain('self_signed_tls_client_auth');
    } finally {
      await Promise.all([none.close(), noAuthority.close()]);
    }
  });
});
