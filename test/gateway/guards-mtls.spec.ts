import { execFile } from 'node:child_process';
import { createHash, X509Certificate } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { freePort } from '../../apps/launcher/src/ports.js';
import { makeCertificate } from './certificates.js';
import { ConsumerWorld } from './consumer-world.js';
import { type Echo, send, startUpstream, type Upstream } from './gateway.js';
import { type LoneGateway, startLoneGateway } from './lone-gateway.js';
import { as, NamedCallersModule } from './named-callers.js';

const run = promisify(execFile);
const FOLDER = join(process.cwd(), 'test/auth-server/certificates');
const pem = (name: string) => readFileSync(join(FOLDER, `${name}.pem`), 'utf8');
const der = (name: string) => new X509Certificate(pem(name)).raw;
const thumbprint = (name: string) => createHash('sha256').update(der(name)).digest('base64url');
const field = (name: string) => `:${der(name).toString('base64')}:`;

const SUBJECT = 'CN=Client,O=Example\\, Inc.,C=XX';

describe('the guard mtls', () => {
  let gateway: LoneGateway;
  let upstream: Upstream;
  let world: ConsumerWorld;
  let tls: string;
  let routes = 0;
  const folder = mkdtempSync(join(tmpdir(), 'gatehouse-mtls-'));

  beforeAll(async () => {
    makeCertificate(folder, 'default', ['localhost', '127.0.0.1']);
    const port = await freePort();
    tls = `https://localhost:${port}`;
    upstream = await startUpstream();
    const settings = {
      GATEHOUSE_GATEWAY_TLS_PORT: String(port),
      GATEHOUSE_GATEWAY_TLS_DIR: folder,
      GATEHOUSE_GATEWAY_TLS_CLIENT_CERTIFICATES: 'optional',
      GATEHOUSE_CLIENT_CERT_HEADER: 'client-cert',
      GATEHOUSE_TRUST_PROXY: '127.0.0.1',
    };
    gateway = await startLoneGateway(settings, [NamedCallersModule]);
    world = new ConsumerWorld(gateway);
    await world.consumer('factory');
    await world.consumer('laptop');
    await world.credential('by-name', {
      consumer: 'factory',
      type: 'certificate',
      subject_dn: SUBJECT,
      authority: pem('authority'),
      scopes: ['machines'],
    });
    await world.credential('by-thumbprint', {
      consumer: 'laptop',
      type: 'certificate',
      thumbprint: thumbprint('self-signed'),
    });
  });
  afterAll(async () => {
    await gateway?.stop();
    await upstream?.stop();
    rmSync(folder, { recursive: true });
  });

  async function route(settings: object = {}): Promise<string> {
    const name = `mtls-${++routes}`;
    const guards = [{ type: 'mtls', ...settings }];
    await gateway.addRoute({ name, match: { paths: [`/${name}`] }, upstream: { url: upstream.url }, guards });
    return `/${name}`;
  }

  const faults = (settings: object) => route(settings).catch((error: { errors: unknown }) => error.errors);

  /** By curl, in TLS. */
  async function curl(url: string, ...more: string[]): Promise<{ status: number; text: string }> {
    const { stdout } = await run('curl', ['-sk', '-w', '\n%{http_code}', ...more, url]);
    const end = stdout.lastIndexOf('\n');
    return { status: Number(stdout.slice(end + 1)), text: stdout.slice(0, end) };
  }

  const withCertificate = (name: string, path: string, ...more: string[]) =>
    curl(
      `${tls}${path}`,
      ...['--cert', join(FOLDER, `${name}.pem`), '--key', join(FOLDER, `${name}.key`), ...more],
    );

  /** From an address that is no proxy of ours. */
  const STRANGER = ['-4', '--interface', '127.0.0.2'];

  /** As a trusted proxy tells it. */
  const byProxy = async (name: string, path: string) =>
    (await send(gateway.url, { path, headers: { 'client-cert': field(name) } })).status;

  it('knows a consumer by the certificate of its TLS connection: curl', async () => {
    const path = await route();
    const named = await withCertificate('client', path, ...STRANGER);
    expect(named.status).toBe(200);
    const { headers } = JSON.parse(named.text) as Echo;
    expect([headers['x-gatehouse-consumer'], headers['x-gatehouse-scope']]).toEqual(['factory', 'machines']);
    const own = await withCertificate('self-signed', path, ...STRANGER);
    expect((JSON.parse(own.text) as Echo).headers['x-gatehouse-consumer']).toBe('laptop');
    expect((await curl(`${tls}${path}`, ...STRANGER)).status).toBe(403);
  });

  it('RFC 9440 §4: the certificate of the proxy itself is never the one of its caller', async () => {
    const path = await route();
    const proxied = (...header: string[]) => withCertificate('client', path, '-4', ...header);
    expect((await proxied()).status).toBe(403);
    expect((await proxied('-H', 'Client-Cert;')).status).toBe(403);
    const told = await proxied('-H', `Client-Cert: ${field('self-signed')}`);
    expect([told.status, (JSON.parse(told.text) as Echo).headers['x-gatehouse-consumer']]).toEqual([
      200,
      'laptop',
    ]);
  });

  it('takes it from the header of a trusted proxy (RFC 9440), and keeps that', async () => {
    const path = await route();
    const answer = await send(gateway.url, { path, headers: { 'client-cert': field('client') } });
    const { headers } = JSON.parse(answer.text) as Echo;
    expect([headers['x-gatehouse-consumer'], headers['client-cert']]).toEqual(['factory', undefined]);
    const broken = await send(gateway.url, { path, headers: { 'client-cert': ':AAAA:' } });
    expect(broken.status).toBe(400);
  });

  it('takes it from nobody else', async () => {
    const path = await route();
    const header = ['-H', `Client-Cert: ${field('client')}`];
    expect((await curl(`${gateway.url}${path}`, ...header)).status).toBe(200);
    expect((await curl(`${gateway.url}${path}`, '--interface', '127.0.0.2', ...header)).status).toBe(403);
  });

  it('a subject counts only with the authority that its credential names', async () => {
    const path = await route();
    expect([await byProxy('client', path), await byProxy('impostor', path)]).toEqual([200, 403]);
  });

  it('an expired certificate, and one that nobody registered, are refused', async () => {
    const path = await route();
    expect([await byProxy('expired', path), await byProxy('other-authority', path)]).toEqual([403, 403]);
  });

  it('authorities: one of them must have issued it', async () => {
    const path = await route({ authorities: [pem('authority')] });
    expect([await byProxy('client', path), await byProxy('self-signed', path)]).toEqual([200, 403]);
    const other = await route({ authorities: [pem('other-authority')] });
    expect(await byProxy('client', other)).toBe(403);
  });

  it('registered: false takes every certificate of the authorities, and tells whose it is', async () => {
    const authorities = [pem('other-authority')];
    expect(await byProxy('impostor', await route({ authorities }))).toBe(403);
    const path = await route({ authorities, registered: false });
    const answer = await send(gateway.url, { path, headers: { 'client-cert': field('impostor') } });
    expect((JSON.parse(answer.text) as Echo).headers['x-gatehouse-subject']).toContain('CN=Client');
    expect(await byProxy('self-signed', path)).toBe(403);
  });

  it('registered: false: a subject that a token names is who calls, whichever guard comes first', async () => {
    const mtls = { type: 'mtls', authorities: [pem('other-authority')], registered: false };
    const named = { type: 'named_caller' };
    const headers = { 'client-cert': field('impostor'), ...as({ subject: 'ada', issuer: 'gatehouse' }) };
    for (const guards of [
      [mtls, named],
      [named, mtls],
    ]) {
      const name = `mtls-${++routes}`;
      const match = { paths: [`/${name}`] };
      await gateway.addRoute({ name, match, upstream: { url: upstream.url }, guards });
      const answer = await send(gateway.url, { path: `/${name}`, headers });
      expect((JSON.parse(answer.text) as Echo).headers).toMatchObject({
        'x-gatehouse-subject': 'ada',
        'x-gatehouse-issuer': 'gatehouse',
      });
    }
  });

  it('scopes are those of the credential', async () => {
    expect(await byProxy('client', await route({ scopes: ['machines'] }))).toBe(200);
    expect(await byProxy('client', await route({ scopes: ['people'] }))).toBe(403);
  });

  it.each([
    ['/authorities/0', { authorities: ['no PEM'] }],
    ['/authorities/0', { authorities: [readFileSync(join(FOLDER, 'client.pem'), 'utf8')] }],
    ['/authorities', { registered: false }],
    ['/match', { match: 'any' }],
    ['/match', { match: 'any', registered: false, authorities: [pem('authority')] }],
  ])('%s is checked when it is written', async (pointer, settings) => {
    expect(await faults(settings)).toEqual([expect.objectContaining({ pointer: `/guards/0${pointer}` })]);
  });
});
