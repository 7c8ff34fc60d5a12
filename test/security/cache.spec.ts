import http2 from 'node:http2';
import type http from 'node:http';
import { text } from 'node:stream/consumers';
import { freePort } from '../../apps/launcher/src/ports.js';
import { send, startUpstream, type Upstream } from '../gateway/gateway.js';
import { type LoneGateway, startLoneGateway } from '../gateway/lone-gateway.js';
import { as, NamedCallersModule } from '../gateway/named-callers.js';

const [ALICE, BOB, NOBODY] = [as({ subject: 'alice' }), as({ subject: 'bob' }), as({})];

describe('cache poisoning: no caller has a part in what another one is answered', () => {
  let gateway: LoneGateway;
  let http2Port: number;
  const upstreams: Upstream[] = [];

  beforeAll(async () => {
    http2Port = await freePort();
    gateway = await startLoneGateway({ GATEHOUSE_GATEWAY_HTTP2_PORT: String(http2Port) }, [
      NamedCallersModule,
    ]);
  });
  afterAll(async () => {
    await gateway?.stop();
    await Promise.all(upstreams.map((one) => one.stop()));
  });

  let count = 0;
  /** A route to an upstream whose answers say that they are for everybody. @param tell what is in them */
  async function route(
    tell: (request: http.IncomingMessage) => string,
    policies: object[] = [{ type: 'cache' }],
    more: { vary?: string; definition?: object } = {},
  ): Promise<string> {
    const upstream = await startUpstream((request, response) => {
      const vary = more.vary === undefined ? {} : { vary: more.vary };
      response.writeHead(200, { 'cache-control': 'public, max-age=60', ...vary }).end(tell(request));
    });
    upstreams.push(upstream);
    const path = `/c${++count}`;
    await gateway.addRoute({
      name: `c${count}`,
      match: { paths: [path] },
      upstream: { url: upstream.url },
      guards: [{ type: 'named_caller' }],
      policies,
      ...more.definition,
    });
    return path;
  }
  const get = async (path: string, headers: http.OutgoingHttpHeaders) => {
    const answer = await send(gateway.url, { path, headers });
    return { ...answer, cache: answer.headers['x-cache'] };
  };
  const told = async (path: string, ...callers: http.OutgoingHttpHeaders[]) => {
    const all: string[] = [];
    for (const one of callers) {
      const answer = await get(path, one);
      all.push(`${answer.text} ${String(answer.cache)}`);
    }
    return all;
  };
  const field =
    (name: string) =>
    ({ headers }: http.IncomingMessage) =>
      String(headers[name] ?? 'none');

  it('RFC 9111 §4.1: Vary is about what the upstream got, which the gateway has said itself', async () => {
    const path = await route(field('x-gatehouse-subject'), undefined, { vary: 'X-Gatehouse-Subject' });
    expect(await told(path, ALICE, BOB, ALICE, BOB)).toEqual([
      'alice MISS',
      'bob MISS',
      'alice HIT',
      'bob HIT',
    ]);
  });

  it('key_headers may name what the gateway says itself', async () => {
    const path = await route(field('x-gatehouse-consumer'), [
      { type: 'cache', key_headers: ['x-gatehouse-consumer'] },
    ]);
    const [one, other] = [as({ consumer: 'one' }), as({ consumer: 'other' })];
    expect(await told(path, one, other, one)).toEqual(['one MISS', 'other MISS', 'one HIT']);
  });

  it('Vary: Authorization, which a guard keeps from the upstream, is about the caller', async () => {
    const path = await route(field('x-gatehouse-subject'), undefined, { vary: 'Authorization' });
    expect(await told(path, ALICE, BOB, ALICE)).toEqual(['alice MISS', 'bob MISS', 'alice HIT']);
  });

  it('a policy before the cache decides by which field the answers differ', async () => {
    const set = { type: 'request_headers', set: { 'x-tenant': '{caller.subject}' } };
    const path = await route(field('x-tenant'), [set, { type: 'cache' }], { vary: 'X-Tenant' });
    expect(await told(path, ALICE, BOB, ALICE)).toEqual(['alice MISS', 'bob MISS', 'alice HIT']);
  });

  it('what a policy after the cache writes there is in no key: the answer is not stored', async () => {
    const set = { type: 'request_headers', set: { 'x-tenant': '{caller.subject}' } };
    const path = await route(field('x-tenant'), [{ type: 'cache' }, set], { vary: 'X-Tenant' });
    expect(await told(path, ALICE, BOB, ALICE)).toEqual(['alice MISS', 'bob MISS', 'alice MISS']);
  });

  it('whether the caller is identified is part of the key', async () => {
    const path = await route(field('x-gatehouse-subject'));
    expect(await told(path, ALICE, NOBODY, NOBODY, ALICE)).toEqual([
      'alice MISS',
      'none MISS',
      'none HIT',
      'alice HIT',
    ]);
  });

  it('a fat GET over HTTP/2, which needs no Content-Length (RFC 9113 §8.1), passes by', async () => {
    const path = await route(({ headers }) =>
      'content-length' in headers || 'transfer-encoding' in headers ? 'fat' : 'thin',
    );
    const session = http2.connect(`http://127.0.0.1:${http2Port}`);
    const ask = async (body?: string) => {
      const request = session.request({ ':path': path, ...NOBODY }, { endStream: body === undefined });
      if (body !== undefined) request.end(body);
      let cache: unknown;
      request.on('response', (headers) => (cache = headers['x-cache']));
      return [await text(request), cache];
    };
    expect(await ask('evil')).toEqual(['fat', 'BYPASS']);
    expect(await ask()).toEqual(['thin', 'MISS']);
    session.close();
  });

  it.each(['X_Original_URL', 'X_Rewrite.Url', 'x_host', 'X-HTTP_Method-Override'])(
    '%s, which CGI takes for a field that no key holds, does not get through',
    async (name) => {
      const path = await route(({ headers }) => JSON.stringify(headers));
      expect((await get(path, { ...NOBODY, [name]: 'evil.example' })).text).not.toContain('evil');
    },
  );

  it('the fields that are about one caller are not kept for others: RateLimit, CORS, templates', async () => {
    const cors = { type: 'cors', origins: ['https://a.example', 'https://b.example'] };
    const own = { type: 'response_headers', add: { 'x-user': '{caller.subject}' } };
    const limits = [{ by: 'route', limit: 10, window: 3_600 }];
    const path = await route(() => 'x', [cors, own, { type: 'cache' }], { definition: { limits } });
    const first = await get(path, { ...ALICE, origin: 'https://a.example' });
    const second = await get(path, { ...BOB, origin: 'https://b.example' });
    expect([first.cache, second.cache]).toEqual(['MISS', 'HIT']);
    expect(first.headers).toMatchObject({ 'x-user': 'alice' });
    expect(second.headers).toMatchObject({
      'x-user': 'bob',
      'access-control-allow-origin': 'https://b.example',
      vary: 'origin',
    });
    expect(String(first.headers.ratelimit)).toContain('r=9');
    expect(String(second.headers.ratelimit)).toContain('r=8');
    expect(String(second.headers.ratelimit)).not.toContain('r=9');
  });
});
