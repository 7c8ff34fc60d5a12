import { once } from 'node:events';
import http from 'node:http';
import net, { type AddressInfo } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { WebSocketServer } from 'ws';
import { type AdministeredGateway, startAdministeredGateway } from './administered-gateway.js';
import { send, startUpstream, type Upstream } from './gateway.js';
import { as, NamedCallersModule } from './named-callers.js';

type Headers = http.OutgoingHttpHeaders;

describe('cache', () => {
  let gateway: AdministeredGateway;
  const upstreams: Upstream[] = [];

  beforeAll(async () => {
    gateway = await startAdministeredGateway({}, [NamedCallersModule]);
  });
  afterAll(async () => {
    await gateway?.stop();
    await Promise.all(upstreams.map((one) => one.stop()));
  });

  let count = 0;
  async function route(handler: http.RequestListener, settings: object = {}, around: unknown[] = []) {
    const upstream = await startUpstream(handler);
    upstreams.push(upstream);
    const path = `/c${++count}`;
    const policies = [{ type: 'cache', ...settings }, ...around];
    await gateway.addRoute({
      name: `c${count}`,
      match: { paths: [path] },
      upstream: { url: upstream.url },
      policies,
    });
    return { path, upstream, name: `c${count}` };
  }
  /** Answers how often it was asked, with these headers. */
  function counting(
    headers: Headers,
    more: (request: http.IncomingMessage) => Headers = () => ({}),
  ): http.RequestListener {
    let asked = 0;
    return (request, response) =>
      response.writeHead(200, { ...headers, ...more(request) }).end(String(++asked));
  }
  const get = (path: string, headers: http.OutgoingHttpHeaders = {}, method = 'GET') =>
    send(gateway.url, { path, headers, method });
  const texts = async (path: string, ...headers: http.OutgoingHttpHeaders[]) => {
    const all: string[] = [];
    for (const one of headers) all.push((await get(path, one)).text);
    return all;
  };
  const fresh = { 'cache-control': 'max-age=60' };

  it('stores what may be stored, and tells its age and where it came from (RFC 9111 §5.1, RFC 9211)', async () => {
    const { path, upstream } = await route(counting({ ...fresh, 'x-a': 'b' }));
    const miss = await get(path);
    expect(miss.headers).toMatchObject({
      'x-cache': 'MISS',
      'cache-status': 'gatehouse; fwd=uri-miss; fwd-status=200; stored',
    });
    await sleep(1_050);
    const hit = await get(path);
    expect([hit.text, hit.headers['x-cache'], hit.headers.age, hit.headers['x-a']]).toEqual([
      '1',
      'HIT',
      '1',
      'b',
    ]);
    expect(hit.headers['cache-status']).toMatch(/^gatehouse; hit; ttl=5[89]$/);
    expect(hit.headers['x-request-id']).not.toBe(miss.headers['x-request-id']);
    expect(upstream.seen).toHaveLength(1);
  });

  it('HEAD is answered out of a stored GET; the query is part of the address', async () => {
    const { path, upstream } = await route(counting(fresh));
    await get(`${path}?a=1`);
    expect((await get(`${path}?a=1`, {}, 'HEAD')).headers['x-cache']).toBe('HIT');
    expect((await get(`${path}?a=2`)).text).toBe('2');
    expect(upstream.seen).toHaveLength(2);
  });

  it.each([
    [{}],
    [{ 'cache-control': 'no-store, max-age=60' }],
    [{ 'cache-control': 'private, max-age=60' }],
    [{ 'cache-control': 'max-age=0' }],
    [{ ...fresh, vary: '*' }],
    [{ ...fresh, 'set-cookie': 'a=b' }],
  ])('%j is not stored', async (headers) => {
    const { path } = await route(counting(headers as Headers));
    expect(await texts(path, {}, {})).toEqual(['1', '2']);
  });

  it('ttl stores answers that say nothing, and no others', async () => {
    expect(await texts((await route(counting({}), { ttl: 60 })).path, {}, {})).toEqual(['1', '1']);
    expect(
      await texts((await route(counting({ 'cache-control': 'no-store' }), { ttl: 60 })).path, {}, {}),
    ).toEqual(['1', '2']);
  });

  it('max_ttl ends what says that it lives for longer', async () => {
    const { path } = await route(counting(fresh), { max_ttl: 1 });
    expect(await texts(path, {}, {})).toEqual(['1', '1']);
    await sleep(1_100);
    expect(await texts(path, {})).toEqual(['2']);
  });

  it('max_entry leaves large answers out', async () => {
    const large: http.RequestListener = (_request, response) =>
      response.writeHead(200, fresh).end('x'.repeat(2_000));
    const { path, upstream } = await route(large, { max_entry: 1_000 });
    await texts(path, {}, {});
    expect(upstream.seen).toHaveLength(2);
    const { path: other, upstream: otherUpstream } = await route(large);
    await texts(other, {}, {});
    expect(otherUpstream.seen).toHaveLength(1);
  });

  it('Vary and key_headers keep answers apart', async () => {
    const { path } = await route(counting({ ...fresh, vary: 'Accept-Language' }));
    expect(
      await texts(
        path,
        { 'accept-language': 'de' },
        { 'accept-language': 'fr' },
        { 'accept-language': 'de' },
        {},
      ),
    ).toEqual(['1', '2', '1', '3']);
    const { path: keyed } = await route(counting(fresh), { key_headers: ['x-tenant'] });
    expect(await texts(keyed, { 'x-tenant': 'a' }, { 'x-tenant': 'b' }, { 'x-tenant': 'a' })).toEqual([
      '1',
      '2',
      '1',
    ]);
  });

  it('RFC 9111 §3.5: what an identified caller is answered is shared only where it says so', async () => {
    for (const [headers, expected] of [
      [fresh, ['1', '2']],
      [{ 'cache-control': 'max-age=60, must-revalidate' }, ['1', '2']],
      [{ 'cache-control': 'public, max-age=60' }, ['1', '1']],
      [{ 'cache-control': 's-maxage=60' }, ['1', '1']],
    ] as const) {
      const { path } = await route(counting(headers));
      expect(await texts(path, { authorization: 'Basic YTpi' }, { authorization: 'Basic Yzpk' })).toEqual(
        expected,
      );
      const { path: byCookie } = await route(counting(headers));
      expect(await texts(byCookie, { cookie: 'a=1' }, { cookie: 'a=2' })).toEqual(expected);
    }
  });

  it('per_caller stores private answers, for each caller their own', async () => {
    const { path } = await route(counting({ 'cache-control': 'private, max-age=60' }), { per_caller: true });
    const [a, b] = [{ authorization: 'Basic YTpi' }, { authorization: 'Basic Yzpk' }];
    expect(await texts(path, a, b, a, b)).toEqual(['1', '2', '1', '2']);
  });

  it('per_caller: credentials of one consumer, and namesakes of two issuers, share nothing', async () => {
    const upstream = await startUpstream(counting({ 'cache-control': 'private, max-age=60' }));
    upstreams.push(upstream);
    const path = `/c${++count}`;
    await gateway.addRoute({
      name: path.slice(1),
      match: { paths: [path] },
      upstream: { url: upstream.url },
      guards: [{ type: 'named_caller' }],
      policies: [{ type: 'cache', per_caller: true }],
    });
    const callers = [
      { consumer: 'acme', credential: 'one', scopes: ['read'] },
      { consumer: 'acme', credential: 'two', scopes: ['read'] },
      { consumer: 'acme', credential: 'one', scopes: ['read', 'secrets'] },
      { subject: 'ada', issuer: 'gatehouse' },
      { subject: 'ada', issuer: 'partner' },
    ].map(as);
    const all = ['1', '2', '3', '4', '5'];
    expect(await texts(path, ...callers, ...callers)).toEqual([...all, ...all]);
  });

  it('obey_callers: whether a caller may have the upstream asked', async () => {
    const headers = { 'cache-control': 'no-cache' };
    expect(await texts((await route(counting(fresh))).path, {}, headers)).toEqual(['1', '1']);
    expect(await texts((await route(counting(fresh), { obey_callers: true })).path, {}, headers)).toEqual([
      '1',
      '2',
    ]);
  });

  it('conditional requests are answered with 304 out of the cache', async () => {
    const { path, upstream } = await route(
      counting({ ...fresh, etag: '"v1"', 'last-modified': 'Thu, 01 Jan 2026 00:00:00 GMT' }),
    );
    await get(path);
    const same = await get(path, { 'if-none-match': 'W/"v1"' });
    expect([same.status, same.text, same.headers.etag]).toEqual([304, '', '"v1"']);
    expect((await get(path, { 'if-none-match': '"v2"' })).status).toBe(200);
    expect((await get(path, { 'if-modified-since': 'Fri, 02 Jan 2026 00:00:00 GMT' })).status).toBe(304);
    expect(upstream.seen).toHaveLength(1);
  });

  it('revalidates by ETag: a 304 of the upstream makes the stored answer fresh again', async () => {
    let asked = 0;
    const { path, upstream } = await route((request, response) => {
      asked++;
      const headers = { 'cache-control': 'max-age=1', etag: '"v1"' };
      if (request.headers['if-none-match'] === '"v1"') response.writeHead(304, headers).end();
      else response.writeHead(200, headers).end('body');
    });
    await get(path);
    await sleep(1_100);
    const again = await get(path);
    expect([again.status, again.text, again.headers['x-cache'], asked]).toEqual([
      200,
      'body',
      'REVALIDATED',
      2,
    ]);
    expect((await get(path)).headers['x-cache']).toBe('HIT');
    expect(upstream.seen).toHaveLength(2);
  });

  it.each([
    ['no validator', {}],
    ['another one', { etag: '"v2"' }],
  ])('RFC 9111 §4.3.4: a 304 with %s updates nothing, and is no answer', async (_what, validator) => {
    const { path, upstream } = await route((request, response) => {
      const conditional = request.headers['if-none-match'] !== undefined;
      const etag = conditional ? validator : { etag: '"v1"' };
      response.writeHead(conditional ? 304 : 200, { 'cache-control': 'max-age=1', ...etag });
      response.end(conditional ? undefined : 'body');
    });
    await get(path);
    await sleep(1_100);
    const again = await get(path);
    expect([again.status, again.text, again.headers.etag]).toEqual([200, 'body', '"v1"']);
    expect((await get(path)).headers['x-cache']).toBe('MISS');
    expect(upstream.seen.map(({ headers }) => headers['if-none-match'])).toEqual([
      undefined,
      '"v1"',
      undefined,
    ]);
  });

  it('stale_if_error: a stale answer stands in for 5xx, and for an upstream that is away', async () => {
    let broken: 'no' | '500' | 'away' = 'no';
    const handler: http.RequestListener = (request, response) => {
      if (broken === 'away') request.socket.destroy();
      else response.writeHead(broken === 'no' ? 200 : 500, { 'cache-control': 'max-age=1' }).end(broken);
    };
    const [kept, bare] = [await route(handler, { stale_if_error: 60 }), await route(handler)];
    await get(kept.path);
    await get(bare.path);
    await sleep(1_100);
    for (const how of ['500', 'away'] as const) {
      broken = how;
      const answer = await get(kept.path);
      expect([answer.status, answer.text, answer.headers['x-cache']]).toEqual([200, 'no', 'STALE']);
      expect((await get(bare.path)).status).toBe(how === '500' ? 500 : 502);
    }
  });

  it('stale_while_revalidate: one asks anew, the others get what there is', async () => {
    let slow = 0;
    const handler: http.RequestListener = (_request, response) => {
      setTimeout(() => response.writeHead(200, { 'cache-control': 'max-age=1' }).end(String(slow)), slow);
    };
    const [stale, bare] = [await route(handler, { stale_while_revalidate: 60 }), await route(handler)];
    await get(stale.path);
    await get(bare.path);
    await sleep(1_100);
    slow = 500;
    const ask = async (path: string) => {
      const first = get(path);
      await sleep(150);
      return [(await get(path)).text, (await first).text];
    };
    expect(await ask(stale.path)).toEqual(['0', '500']);
    expect(await ask(bare.path)).toEqual(['500', '500']);
  });

  it('collapse: equal calls at once are one call to the upstream', async () => {
    const slowly: http.RequestListener = (_request, response) => {
      setTimeout(() => response.writeHead(200, fresh).end('x'), 300);
    };
    const [one, each] = [await route(slowly), await route(slowly, { collapse: false })];
    for (const { path } of [one, each]) {
      const answers = await Promise.all(Array.from({ length: 20 }, () => get(path)));
      expect(answers.every(({ text }) => text === 'x')).toBe(true);
    }
    expect(one.upstream.seen).toHaveLength(1);
    expect(each.upstream.seen.length).toBeGreaterThan(1);
  });

  it('collapse shares nothing that is private, and lets nobody wait for long', async () => {
    let asked = 0;
    const { path } = await route((_request, response) => {
      const number = ++asked;
      setTimeout(() => response.writeHead(200, { 'cache-control': 'private' }).end(String(number)), 100);
    });
    const answers = await Promise.all(Array.from({ length: 10 }, () => get(path)));
    expect(new Set(answers.map(({ text }) => text)).size).toBe(10);
  });

  it('a caller who leaves does not leave the others waiting', async () => {
    const { path } = await route((_request, response) => {
      setTimeout(() => response.writeHead(200, fresh).end('x'), 400);
    });
    const abort = new AbortController();
    const left = fetch(gateway.url + path, { signal: abort.signal }).catch(() => 'left');
    await sleep(100);
    const other = get(path);
    await sleep(50);
    abort.abort();
    expect([await left, (await other).text]).toEqual(['left', 'x']);
  });

  it('collapse: a caller who does not read lets the others wait for a few seconds only', async () => {
    // More than the buffers of the system hold.
    const body = Buffer.alloc(12_000_000, 'x');
    const { path, upstream } = await route((_request, response) => response.writeHead(200, fresh).end(body), {
      max_entry: 16_000_000,
    });
    const { hostname, port } = new URL(gateway.url);
    const reader = net.connect(Number(port), hostname).pause();
    reader.write(`GET ${path} HTTP/1.1\r\nHost: ${hostname}:${port}\r\n\r\n`);
    while (upstream.seen.length === 0) await sleep(10);
    const since = Date.now();
    const answers = await Promise.all([get(path), get(path), get(path)]);
    expect(answers.map(({ status, text }) => [status, text.length])).toEqual(
      Array(3).fill([200, body.length]),
    );
    expect(Date.now() - since).toBeLessThan(8_000);
    expect(upstream.seen.length).toBeLessThanOrEqual(3);
    reader.destroy();
  });

  it('collapse: nobody waits for an answer that is larger than max_entry', async () => {
    let end: () => void = () => undefined;
    const { path } = await route(
      (_request, response) => {
        response.writeHead(200, fresh).write('x'.repeat(2_000));
        end = () => response.end();
        if (asked++ > 0) end();
      },
      { max_entry: 1_000 },
    );
    let asked = 0;
    const first = get(path);
    while (asked === 0) await sleep(10);
    const finish = end;
    const since = Date.now();
    await get(path);
    expect(Date.now() - since).toBeLessThan(1_500);
    finish();
    await first;
  });

  it('WebSocket (RFC 6455) passes by', async () => {
    const server = http.createServer((_request, response) => response.writeHead(200, fresh).end('page'));
    const sockets = new WebSocketServer({ server });
    await once(server.listen(0, '127.0.0.1'), 'listening');
    const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    await gateway.addRoute({
      name: 'socket',
      match: { paths: ['/socket'] },
      upstream: { url },
      policies: [{ type: 'cache' }],
    });
    expect((await get('/socket')).text).toBe('page');
    const handshake = {
      connection: 'Upgrade',
      upgrade: 'websocket',
      'sec-websocket-version': '13',
      'sec-websocket-key': 'dGhlIHNhbXBsZSBub25jZQ==',
    };
    const request = http.get(`${gateway.url}/socket`, { headers: handshake });
    const [answer, socket] = (await once(request, 'upgrade')) as [http.IncomingMessage, net.Socket];
    expect(answer.statusCode).toBe(101);
    socket.destroy();
    sockets.close();
    server.close();
  });

  it('ranges pass by (RFC 9110 §14), and so do bodies on GET', async () => {
    const { path } = await route(counting(fresh));
    await get(path);
    const part = await get(path, { range: 'bytes=0-0' });
    expect([part.text, part.headers['x-cache']]).toEqual(['2', 'BYPASS']);
    const fat = await send(gateway.url, {
      path,
      method: 'GET',
      body: 'x',
      headers: { 'content-length': '1' },
    });
    expect(fat.text).toBe('3');
  });

  it('RFC 9111 §4.4: a change by another method makes the stored answers of the address invalid', async () => {
    const { path } = await route(counting(fresh));
    expect(await texts(path, {}, {})).toEqual(['1', '1']);
    expect((await get(path, {}, 'DELETE')).text).toBe('2');
    expect(await texts(path, {})).toEqual(['3']);
  });

  it('the policies after it have done their part before it stores; those before it see each answer', async () => {
    const { path } = await route(counting(fresh), {}, [
      { type: 'response_headers', add: { 'x-inner': '{request.id}' } },
    ]);
    const [first, second] = [await get(path), await get(path)];
    expect([second.text, second.headers['x-inner']]).toEqual(['1', first.headers['x-inner']]);
  });

  it('what breaks off is not stored', async () => {
    let broken = true;
    const { path } = await route((_request, response) => {
      response.writeHead(200, fresh).write('half');
      setTimeout(() => (broken ? response.destroy() : response.end('whole')), 50);
    });
    await expect(get(path)).rejects.toThrow();
    broken = false;
    expect((await get(path)).text).toBe('halfwhole');
  });

  describe('purge', () => {
    const purge = async (target: object) => (await gateway.admin('POST', '/cache/purge', target)).json.purged;
    it('by route, url and tag', async () => {
      const { path, name } = await route(
        counting(fresh, ({ url }) => ({ 'cache-tag': url!.includes('a') ? 'a, all' : 'all' })),
      );
      const urls = [`${path}?a`, `${path}?b`, `${path}?d`];
      const fill = async () => {
        for (const url of urls) await get(url);
      };
      const states = async () => Promise.all(urls.map(async (url) => (await get(url)).headers['x-cache']));
      await fill();
      expect(await purge({ url: urls[0] })).toBe(1);
      expect(await states()).toEqual(['MISS', 'HIT', 'HIT']);
      expect(await purge({ tag: 'all', route: 'another' })).toBe(0);
      expect(await purge({ tag: 'a' })).toBe(1);
      expect(await states()).toEqual(['MISS', 'HIT', 'HIT']);
      expect(await purge({ tag: 'all', url: urls[1] })).toBe(1);
      expect(await purge({ route: name })).toBe(2);
      expect(await states()).toEqual(['MISS', 'MISS', 'MISS']);
    });

    it('of nothing in particular is refused', async () => {
      expect((await gateway.admin('POST', '/cache/purge', {})).status).toBe(422);
    });
  });

  describe('poisoning', () => {
    it.each([
      'x-forwarded-host',
      'x-original-url',
      'x-rewrite-url',
      'x-host',
      'x-http-method-override',
      'X_Forwarded_Host',
    ])('%s of a caller gets into nobody else’s answer', async (name) => {
      const { path } = await route((request, response) =>
        response.writeHead(200, fresh).end(JSON.stringify(request.headers)),
      );
      await get(path, { [name]: 'evil.example' });
      const { text, headers } = await get(path);
      expect([headers['x-cache'], text.includes('evil')]).toEqual(['HIT', false]);
    });

    it('Host, which the upstream is told, is part of the key', async () => {
      const { path } = await route((request, response) =>
        response.writeHead(200, fresh).end(String(request.headers['x-forwarded-host'])),
      );
      await get(path, { host: 'evil.example' });
      expect((await get(path)).text).not.toContain('evil');
    });

    it('errors of the upstream are stored only where they say so', async () => {
      let status = 400;
      const { path } = await route((_request, response) =>
        response.writeHead(status, status === 400 ? {} : fresh).end(),
      );
      await get(path);
      status = 200;
      expect((await get(path)).status).toBe(200);
    });
  });

  it('deception: what a path ends in makes nothing public', async () => {
    const { path } = await route(counting({ 'content-type': 'text/html' }));
    for (const end of ['/account;x.css', '/account/x.css', '/account%3Bx.js']) {
      const [own, others] = await texts(path + end, { cookie: 'session=1' }, {});
      expect(others).not.toBe(own);
      expect((await get(path + end)).headers['x-cache']).toBe('MISS');
    }
  });
});
