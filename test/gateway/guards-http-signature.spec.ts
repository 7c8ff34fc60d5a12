import { createHash, randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { createSigner, httpbis, type SignConfig } from 'http-message-signatures';
import { ConsumerWorld } from './consumer-world.js';
import { type Echo, rawExchange, send, startUpstream, statusesOf, type Upstream } from './gateway.js';
import { type LoneGateway, startLoneGateway } from './lone-gateway.js';

const FIELDS = ['@method', '@authority', '@path', '@query'];

describe('the guard http_signature (RFC 9421)', () => {
  let gateway: LoneGateway;
  let upstream: Upstream;
  let key: string;
  let routes = 0;

  let world: ConsumerWorld;

  beforeAll(async () => {
    [gateway, upstream] = await Promise.all([startLoneGateway(), startUpstream()]);
    world = new ConsumerWorld(gateway);
    await world.consumer('bank');
    key = await world.credential('bank-key', { consumer: 'bank', type: 'hmac', scopes: ['pay'] });
  });
  afterAll(async () => {
    await gateway?.stop();
    await upstream?.stop();
  });

  async function route(settings: object = {}, rest: object = {}): Promise<string> {
    const name = `signed-${++routes}`;
    await gateway.addRoute({
      name,
      match: { paths: [`/${name}`] },
      upstream: { url: upstream.url },
      guards: [{ type: 'http_signature', ...settings }],
      ...rest,
    });
    return `/${name}`;
  }

  const faults = (settings: object) => route(settings).catch((error: { errors: unknown }) => error.errors);

  interface Signed {
    method?: string;
    body?: string;
    headers?: Record<string, string>;
    fields?: string[];
    params?: Record<string, unknown>;
    without?: string[];
    secret?: string;
  }

  /** Signs as a client of its own does, by http-message-signatures. */
  async function sign(path: string, options: Signed = {}) {
    const {
      method = 'GET',
      headers = {},
      fields = FIELDS,
      params = {},
      without = [],
      secret = key,
    } = options;
    const config = {
      key: createSigner(Buffer.from(secret, 'base64'), 'hmac-sha256', 'bank-key'),
      fields,
      params: ['created', 'keyid', 'alg', 'nonce', ...Object.keys(params)].filter(
        (one, index, all) => !without.includes(one) && all.indexOf(one) === index,
      ),
      paramValues: { nonce: randomUUID(), ...params },
    } as SignConfig;
    return httpbis.signMessage(config, { method, url: `${gateway.url}${path}`, headers });
  }

  async function call(path: string, options: Signed = {}) {
    const { method = 'GET', body } = options;
    const { headers } = await sign(path, options);
    return send(gateway.url, { path, method, headers, ...(body === undefined ? {} : { body }) });
  }

  const statusOf = async (path: string, options: Signed = {}) => (await call(path, options)).status;
  const detailOf = ({ text }: { text: string }) => (JSON.parse(text) as { detail: string }).detail;
  const digest = (body: string) => `sha-256=:${createHash('sha256').update(body).digest('base64')}:`;

  it('takes what http-message-signatures signs, and keeps the signature', async () => {
    const answer = await call(`${await route()}?a=1&b=%20`);
    const { headers } = JSON.parse(answer.text) as Echo;
    expect([answer.status, headers['x-gatehouse-consumer'], headers['x-gatehouse-scope']]).toEqual([
      200,
      'bank',
      'pay',
    ]);
    expect(headers.signature ?? headers['signature-input']).toBeUndefined();
  });

  it('answers 401 with Accept-Signature (RFC 9421 §5.1) to what has none', async () => {
    const { status, headers } = await send(gateway.url, { path: await route() });
    expect([status, headers['www-authenticate'], headers['accept-signature']]).toEqual([
      401,
      'Signature',
      'sig=("@method" "@authority" "@path" "@query");created;keyid;alg="hmac-sha256";nonce',
    ]);
  });

  it('another request than the one that was signed is refused', async () => {
    const path = await route();
    const { headers } = await sign(`${path}?amount=1`);
    const others = [
      { path: `${path}?amount=2` },
      { path: `${path}/more?amount=1` },
      { path: `${path}?amount=1`, method: 'DELETE' },
      { path: `${path}?amount=1`, headers: { ...headers, host: 'other.example' } },
    ];
    for (const other of others) {
      const answer = await send(gateway.url, { headers, ...other });
      expect([answer.status, detailOf(answer)]).toEqual([401, 'The signature is wrong.']);
    }
    expect((await send(gateway.url, { path: `${path}?amount=1`, headers })).status).toBe(200);
  });

  it.each([
    ['another key', { secret: Buffer.alloc(32).toString('base64') }],
    ['an unknown keyid', { params: { keyid: 'nobody' } }],
    ['no keyid', { without: ['keyid'] }],
    ['no created', { without: ['created'] }],
    ['another algorithm', { params: { alg: 'ed25519' } }],
  ])('%s is refused', async (_name, options) => {
    expect(await statusOf(await route(), options)).toBe(401);
  });

  it.each([
    ['Signature without Signature-Input', { signature: 'sig=:AAAA:' }],
    ['what is no dictionary', { signature: '???', 'signature-input': '???' }],
    [
      'a component twice',
      { signature: 'sig=:AAAA:', 'signature-input': 'sig=("@path" "@path");created=1;keyid="bank-key"' },
    ],
    [
      'created as text',
      { signature: 'sig=:AAAA:', 'signature-input': 'sig=("@path");created="1";keyid="bank-key"' },
    ],
    [
      'a signature that is no bytes',
      { signature: 'sig="AAAA"', 'signature-input': 'sig=("@path");created=1;keyid="bank-key"' },
    ],
  ])('%s is refused, not failed at', async (_name, headers) => {
    expect((await send(gateway.url, { path: await route(), headers })).status).toBe(401);
  });

  it('components: these must be signed, as they are', async () => {
    const path = await route({ components: ['@method', 'x-amount'] });
    const headers = { 'x-amount': '5' };
    expect(await statusOf(path, { headers, fields: ['@method', 'x-amount'] })).toBe(200);
    expect(await statusOf(path, { headers, fields: ['@method'] })).toBe(401);
    expect(await statusOf(path, { headers, fields: ['@method', 'x-amount;bs'] })).toBe(401);
    expect(await statusOf(await route({ components: ['@method'] }), { headers, fields: ['@method'] })).toBe(
      200,
    );
  });

  it('a value more of a signed field is refused, as all of them would be forwarded', async () => {
    const path = await route({ components: ['content-type'] });
    const { headers } = await sign(path, { headers: { 'content-type': 'a/b' }, fields: ['content-type'] });
    const list = Object.entries(headers).flatMap(([name, value]) => [name, String(value)]);
    const host = ['host', new URL(gateway.url).host];
    expect((await send(gateway.url, { path, headers: [...host, ...list] })).status).toBe(200);
    const { headers: again } = await sign(path, {
      headers: { 'content-type': 'a/b' },
      fields: ['content-type'],
    });
    const more = Object.entries(again).flatMap(([name, value]) => [name, String(value)]);
    const twice = [...host, ...more, 'content-type', 'c/d'];
    expect((await send(gateway.url, { path, headers: twice })).status).toBe(401);
  });

  it('Connection cannot take a signed field away', async () => {
    const path = await route({ components: ['x-amount'] });
    const { headers } = await sign(path, { headers: { 'x-amount': '5' }, fields: ['x-amount'] });
    const answer = await send(gateway.url, { path, headers: { ...headers, connection: 'close, X-Amount' } });
    expect([answer.status, detailOf(answer)]).toEqual([401, 'Connection names x-amount, which is signed.']);
  });

  it('max_age, clock_skew and expires: a signature is good for a while', async () => {
    const created = (ago: number) => ({ params: { created: new Date(Date.now() - ago * 1_000) } });
    const path = await route();
    expect([await statusOf(path, created(200)), await statusOf(path, created(400))]).toEqual([200, 401]);
    expect(await statusOf(await route({ max_age: 60 }), created(200))).toBe(401);
    expect([await statusOf(path, created(-60)), await statusOf(path, created(-2))]).toEqual([401, 200]);
    expect(await statusOf(await route({ clock_skew: 120 }), created(-60))).toBe(200);
    const expired = { params: { expires: new Date(Date.now() - 60_000) } };
    expect(await statusOf(path, expired)).toBe(401);
  });

  it('require_nonce: a signature is good once', async () => {
    const path = await route();
    const { headers } = await sign(path);
    expect((await send(gateway.url, { path, headers })).status).toBe(200);
    const again = await send(gateway.url, { path, headers });
    expect([again.status, detailOf(again)]).toEqual([401, 'The nonce of the signature was used before.']);
    expect(await statusOf(path, { without: ['nonce'] })).toBe(401);
    const open = await route({ require_nonce: false });
    const { headers: without } = await sign(open, { without: ['nonce'] });
    for (const _ of [1, 2])
      expect((await send(gateway.url, { path: open, headers: without })).status).toBe(200);
  });

  it('of many calls with one nonce, one is let in', async () => {
    const path = await route();
    const { headers } = await sign(path);
    const answers = await Promise.all(Array.from({ length: 20 }, () => send(gateway.url, { path, headers })));
    expect(answers.filter(({ status }) => status === 200)).toHaveLength(1);
  });

  it('a nonce is used up for routes that take signatures for longer, too', async () => {
    const fields = ['@method'];
    const guard = { components: fields, clock_skew: 0 };
    const [brief, long] = [await route({ ...guard, max_age: 1 }), await route({ ...guard, max_age: 3_600 })];
    const { headers } = await sign(brief, { fields });
    expect((await send(gateway.url, { path: brief, headers })).status).toBe(200);
    await sleep(3_100);
    const again = await send(gateway.url, { path: long, headers });
    expect([again.status, detailOf(again)]).toEqual([401, 'The nonce of the signature was used before.']);
  });

  it('any_of: a guard that takes the signature and refuses leaves it to the next one of the same call', async () => {
    const guard = { type: 'http_signature' };
    const strangers = { all_of: [guard, { type: 'consumer', groups: ['strangers'] }] };
    const path = await route({}, { guards: [{ any_of: [strangers, guard] }] });
    const { headers } = await sign(path);
    expect((await send(gateway.url, { path, headers })).status).toBe(200);
    expect((await send(gateway.url, { path, headers })).status).toBe(401);
  });

  it('any_of: a body is not held to the digest of a guard that refused', async () => {
    const strangers = { all_of: [{ type: 'http_signature' }, { type: 'consumer', groups: ['strangers'] }] };
    const path = await route({}, { guards: [{ any_of: [strangers, { type: 'ip', allow: ['127.0.0.1'] }] }] });
    const headers = { 'content-digest': digest('another') };
    const fields = [...FIELDS, 'content-digest'];
    expect(await statusOf(path, { method: 'POST', body: 'body', headers, fields })).toBe(200);
  });

  it('tag: the application that the signature is for', async () => {
    const path = await route({ tag: 'payments' });
    expect(await statusOf(path, { params: { tag: 'payments' } })).toBe(200);
    expect(await statusOf(path, { params: { tag: 'other' } })).toBe(401);
    expect(await statusOf(path)).toBe(401);
  });

  it('scopes are those of the key', async () => {
    expect(await statusOf(await route({ scopes: ['pay'] }))).toBe(200);
    expect(await statusOf(await route({ scopes: ['admin'] }))).toBe(403);
  });

  describe('content_digest', () => {
    const post = (body: string, digested = body): Signed => ({
      method: 'POST',
      body,
      headers: { 'content-digest': digest(digested) },
      fields: [...FIELDS, 'content-digest'],
    });

    it('a body must be the one that was signed', async () => {
      const path = await route();
      expect(await statusOf(path, post('{"amount":1}'))).toBe(200);
      const before = upstream.seen.length;
      const answer = await call(path, post('{"amount":2}', '{"amount":1}'));
      expect([answer.status, detailOf(answer)]).toEqual([400, 'The body is not the one of Content-Digest.']);
      expect(upstream.seen.length).toBeLessThanOrEqual(before + 1);
    });

    it('a body without a signed digest is refused; false takes it', async () => {
      const unsigned = { method: 'POST', body: 'body' };
      expect(await statusOf(await route(), unsigned)).toBe(401);
      expect(await statusOf(await route({ content_digest: false }), unsigned)).toBe(200);
    });

    it('the end of a bad body never reaches the upstream', async () => {
      const ended: string[] = [];
      const watching = await startUpstream((request, response) => {
        request.resume();
        request.on('error', () => ended.push('broken'));
        request.on('end', () => {
          ended.push('whole');
          response.end();
        });
      });
      const path = await route({}, { upstream: { url: watching.url } });
      const large = 'x'.repeat(300_000);
      expect(await statusOf(path, post(`${large}y`, `${large}z`))).toBe(400);
      expect(await statusOf(path, post(large))).toBe(200);
      expect(ended.filter((one) => one === 'whole')).toHaveLength(1);
      await watching.stop();
    });

    it('chunked bodies, too', async () => {
      const path = await route();
      const { headers } = await sign(path, post('', 'body'));
      const lines = Object.entries({ ...headers, host: new URL(gateway.url).host, connection: 'close' });
      const head = `POST ${path} HTTP/1.1\r\n${lines.map(([name, value]) => `${name}: ${String(value)}\r\n`).join('')}`;
      const chunked = `${head}transfer-encoding: chunked\r\n\r\n4\r\nevil\r\n0\r\n\r\n`;
      expect(statusesOf(await rawExchange(gateway.url, chunked))).toEqual([400]);
    });

    it('where there is no body, the digest of none is compared', async () => {
      const path = await route();
      const signed = (body: string) => ({ ...post(body), method: 'GET', body: undefined as never });
      expect([await statusOf(path, signed('')), await statusOf(path, signed('x'))]).toEqual([200, 400]);
    });

    it('a digest that nobody can compare is refused', async () => {
      const options = post('body');
      options.headers = { 'content-digest': 'md5=:AAAA:' };
      expect(await statusOf(await route(), options)).toBe(400);
    });
  });

  it('a key of another GATEHOUSE_SECRET is of no use, and no fault for the others', async () => {
    await world.consumer('other-bank');
    await world.credential('other-key', {
      consumer: 'other-bank',
      type: 'hmac',
      secrets: [{ sealed: 'AAAA' }],
    });
    const path = await route();
    expect(await statusOf(path, { params: { keyid: 'other-key' } })).toBe(401);
    expect(await statusOf(path)).toBe(200);
  });

  it.each([
    ['/components/0', { components: ['@status'] }],
    ['/components/0', { components: ['X-Upper'] }],
    ['/max_age', { max_age: 0 }],
    ['/clock_skew', { clock_skew: 301 }],
    ['/match', { match: 'any' }],
  ])('%s is checked when it is written', async (pointer, settings) => {
    expect(await faults(settings)).toEqual([expect.objectContaining({ pointer: `/guards/0${pointer}` })]);
  });
});
