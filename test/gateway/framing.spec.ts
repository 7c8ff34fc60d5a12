import { rawExchange, startUpstream, statusesOf, type Upstream } from './gateway.js';
import { type LoneGateway, startLoneGateway } from './lone-gateway.js';

describe('framing and request targets (raw sockets)', () => {
  let gateway: LoneGateway;
  let upstream: Upstream;

  beforeAll(async () => {
    [gateway, upstream] = await Promise.all([startLoneGateway(), startUpstream()]);
    await gateway.addRoute({ name: 'all', match: { paths: ['/'] }, upstream: { url: upstream.url } });
    await gateway.addRoute({
      name: 'closed',
      match: { paths: ['/closed'] },
      upstream: { url: upstream.url },
      guards: [{ type: 'access_token', audience: 'https://nobody.example' }],
    });
  });
  afterAll(async () => {
    await gateway?.stop();
    await upstream?.stop();
  });
  beforeEach(() => (upstream.seen.length = 0));

  const smuggled = 'GET /smuggled HTTP/1.1\r\nHost: localhost\r\n\r\n';

  it.each([
    ['CL.TE', 'Content-Length: 6\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\nG'],
    ['TE.CL', `Transfer-Encoding: chunked\r\nContent-Length: 3\r\n\r\n0\r\n\r\n${smuggled}`],
    ['TE.TE', `Transfer-Encoding: chunked\r\nTransfer-Encoding: identity\r\n\r\n0\r\n\r\n${smuggled}`],
    ['an unknown coding', `Transfer-Encoding: xchunked\r\n\r\n0\r\n\r\n${smuggled}`],
    ['two lengths', `Content-Length: 0\r\nContent-Length: ${smuggled.length}\r\n\r\n${smuggled}`],
    ['a list of lengths', `Content-Length: 0, ${smuggled.length}\r\n\r\n${smuggled}`],
    ['a signed length', `Content-Length: +${smuggled.length}\r\n\r\n${smuggled}`],
    ['a space before the colon', `Content-Length : ${smuggled.length}\r\n\r\n${smuggled}`],
    ['a folded header', `X-A: 1\r\n Transfer-Encoding: chunked\r\n\r\n0\r\n\r\n${smuggled}`],
    ['a bare line feed', `X-A: 1\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n${smuggled}`],
    ['a bare carriage return', `X-A: 1\rTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n${smuggled}`],
    ['NUL in a header', 'X-A: 1\u0000\r\nContent-Length: 0\r\n\r\n'],
    ['a chunk size that is none', 'Transfer-Encoding: chunked\r\n\r\n0x5\r\nhello\r\n0\r\n\r\n'],
  ])('undici CVE-2026-1525 and its class: %s reaches no upstream as two requests', async (_, rest) => {
    const received = await rawExchange(gateway.url, `POST /first HTTP/1.1\r\nHost: localhost\r\n${rest}`);
    expect(statusesOf(received)).not.toContain(200);
    expect(upstream.seen.map((one) => one.url)).not.toContain('/smuggled');
  });

  it.each([
    'GET /%zz HTTP/1.1\r\nHost: a\r\n\r\n',
    'GET / HTTP/9\r\n\r\n',
    'GET / HTTP/1.1\r\nX A: b\r\n\r\n',
  ])('RFC 9457: %j is refused in the form of every other error, and not echoed', async (text) => {
    const received = await rawExchange(gateway.url, text);
    expect(received).toMatch(/content-type: application\/problem\+json/i);
    expect(JSON.parse(received.slice(received.indexOf('{')))).toMatchObject({
      status: 400,
      title: 'Bad Request',
    });
    expect(received).not.toContain('zz');
  });

  it('chunk extensions and trailers are dropped', async () => {
    const body = '5;a=b\r\nhello\r\n0\r\nX-Gatehouse-Subject: forged\r\n\r\n';
    const received = await rawExchange(
      gateway.url,
      `POST /chunked HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n\r\n${body}`,
    );
    expect(statusesOf(received)).toEqual([200]);
    expect(received).toContain('"body":"hello"');
    expect(received).not.toContain('forged');
  });

  it('RFC 9112 §3.2: a request without Host, or with two, is refused', async () => {
    expect(statusesOf(await rawExchange(gateway.url, 'GET / HTTP/1.1\r\n\r\n'))).toEqual([400]);
    const two = 'GET / HTTP/1.1\r\nHost: a.example\r\nHost: b.example\r\n\r\n';
    expect(statusesOf(await rawExchange(gateway.url, two))).toEqual([400]);
    expect(upstream.seen).toHaveLength(0);
  });

  it('an HTTP/1.0 request without Host is no failure of the server', async () => {
    const received = await rawExchange(gateway.url, 'GET / HTTP/1.0\r\n\r\n');
    expect(received).not.toMatch(/HTTP\/1\.1 5\d\d/);
  });

  it.each(['a b', 'a, b', 'a/b', 'a:b:c', 'user@a', '[::1'])(
    'RFC 9112 §3.2: a Host that is none (%s) is refused',
    async (host) => {
      const received = await rawExchange(
        gateway.url,
        `GET /a HTTP/1.1\r\nHost: ${host}\r\nConnection: close\r\n\r\n`,
      );
      expect(statusesOf(received)).toEqual([400]);
      expect(upstream.seen).toHaveLength(0);
    },
  );

  it('CVE-2026-49975: too many headers, and too large ones, are refused', async () => {
    const large = `GET / HTTP/1.1\r\nHost: localhost\r\nX-A: ${'a'.repeat(20_000)}\r\n\r\n`;
    expect(statusesOf(await rawExchange(gateway.url, large))).toEqual([431]);
    const many = `GET / HTTP/1.1\r\nHost: localhost\r\n${'a:b\r\n'.repeat(5_000)}\r\n`;
    expect(statusesOf(await rawExchange(gateway.url, many))).toEqual([431]);
  });

  it.each([
    'application/json ; x',
    ' application/json',
    'APPLICATION/JSON',
    'application/json\t',
    'a',
    ';',
    '',
  ])(
    'Fastify CVE-2025-32442 and its class: the content type %j skips no check and reads no body',
    async (type) => {
      const request = (path: string) =>
        `POST ${path} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\nContent-Type: ${type}\r\nContent-Length: 1\r\n\r\n{`;
      expect(statusesOf(await rawExchange(gateway.url, request('/closed')))[0]).toBeGreaterThanOrEqual(400);
      const open = await rawExchange(gateway.url, request('/x'));
      expect(statusesOf(open)[0]).toBeLessThan(500);
    },
  );
});
