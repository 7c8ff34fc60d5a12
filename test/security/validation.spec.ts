import type http from 'node:http';
import { brotliCompressSync, gzipSync } from 'node:zlib';
import { rawExchange, send, startUpstream, statusesOf, type Upstream } from '../gateway/gateway.js';
import { type LoneGateway, startLoneGateway } from '../gateway/lone-gateway.js';

const SCHEMA = {
  type: 'object',
  required: ['amount'],
  properties: { amount: { type: 'integer', maximum: 100 }, code: { type: 'string', pattern: '^(a+)+$' } },
};
const BAD = '{"amount":101}';

describe('validation cannot be got around', () => {
  let gateway: LoneGateway;
  let upstream: Upstream;

  beforeAll(async () => {
    [gateway, upstream] = await Promise.all([startLoneGateway(), startUpstream()]);
    await route('/checked', [{ type: 'validate', request_schema: SCHEMA, body_limit: 100_000 }]);
  });
  afterAll(async () => {
    await gateway?.stop();
    await upstream?.stop();
  });

  let count = 0;
  const route = (path: string, policies: unknown[], url = upstream.url) =>
    gateway.addRoute({ name: `v${++count}`, match: { paths: [path] }, upstream: { url }, policies });

  /** The status for a body, with Content-Type as these bytes; nothing of it may have reached the upstream unless it is 200. */
  async function statusFor(contentType: string, body = BAD): Promise<number> {
    const before = upstream.seen.length;
    const head = `POST /checked HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n${contentType}Content-Length: ${body.length}\r\n\r\n`;
    const [status] = statusesOf(await rawExchange(gateway.url, head + body, 3_000));
    expect(upstream.seen.length - before).toBe(status === 200 ? 1 : 0);
    return status!;
  }

  it('and lets through what is good', async () => {
    expect(await statusFor('Content-Type: application/json\r\n', '{"amount":1}')).toBe(200);
  });

  it.each([
    ['CVE-2025-32442: another case', 'Content-Type: ApPlIcAtIoN/JsOn\r\n', 422],
    [
      'CVE-2025-32442: a space before the semicolon',
      'Content-Type: application/json ; charset=utf-8\r\n',
      422,
    ],
    ['CVE-2026-25223: a tab before the semicolon', 'Content-Type: application/json\t;\r\n', 422],
    ['CVE-2026-25223: a tab and text after it', 'Content-Type: application/json\ta\r\n', 415],
    ['CVE-2026-3419: text after the type', 'Content-Type: application/json garbage\r\n', 415],
    ['CVE-2026-3419: text after a parameter', 'Content-Type: application/json; charset=utf-8 x\r\n', 415],
    ['CVE-2026-33806: spaces before the type', 'Content-Type:    application/json\r\n', 422],
    ['CVE-2026-33806: a tab before the type', 'Content-Type:\tapplication/json\r\n', 422],
    ['spaces after the type', 'Content-Type: application/json   \r\n', 422],
    ['no type', '', 415],
    ['an empty type', 'Content-Type: \r\n', 415],
    ['two fields', 'Content-Type: application/json\r\nContent-Type: text/plain\r\n', 415],
    ['two fields, the other way', 'Content-Type: text/plain\r\nContent-Type: application/json\r\n', 415],
    ['two types in one field', 'Content-Type: text/plain, application/json\r\n', 415],
    ['another type', 'Content-Type: text/plain\r\n', 415],
    ['a wildcard', 'Content-Type: */*\r\n', 415],
    ['a parameter twice', 'Content-Type: application/json; charset=utf-8; charset=utf-16\r\n', 415],
    ['another encoding of text', 'Content-Type: application/json; charset=utf-7\r\n', 415],
    ['a form', 'Content-Type: application/x-www-form-urlencoded\r\n', 415],
    ['a type that is no JSON', 'Content-Type: application/xml\r\n', 415],
    ['JSON by its suffix', 'Content-Type: application/vnd.a+json\r\n', 422],
  ])('%s', async (_, contentType, status) => {
    expect(await statusFor(contentType)).toBe(status);
  });

  it.each([
    ['a member twice', '{"amount":101,"amount":1}', 400],
    ['a member twice, spelled otherwise', '{"amount":101,"\\u0061mount":1}', 400],
    ['a byte order mark', '\xef\xbb\xbf{"amount":101}', 400],
    ['bytes that are no UTF-8', '{"amount":1,"a":"\xff"}', 400],
    ['deep nesting', `{"amount":1,"a":${'['.repeat(30_000)}${']'.repeat(30_000)}}`, 400],
    ['a comment', '{"amount":1/**/}', 400],
    ['a name of every object', '{"__proto__":{"amount":1}}', 422],
    ['a large exponent', '{"amount":1e400}', 422],
  ])('%s', async (_, body, status) => {
    expect(await statusFor('Content-Type: application/json\r\n', body)).toBe(status);
  });

  it('a body that no type comes with on GET is refused, too', async () => {
    const answer = await send(gateway.url, {
      path: '/checked',
      method: 'GET',
      body: BAD,
      headers: { 'content-length': BAD.length },
    });
    expect(answer.status).toBe(415);
  });

  it('without a body where one is needed: 400', async () => {
    expect((await send(gateway.url, { path: '/checked', method: 'POST' })).status).toBe(400);
  });

  it('a regular expression bomb costs no time', async () => {
    const start = performance.now();
    expect(
      await statusFor('Content-Type: application/json\r\n', `{"amount":1,"code":"${'a'.repeat(5_000)}!"}`),
    ).toBe(422);
    expect(performance.now() - start).toBeLessThan(2_500);
  });

  it.each([
    ['gzip', gzipSync],
    ['br', brotliCompressSync],
  ])(
    'a decompression bomb (%s) is stopped at the limit; what is small enough is checked',
    async (coding, compress) => {
      const post = (body: Buffer) =>
        send(gateway.url, {
          path: '/checked',
          method: 'POST',
          body,
          headers: { 'content-type': 'application/json', 'content-encoding': coding },
        });
      expect((await post(compress(Buffer.alloc(100_000_000, 0x20)))).status).toBe(413);
      expect((await post(compress(BAD))).status).toBe(422);
      expect((await post(compress('{"amount":1}'))).status).toBe(200);
    },
  );

  it('a coding that nobody knows, several in a row, or another case', async () => {
    const post = (coding: string, body: Buffer) =>
      send(gateway.url, {
        path: '/checked',
        method: 'POST',
        body,
        headers: { 'content-type': 'application/json', 'content-encoding': coding },
      });
    expect((await post('exi', Buffer.from(BAD))).status).toBe(415);
    expect((await post('gzip, gzip', gzipSync(gzipSync(BAD)))).status).toBe(415);
    expect((await post('GZIP', gzipSync(BAD))).status).toBe(422);
  });

  describe('of answers', () => {
    async function answered(handler: http.RequestListener, settings: object): Promise<number> {
      const other = await startUpstream(handler);
      const path = `/answers${count}`;
      await route(
        path,
        [{ type: 'validate', request: false, response_schema: SCHEMA, ...settings }],
        other.url,
      );
      const { status } = await send(gateway.url, { path, method: 'POST' });
      await other.stop();
      return status;
    }
    const json =
      (body: string, type = 'application/json'): http.RequestListener =>
      (_request, response) =>
        response.writeHead(200, { 'content-type': type }).end(body);

    it.each([
      [json('{"amount":1}'), 'enforce', 200],
      [json(BAD), 'enforce', 502],
      [json(BAD), 'log', 200],
      [json(BAD, 'text/plain'), 'enforce', 502],
      [json('{"amount":1,"amount":101}'), 'enforce', 502],
    ])('%#', async (handler, response, status) => {
      expect(await answered(handler, { response })).toBe(status);
    });
  });

  it('nothing of a request that another policy would have changed afterwards is taken on trust', async () => {
    const set = { '/amount': 101 };
    await route('/changed', [
      { type: 'request_body', set },
      { type: 'validate', request_schema: SCHEMA },
    ]);
    const request = { method: 'POST', headers: { 'content-type': 'application/json' }, body: '{"amount":1}' };
    expect((await send(gateway.url, { path: '/changed', ...request })).status).toBe(422);
  });
});
