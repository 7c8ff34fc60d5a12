import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { DataSource } from 'typeorm';
import { setTimeout as sleep } from 'node:timers/promises';
import { ConsumerWorld } from '../gateway/consumer-world.js';
import { type Echo, send, startUpstream, type Upstream } from '../gateway/gateway.js';
import { type LoneGateway, startLoneGateway } from '../gateway/lone-gateway.js';

const run = promisify(execFile);

/** The cases of the lines Headers and Tokens of faults that other gateways had. */
describe('headers that callers send, at a gateway behind a proxy', () => {
  let gateway: LoneGateway;
  let upstream: Upstream;
  let world: ConsumerWorld;
  let key: string;

  beforeAll(async () => {
    upstream = await startUpstream();
    gateway = await startLoneGateway({
      GATEHOUSE_TRUST_PROXY: '127.0.0.1',
      GATEHOUSE_CLIENT_CERT_HEADER: 'X-SSL-Client-Cert',
    });
    world = new ConsumerWorld(gateway);
    await world.consumer('acme');
    key = await world.credential('acme-key', { consumer: 'acme', type: 'api_key', scopes: ['read'] });
    const route = (name: string, guards: object[]) =>
      gateway.addRoute({ name, match: { paths: [`/${name}`] }, upstream: { url: upstream.url }, guards });
    await route('open', []);
    await route('keyed', [{ type: 'api_key' }]);
    await route('inside', [{ type: 'ip', allow: ['10.0.0.0/8'] }]);
  });
  afterAll(async () => {
    await gateway?.stop();
    await upstream?.stop();
  });

  async function seen(path: string, headers: Record<string, string | string[]>): Promise<Echo> {
    const answer = await send(gateway.url, { path, headers: { 'x-api-key': key, ...headers } });
    expect(answer.status).toBe(200);
    return JSON.parse(answer.text) as Echo;
  }

  /** From an address that is no proxy of ours. */
  async function stranger(path: string, ...headers: string[]): Promise<{ status: number; text: string }> {
    const fields = headers.flatMap((one) => ['-H', one]);
    const args = ['-s', '--interface', '127.0.0.2', '-w', '\n%{http_code}', ...fields];
    const { stdout } = await run('curl', [...args, `${gateway.url}${path}`]);
    const end = stdout.lastIndexOf('\n');
    return { status: Number(stdout.slice(end + 1)), text: stdout.slice(0, end) };
  }

  it.each([
    'X_Forwarded_Proto',
    'x_forwarded_for',
    'X_FORWARDED-HOST',
    'X.Forwarded.Proto',
    'x-forwarded_port',
  ])('Traefik CVE-2026-39858: %s, which some upstreams read as X-Forwarded-*, is dropped', async (name) => {
    expect((await seen('/open', { [name]: 'forged' })).rawHeaders).not.toContain('forged');
  });

  it.each([
    'X-Forwarded-Prefix',
    'X-Forwarded-Path',
    'X-Forwarded-User',
    'X-Forwarded-Server',
    'X-Real-IP',
    'Forwarded',
  ])('Traefik GHSA-6384-m2mw-rf54: %s is dropped, from a trusted proxy, too', async (name) => {
    expect((await seen('/open', { [name]: 'for=forged' })).rawHeaders).not.toContain('for=forged');
  });

  it.each([
    'X-Gatehouse-Consumer',
    'x_gatehouse_consumer',
    'X-Gatehouse-Subject',
    'X-Gatehouse-Scope',
    'x-gatehouse_plan',
  ])(
    'APISIX CVE-2026-39998: %s of the caller never takes the place of what the gateway found out',
    async (name) => {
      const open = await seen('/open', { [name]: 'forged' });
      expect(open.rawHeaders).not.toContain('forged');
      const keyed = await seen('/keyed', { [name]: 'forged' });
      expect([keyed.rawHeaders.includes('forged'), keyed.headers['x-gatehouse-consumer']]).toEqual([
        false,
        'acme',
      ]);
    },
  );

  it.each(['X-SSL-Client-Cert', 'X_SSL_Client_Cert', 'x.ssl.client_cert', 'Client-Cert'])(
    'APISIX CVE-2026-39998: %s, in which proxies tell of certificates, goes on from no route',
    async (name) => {
      expect((await seen('/open', { [name]: 'forged' })).rawHeaders).not.toContain('forged');
    },
  );

  it.each([
    ['/policies/0/set/X-SSL-Client-Cert', { type: 'request_headers', set: { 'X-SSL-Client-Cert': 'x' } }],
    ['/policies/0/header', { type: 'request_id', header: 'x-ssl-client-cert' }],
  ])('nor is it said by a policy: %s', async (pointer, policy) => {
    const match = { paths: ['/said'] };
    const route = { name: 'said', match, upstream: { url: upstream.url }, policies: [policy] };
    await expect(gateway.addRoute(route)).rejects.toMatchObject({ status: 422, errors: [{ pointer }] });
  });

  describe('Fastify CVE-2026-3635: X-Forwarded-* counts only where the peer itself is a trusted proxy', () => {
    it('for the protocol and the host', async () => {
      const forged = ['X-Forwarded-Proto: https', 'X-Forwarded-Host: evil.example'];
      const { headers } = JSON.parse((await stranger('/open', ...forged)).text) as Echo;
      expect([headers['x-forwarded-proto'], headers['x-forwarded-host']]).toEqual([
        'http',
        new URL(gateway.url).host,
      ]);
    });

    it('for the address, and for whoever may call by it', async () => {
      const forged = 'X-Forwarded-For: 10.0.0.1';
      expect((await stranger('/inside', forged)).status).toBe(403);
      const { headers } = JSON.parse((await stranger('/open', forged)).text) as Echo;
      expect(headers['x-forwarded-for']).toBe('127.0.0.2');
      const answer = await send(gateway.url, { path: '/inside', headers: { 'x-forwarded-for': '10.0.0.1' } });
      expect(answer.status).toBe(200);
    });
  });

  describe('Istio CVE-2026-26308: several values in one header', () => {
    it('of an identity header are all dropped', async () => {
      const { rawHeaders } = await seen('/keyed', { 'x-gatehouse-consumer': ['forged-1', 'forged-2'] });
      expect(rawHeaders.join()).not.toContain('forged');
    });

    it('of the key are no key, whichever comes first', async () => {
      for (const values of [
        [key, 'other'],
        ['other', key],
      ]) {
        const headers = { 'x-api-key': values };
        expect((await send(gateway.url, { path: '/keyed', headers })).status).toBe(401);
      }
    });

    it('of X-Forwarded-For: the one that the proxy wrote last counts', async () => {
      const status = async (value: string | string[]) =>
        (await send(gateway.url, { path: '/inside', headers: { 'x-forwarded-for': value } })).status;
      expect(await status(['10.0.0.1', '203.0.113.9'])).toBe(403);
      expect(await status('10.0.0.1, 203.0.113.9')).toBe(403);
      expect(await status('203.0.113.9, 10.0.0.1')).toBe(200);
    });
  });

  it.each(['x-gatehouse-consumer', 'X-Gatehouse-Scope', 'x-forwarded-for', 'x-request-id'])(
    'Connection: %s strips nothing of what the gateway says',
    async (name) => {
      const { headers } = await seen('/keyed', { connection: `close, ${name}` });
      expect(headers[name.toLowerCase()]).toBeDefined();
    },
  );

  it('Connection cannot make a key stay unread, or go on to the upstream', async () => {
    const { rawHeaders } = await seen('/keyed', { connection: 'close, x-api-key' });
    expect(rawHeaders).not.toContain(key);
  });

  describe('APISIX: two consumers with one key', () => {
    const hash = async () => {
      const [row] = await gateway.app
        .get(DataSource)
        .query<{ sha256: string }[]>(
          `SELECT definition #>> '{secrets,0,sha256}' AS sha256 FROM gateway.config_object WHERE name = 'acme-key'`,
        );
      return row!.sha256;
    };

    it('are refused when the second is written', async () => {
      await world.consumer('thief');
      const secrets = [{ sha256: await hash() }];
      const written = world.credential('thief-key', { consumer: 'thief', type: 'api_key', secrets });
      await expect(written).rejects.toMatchObject({
        status: 422,
        errors: [{ pointer: '/secrets/0/sha256', detail: 'is in another credential, too' }],
      });
      expect((await seen('/keyed', {})).headers['x-gatehouse-consumer']).toBe('acme');
    });

    it('written past the admin API, let nobody in', async () => {
      const database = gateway.app.get(DataSource);
      const own = await world.credential('thief-own', { consumer: 'thief', type: 'api_key' });
      await database.query(
        `UPDATE gateway.config_object SET definition = jsonb_set(definition, '{secrets,0,sha256}', to_jsonb($1::text)),
           version = (SELECT version + 1 FROM gateway.config_version) WHERE name = 'thief-own'`,
        [await hash()],
      );
      await database.query('UPDATE gateway.config_version SET version = version + 1');
      await sleep(1_000);
      for (const one of [key, own]) {
        const answer = await send(gateway.url, { path: '/keyed', headers: { 'x-api-key': one } });
        expect(answer.status).toBe(401);
      }
    });
  });
});
