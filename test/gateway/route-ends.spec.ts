import { once } from 'node:events';
import http from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';
import { type Echo, send, startUpstream, type Upstream } from './gateway.js';
import { type LoneGateway, startLoneGateway } from './lone-gateway.js';

describe('what becomes of the calls of a route', () => {
  let gateway: LoneGateway;
  let upstream: Upstream;
  let other: Upstream;
  let count = 0;

  beforeAll(async () => {
    // A trusted proxy, so that X-Forwarded-For names the caller.
    [gateway, upstream, other] = await Promise.all([
      startLoneGateway({ GATEHOUSE_TRUST_PROXY: '127.0.0.1' }),
      startUpstream(),
      startUpstream(),
    ]);
  });
  afterAll(async () => {
    await gateway?.stop();
    await upstream?.stop();
    await other?.stop();
  });
  beforeEach(() => (other.seen.length = 0));

  async function route(more: Record<string, unknown>): Promise<string> {
    const path = `/e${++count}`;
    await gateway.addRoute({ name: `e${count}`, match: { paths: [path] }, ...more });
    return path;
  }
  const call = (path: string, headers: Record<string, string> = {}) => send(gateway.url, { path, headers });

  describe('respond', () => {
    it('answers by itself: status, headers and body as they are set', async () => {
      const plain = await call(await route({ respond: { body: 'hello' } }));
      expect(plain).toMatchObject({ status: 200, text: 'hello' });
      expect(plain.headers['content-type']).toBe('text/plain; charset=utf-8');
      const respond = {
        status: 418,
        headers: { 'content-type': 'application/json', 'x-a': 'b' },
        body: '{}',
      };
      const full = await call(await route({ respond }));
      expect(full).toMatchObject({ status: 418, text: '{}' });
      expect(full.headers).toMatchObject({
        'content-type': 'application/json',
        'x-a': 'b',
        'content-length': '2',
      });
      const empty = await call(await route({ respond: { status: 204 } }));
      expect(empty).toMatchObject({ status: 204, text: '' });
    });

    it.each([
      [{ status: 204, body: 'a' }],
      [{ status: 100 }],
      [{ headers: { 'content-length': '7' } }],
      [{ headers: { 'x-a': 'b\r\nc: d' } }],
    ])('%j is refused', async (respond) => {
      await expect(route({ respond })).rejects.toThrow();
    });
  });

  it.each([
    ['respond', 'strip_prefix', true],
    ['respond', 'rewrite', '/x'],
    ['respond', 'host', 'a.example'],
    ['respond', 'preserve_host', true],
    ['redirect', 'host', 'a.example'],
    ['redirect', 'preserve_host', true],
  ])('%s forwards nothing: %s is refused', async (end, member, value) => {
    const to = end === 'respond' ? {} : { scheme: 'https' };
    await expect(route({ [end]: to, [member]: value })).rejects.toMatchObject({
      errors: [{ pointer: `/${member}`, detail: expect.stringContaining('forwards nothing') as string }],
    });
  });

  describe('redirect', () => {
    const locationOf = async (path: string, headers = {}) => {
      const { status, headers: answered } = await call(path, headers);
      return `${status} ${answered.location}`;
    };

    it('to another origin, path, or both; with the query or without', async () => {
      const headers = { host: 'Shop.example:8080' };
      const secure = await route({ redirect: { scheme: 'https' } });
      expect(await locationOf(`${secure}/a?b=c`, headers)).toBe(`307 https://shop.example${secure}/a?b=c`);
      const moved = await route({
        redirect: { status: 301, host: 'new.example', port: 81, keep_query: false },
      });
      expect(await locationOf(`${moved}/a?b=c`, headers)).toBe(`301 http://new.example:81${moved}/a`);
      const inside = await route({ redirect: { status: 308 }, rewrite: '/new/{rest}' });
      expect(await locationOf(`${inside}/a?b=c`, headers)).toBe('308 /new/a?b=c');
    });

    it('leads nowhere but where it says: //evil.example, an encoded slash or backslash, a line feed', async () => {
      const path = await route({ redirect: {}, strip_prefix: true });
      expect(await locationOf(`${path}/evil.example`)).toBe('307 /evil.example');
      for (const rest of ['//evil.example', '/%5Cevil.example', '/%2Fevil.example', '/a%0d%0ab:c']) {
        expect((await call(path + rest)).status).toBe(400);
      }
    });

    it('to itself is refused', async () => {
      await expect(route({ redirect: {} })).rejects.toMatchObject(aFault('leads back here'));
    });
  });

  describe('maintenance', () => {
    it('503 with Retry-After, before anybody is asked who they are', async () => {
      const guards = [{ type: 'access_token', audience: 'https://nobody.example' }];
      const path = await route({ maintenance: { retry_after: 120, detail: 'Until noon.' }, guards });
      const answer = await call(path);
      expect(answer.status).toBe(503);
      expect(answer.headers['retry-after']).toBe('120');
      expect(JSON.parse(answer.text)).toMatchObject({ status: 503, detail: 'Until noon.' });
    });

    it('addresses that are allowed go on to the upstream', async () => {
      const path = await route({ maintenance: { allow: ['10.0.0.0/8'], upstream: { url: upstream.url } } });
      expect((await call(path, { 'x-forwarded-for': '10.1.2.3' })).status).toBe(200);
      const refused = await call(path, { 'x-forwarded-for': '11.1.2.3' });
      expect(refused.status).toBe(503);
      expect(refused.headers['retry-after']).toBe('300');
    });

    it('allow and upstream belong together; an address is one', async () => {
      await expect(route({ maintenance: { allow: ['10.0.0.0/8'] } })).rejects.toMatchObject(
        aFault('belongs together'),
      );
      const to = { upstream: { url: upstream.url } };
      await expect(route({ maintenance: { allow: ['10.0.0.1/8'], ...to } })).rejects.toMatchObject(
        aFault('must be an IP address'),
      );
    });
  });

  describe('split', () => {
    const parts = (more: object = {}, weights = [1, 0]) => [
      { name: 'stable', weight: weights[0], upstream: { url: `${upstream?.url}/stable` } },
      { name: 'canary', weight: weights[1], upstream: { url: `${upstream?.url}/canary` }, ...more },
    ];
    const takerOf = async (path: string, headers = {}) =>
      (JSON.parse((await call(path, headers)).text) as Echo).url.split('/')[1];

    it('by a header, a cookie or a parameter', async () => {
      const headed = await route({ split: { parts: parts({ headers: [{ name: 'x-beta', exact: '1' }] }) } });
      expect(await takerOf(headed)).toBe('stable');
      expect(await takerOf(headed, { 'x-beta': '1' })).toBe('canary');
      const sweet = await route({ split: { parts: parts({ cookies: [{ name: 'beta', exact: '1' }] }) } });
      expect(await takerOf(sweet)).toBe('stable');
      expect(await takerOf(sweet, { cookie: 'beta=1' })).toBe('canary');
      const asked = await route({ split: { parts: parts({ query: [{ name: 'beta', present: true }] }) } });
      expect(await takerOf(`${asked}?beta`)).toBe('canary');
      expect(await takerOf(asked)).toBe('stable');
    });

    it('by weight', async () => {
      const path = await route({ split: { parts: parts({}, [1, 3]) } });
      const takers: (string | undefined)[] = [];
      for (let i = 0; i < 200; i++) takers.push(await takerOf(path));
      const canaries = takers.filter((one) => one === 'canary').length;
      expect(canaries).toBeGreaterThan(110);
      expect(canaries).toBeLessThan(190);
    });

    it.each([
      ['a part without weight and condition', parts({}, [1, 0])],
      ['no weight at all', parts({ headers: [{ name: 'x', exact: 'y' }] }, [0, 0])],
      ['a name twice', [...parts({}, [1, 1]), ...parts({}, [1, 1])]],
    ])('%s is refused', async (_, some) => {
      await expect(route({ split: { parts: some } })).rejects.toThrow();
    });

    it('sticky: an address stays with its part', async () => {
      const path = await route({ split: { sticky: 'address', parts: parts({}, [1, 1]) } });
      const of = (n: number) => takerOf(path, { 'x-forwarded-for': `10.0.0.${n}` });
      const first = await Promise.all(Array.from({ length: 20 }, (_, n) => of(n)));
      expect(new Set(first)).toEqual(new Set(['stable', 'canary']));
      for (let again = 0; again < 3; again++) {
        expect(await Promise.all(first.map((_, n) => of(n)))).toEqual(first);
      }
    });
  });

  describe('mirror', () => {
    const mirrored = (more: object = {}) =>
      route({ upstream: { url: upstream.url }, mirror: { upstream: { url: `${other.url}/copy` }, ...more } });
    const post = (path: string, body: string | Buffer) => send(gateway.url, { path, method: 'POST', body });
    async function copies(expected: number): Promise<http.IncomingMessage[]> {
      for (let i = 0; i < 100 && other.seen.length < expected; i++) await sleep(20);
      await sleep(50);
      return other.seen;
    }

    it('the other upstream gets a copy, marked, with its body; the caller the answer of the first', async () => {
      const copied = await startUpstream((request, response) => {
        void request.toArray().then((chunks) => {
          bodies.push(Buffer.concat(chunks as Buffer[]).toString());
          response.writeHead(500).end('nobody sees this');
        });
      });
      const bodies: string[] = [];
      const path = await route({
        upstream: { url: upstream.url },
        mirror: { upstream: { url: copied.url } },
      });
      const answer = await post(`${path}/a?b=c`, 'the body');
      expect(answer.status).toBe(200);
      const echo = JSON.parse(answer.text) as Echo;
      expect(echo.body).toBe('the body');
      expect(echo.headers['x-gatehouse-mirror']).toBeUndefined();
      for (let i = 0; i < 100 && bodies.length === 0; i++) await sleep(20);
      expect(bodies).toEqual(['the body']);
      const [copy] = copied.seen;
      expect(copy).toMatchObject({ method: 'POST', url: `${path}/a?b=c` });
      expect(copy!.headers['x-gatehouse-mirror']).toBe(path.slice(1));
      await copied.stop();
    });

    it('fraction: so many of the calls', async () => {
      const path = await mirrored({ fraction: 0.3 });
      for (let i = 0; i < 100; i++) await call(path);
      const { length } = await copies(10);
      expect(length).toBeGreaterThan(8);
      expect(length).toBeLessThan(60);
    });

    it('max_body: larger bodies are not copied, and reach the first upstream whole', async () => {
      const path = await mirrored({ max_body: 10 });
      expect((JSON.parse((await post(path, 'x'.repeat(11))).text) as Echo).body).toHaveLength(11);
      const chunked = http.request(`${gateway.url}${path}`, {
        method: 'POST',
        headers: { 'transfer-encoding': 'chunked' },
      });
      chunked.write('123456');
      chunked.end('7890ab');
      const [response] = (await once(chunked, 'response')) as [http.IncomingMessage];
      expect((JSON.parse((await response.toArray()).join('')) as Echo).body).toBe('1234567890ab');
      await post(path, 'x'.repeat(10));
      expect((await copies(1)).map((one) => one.headers['content-length'])).toEqual(['10']);
    });

    it('max_concurrent and timeout: a mirror that never answers holds so many copies for so long, and no call', async () => {
      const aborted: string[] = [];
      const silent = await startUpstream((request) => request.on('close', () => aborted.push('closed')));
      const mirror = { upstream: { url: silent.url }, max_concurrent: 2, timeout: 0.5 };
      const path = await route({ upstream: { url: upstream.url }, mirror });
      for (let i = 0; i < 6; i++) expect((await call(path)).status).toBe(200);
      await sleep(100);
      expect(silent.seen).toHaveLength(2);
      await sleep(700);
      expect(aborted).toHaveLength(2);
      expect((await call(path)).status).toBe(200);
      await sleep(200);
      expect(silent.seen).toHaveLength(3);
      await silent.stop();
    });

    it('a mirror that nobody listens at is no failure of the call', async () => {
      const path = await route({
        upstream: { url: upstream.url },
        mirror: { upstream: { url: 'http://127.0.0.1:1' } },
      });
      for (let i = 0; i < 3; i++) expect((await post(path, 'body')).status).toBe(200);
    });

    it('an upstream that fails in the middle of an upload leaves a caller with an answer', async () => {
      const failing = await startUpstream((request) => request.socket.destroy());
      const path = await route({ upstream: { url: failing.url }, mirror: { upstream: { url: other.url } } });
      expect((await post(path, Buffer.alloc(3_000_000))).status).toBe(502);
      await failing.stop();
    });
  });
});

/** A refusal of the admin API, one of whose faults says this. */
function aFault(detail: string): object {
  const fault: unknown = expect.objectContaining({ detail: expect.stringContaining(detail) as string });
  return { status: 422, errors: expect.arrayContaining([fault]) as unknown };
}
