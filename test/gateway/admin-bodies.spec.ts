import { once } from 'node:events';
import http from 'node:http';
import http2 from 'node:http2';
import { Store, StoreUnavailableError } from '@gatehouse/store';
import { freePort } from '../../apps/launcher/src/ports.js';
import { type AdministeredGateway, startAdministeredGateway } from './administered-gateway.js';
import { rawExchange, send, statusesOf } from './gateway.js';

const YAML = { 'content-type': 'application/yaml' };
const HEAD = 'PUT /admin/v1/configuration HTTP/1.1\r\nHost: a\r\nContent-Type: application/yaml\r\n';

describe('bodies of the admin API', () => {
  let gateway: AdministeredGateway;
  let http2Port: number;

  beforeAll(async () => {
    http2Port = await freePort();
    gateway = await startAdministeredGateway({ GATEHOUSE_GATEWAY_HTTP2_PORT: String(http2Port) });
  });
  afterAll(() => gateway?.stop());

  const exchange = (text: string) => rawExchange(gateway.url, text, 8_000);
  const put = (body: string, type = YAML) => gateway.admin('PUT', '/configuration', body, type);

  describe('of who may not call', () => {
    it('are not waited for', async () => {
      const received = await exchange(`${HEAD}Content-Length: 16000000\r\n\r\na: 1`);
      expect(statusesOf(received)).toEqual([401]);
    });

    it('are not parsed', async () => {
      const body = '{';
      const { status } = await send(gateway.url, { path: '/admin/v1/routes', method: 'POST', body });
      expect(status).toBe(401);
    });

    it('do not end the connection: the next request on it is answered (RFC 9112 §9.3)', async () => {
      const refused = `${HEAD}Content-Length: 4\r\n\r\na: 1`;
      const next = 'GET /admin/v1/openapi.json HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n';
      expect(statusesOf(await exchange(refused + next))).toEqual([401, 200]);
    });
  });

  it('that are too large are told so, also where no Content-Length says it', async () => {
    const status = await new Promise((resolve, reject) => {
      const request = http.request(`${gateway.url}/admin/v1/routes`, {
        method: 'POST',
        headers: { authorization: `Bearer ${gateway.token}`, 'content-type': 'application/json' },
      });
      request.on('response', (response) => resolve(response.resume().statusCode)).on('error', reject);
      for (let n = 0; n < 5; n++) request.write('x'.repeat(65_536));
      request.end('x'.repeat(65_536));
    });
    expect(status).toBe(413);
    expect((await put(`# ${'x'.repeat(524_288)}`)).status).toBe(413);
    expect((await put(`"${'x'.repeat(2_097_152)}"`, { 'content-type': 'application/json' })).status).toBe(
      422,
    );
  });

  it('RFC 9113 §8.1: that are too large do not leave a stream open', async () => {
    const session = http2.connect(`http://127.0.0.1:${http2Port}`);
    const headers = { ':method': 'POST', ':path': '/admin/v1/routes', 'content-type': 'application/json' };
    const stream = session.request({ ...headers, authorization: `Bearer ${gateway.token}` });
    const status = new Promise((resolve) => stream.on('response', (head) => resolve(head[':status'])));
    stream.resume().end('x'.repeat(400_000));
    await once(stream, 'close');
    expect(await status).toBe(413);
    session.destroy();
  });

  describe('in YAML', () => {
    it.each([
      ['of many keys', Array.from({ length: 40_000 }, (_, n) => `k${n}: 1`).join('\n'), 422],
      [
        'of many anchors and aliases',
        Array.from({ length: 20_000 }, (_, n) => `- &a${n} x\n- *a${n}`).join('\n'),
        400,
      ],
      ['of many faults in one line', `[${'a b: c d: e, '.repeat(20_000)}]`, 400],
      ['that nests without end', '['.repeat(100_000), 400],
    ])('%s takes no more time than its length', async (_, body, status) => {
      const begin = Date.now();
      expect((await put(body)).status).toBe(status);
      expect(Date.now() - begin).toBeLessThan(8_000);
    });

    it.each([
      ['a: 1\nb: 2\na: 3', 'Map keys must be unique at line 3, column 1'],
      ['a: { b: 1, "b": 2 }', 'Map keys must be unique at line 1, column 12'],
      ['a: 1\n1: a\n"1": b', 'Map keys must be unique at line 3, column 1'],
      ['? [a]\n: b', 'A key must be a scalar at line 1, column 3'],
      ['a: *b', 'There is no anchor b before its alias at line 1, column 4'],
      ['a: &a [*a]', 'There is no anchor a before its alias at line 1, column 8'],
      ['a: [', 'at line 1, column 5'],
    ])('%j is refused, and it is said where', async (body, detail) => {
      const { status, json } = await put(body);
      expect([status, json.detail]).toEqual([400, expect.stringContaining(detail)]);
    });

    it('aliases stand for what they name', async () => {
      expect((await put('routes: &none []\nupstreams: *none')).status).toBe(200);
      const named =
        'upstreams: [{ name: &n named, targets: &t [{ url: "http://127.0.0.1:1" }] }, { name: other, targets: *t }]';
      expect((await put(named)).json.changes).toHaveLength(2);
    });
  });

  it('one address has 600 requests a minute to each operation', async () => {
    const statuses = new Set<number>();
    for (let n = 0; n < 13; n++) {
      const volley = Array.from({ length: 50 }, () => send(gateway.url, { path: '/admin/v1/usage' }));
      for (const { status } of await Promise.all(volley)) statuses.add(status);
    }
    expect([...statuses]).toEqual([401, 429]);
    expect((await gateway.admin('GET', '/routes')).status).toBe(200);
  });

  it('while the store is away nobody is counted, and administrators get in', async () => {
    const run = jest.spyOn(gateway.app.get(Store, { strict: false }), 'run');
    run.mockRejectedValue(new StoreUnavailableError('Redis is away'));
    expect((await gateway.admin('GET', '/routes')).status).toBe(200);
    expect(run).toHaveBeenCalled();
    run.mockRestore();
  });
});
