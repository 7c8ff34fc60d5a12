import type http from 'node:http';
import zlib from 'node:zlib';
import { rawBody } from './raw-body.js';
import { startUpstream, type Upstream } from './gateway.js';
import { type LoneGateway, startLoneGateway } from './lone-gateway.js';

const TEXT = 'a text that repeats itself. '.repeat(200);

describe('compress', () => {
  let gateway: LoneGateway;
  const upstreams: Upstream[] = [];
  beforeAll(async () => {
    gateway = await startLoneGateway();
  });
  afterAll(async () => {
    await gateway?.stop();
    await Promise.all(upstreams.map((one) => one.stop()));
  });

  let count = 0;
  async function route(
    settings: object = {},
    headers: http.OutgoingHttpHeaders = {},
    body: string | Buffer = TEXT,
    status = 200,
  ) {
    const upstream = await startUpstream((_request, response) =>
      response.writeHead(status, { 'content-type': 'application/json', ...headers }).end(body),
    );
    upstreams.push(upstream);
    const path = `/z${++count}`;
    const policies = [{ type: 'compress', ...settings }];
    await gateway.addRoute({
      name: `z${count}`,
      match: { paths: [path] },
      upstream: { url: upstream.url },
      policies,
    });
    return path;
  }
  const coding = async (path: string, accept: string | undefined) =>
    (await rawBody(gateway.url, path, accept === undefined ? {} : { 'accept-encoding': accept })).headers[
      'content-encoding'
    ];

  it.each([
    ['gzip', zlib.gunzipSync],
    ['br', zlib.brotliDecompressSync],
  ])('%s, which says so in Vary and weakens the ETag', async (name, decode) => {
    const path = await route({}, { etag: '"a"', 'accept-ranges': 'bytes' });
    const { headers, body } = await rawBody(gateway.url, path, { 'accept-encoding': name });
    expect(decode(body).toString()).toBe(TEXT);
    expect(headers).toMatchObject({ 'content-encoding': name, vary: 'accept-encoding', etag: 'W/"a"' });
    expect(headers['content-length'] ?? headers['accept-ranges']).toBeUndefined();
  });

  it('zstd where Node has it, and else what comes next', async () => {
    const path = await route({ codings: ['zstd', 'gzip'] });
    expect(await coding(path, 'zstd, gzip')).toBe('zstdDecompressSync' in zlib ? 'zstd' : 'gzip');
  });

  it.each([
    [undefined, undefined],
    ['', undefined],
    ['identity', undefined],
    ['gzip, br', 'br'],
    ['gzip;q=1, br;q=0.5', 'gzip'],
    ['br;q=0, gzip;q=0.1', 'gzip'],
    ['*', 'br'],
    ['*;q=0', undefined],
    ['br;q=0, *', 'gzip'],
    ['GZIP', 'gzip'],
    ['gzip;q=0.1, identity', undefined],
  ])('Accept-Encoding %j: %s', async (accept, expected) => {
    expect(await coding(await route(), accept)).toBe(expected);
  });

  it('codings are preferred in their order', async () => {
    expect(await coding(await route({ codings: ['gzip', 'br'] }), 'gzip, br')).toBe('gzip');
  });

  it('min_size, types, and what is encoded or must not be', async () => {
    expect(
      await coding(await route({ min_size: 10 }, { 'content-length': '20' }, 'x'.repeat(20)), 'gzip'),
    ).toBe('gzip');
    expect(
      await coding(await route({ min_size: 30 }, { 'content-length': '20' }, 'x'.repeat(20)), 'gzip'),
    ).toBeUndefined();
    expect(await coding(await route({}, { 'content-type': 'image/png' }), 'gzip')).toBeUndefined();
    expect(await coding(await route({ types: ['image/*'] }, { 'content-type': 'image/png' }), 'gzip')).toBe(
      'gzip',
    );
    expect(await coding(await route({}, { 'cache-control': 'no-transform' }), 'gzip')).toBeUndefined();
    expect(await coding(await route({}, { 'content-type': 'text/event-stream' }), 'gzip')).toBeUndefined();
    const encoded = await route({}, { 'content-encoding': 'deflate' }, zlib.deflateSync(TEXT));
    expect(await coding(encoded, 'gzip')).toBe('deflate');
    expect(
      await coding(await route({}, { 'content-range': 'bytes 0-1/2' }, TEXT, 206), 'gzip'),
    ).toBeUndefined();
  });

  it('what is not encoded for one caller tells caches that it might be for another', async () => {
    expect((await rawBody(gateway.url, await route(), {})).headers.vary).toBe('accept-encoding');
  });
});
