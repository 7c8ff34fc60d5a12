import { once } from 'node:events';
import type http from 'node:http';
import http2 from 'node:http2';
import { text as bodyOf } from 'node:stream/consumers';
import { gzipSync } from 'node:zlib';
import type { FieldFault } from '@gatehouse/http';
import { Policies } from '../../apps/gateway/src/policies/policies.service.js';
import { freePort } from '../../apps/launcher/src/ports.js';
import { type Echo, echo, send, startUpstream, type Upstream } from './gateway.js';
import { type LoneGateway, startLoneGateway } from './lone-gateway.js';

type Policy = Record<string, unknown> & { type: string };

describe('policies', () => {
  let gateway: LoneGateway;
  let http2Port: number;
  const upstreams: Upstream[] = [];

  beforeAll(async () => {
    http2Port = await freePort();
    gateway = await startLoneGateway({ GATEHOUSE_GATEWAY_HTTP2_PORT: String(http2Port) });
  });
  afterAll(async () => {
    await gateway?.stop();
    await Promise.all(upstreams.map((one) => one.stop()));
  });

  let count = 0;
  async function route(policies: Policy[], handler: http.RequestListener = echo): Promise<string> {
    const upstream = await startUpstream(handler);
    upstreams.push(upstream);
    const path = `/p${++count}`;
    const definition = { name: `p${count}`, match: { paths: [path] }, upstream: { url: upstream.url } };
    await gateway.addRoute({ ...definition, policies });
    return path;
  }

  type Request = Omit<Parameters<typeof send>[1], 'path'>;
  const call = (path: string, request: Request = {}) => send(gateway.url, { path, ...request });
  async function seen(path: string, request: Request = {}): Promise<Echo> {
    const answer = await call(path, request);
    expect([answer.status, answer.text]).toEqual([200, expect.anything()]);
    return JSON.parse(answer.text) as Echo;
  }
  const json = (body: string, type = 'application/json'): Request => ({
    method: 'POST',
    headers: { 'content-type': type },
    body,
  });
  const faults = (policy: Policy): FieldFault[] =>
    gateway.app.get(Policies, { strict: false }).faults([policy]);
  const answering =
    (
      body: string,
      headers: http.OutgoingHttpHeaders = { 'content-type': 'application/json' },
    ): http.RequestListener =>
    (_request, response) =>
      response.writeHead(200, headers).end(body);

  it('an unknown type is a fault that names the known ones', () => {
    expect(faults({ type: 'nothing' })).toEqual([
      { pointer: '/policies/0/type', detail: expect.stringContaining('request_headers') as string },
    ]);
  });

  describe('when', () => {
    it('limits a policy to methods and paths', async () => {
      const set = { 'x-added': 'yes' };
      const path = await route([
        { type: 'request_headers', set, when: { methods: ['POST'], paths: [`/p${count + 1}/a`] } },
      ]);
      const added = async (at: string, method: string) =>
        (await seen(`${path}${at}`, { method })).headers['x-added'];
      expect(await added('/a', 'POST')).toBe('yes');
      expect(await added('/a/b', 'POST')).toBe('yes');
      expect(await added('/ab', 'POST')).toBeUndefined();
      expect(await added('/a', 'GET')).toBeUndefined();
    });

    it('leaves bodies alone where the policy is not for them', async () => {
      const path = await route([{ type: 'request_body', set: { '/a': 1 }, when: { methods: ['PUT'] } }]);
      expect((await seen(path, json('{"b":2}'))).body).toBe('{"b":2}');
      expect((await seen(path, { ...json('{"b":2}'), method: 'PUT' })).body).toBe('{"b":2,"a":1}');
    });

    it('nor are they held to its limit, or read at all', async () => {
      const schema = { type: 'validate', request_schema: { type: 'object' }, body_limit: 10 };
      const path = await route([{ ...schema, when: { methods: ['POST'] } }]);
      const body = `{"b":"${'x'.repeat(5_000)}"}`;
      expect((await call(path, json(body))).status).toBe(413);
      expect((await seen(path, { ...json(body), method: 'PUT' })).body).toBe(body);
    });

    it('answers are asked for whole and plain only where the policy is for them', async () => {
      const path = await route([{ type: 'mask', fields: ['/x'], when: { paths: [`/p${count + 1}/a`] } }]);
      const headers = { range: 'bytes=0-1', 'accept-encoding': 'gzip' };
      const asked = async (at: string) => (await seen(path + at, { headers })).headers;
      expect(await asked('/b')).toMatchObject(headers);
      const plain = await asked('/a');
      expect([plain.range, plain['accept-encoding']]).toEqual([undefined, 'identity']);
    });
  });

  describe('request_headers', () => {
    it('removes, renames, sets and adds', async () => {
      const path = await route([
        {
          type: 'request_headers',
          remove: ['X-Secret'],
          rename: { 'x-old': 'x-new' },
          set: { 'x-set': 'ours', 'x-path': '{request.path}|{request.method}|{route.name}|{{}}' },
          add: { 'x-add': 'second' },
        },
      ]);
      const { headers } = await seen(path, {
        headers: { 'x-secret': '1', 'x-old': 'moved', 'x-new': 'gone', 'x-set': 'theirs', 'x-add': 'first' },
      });
      expect(headers).toMatchObject({ 'x-new': 'moved', 'x-set': 'ours', 'x-add': 'first, second' });
      expect(headers['x-path']).toBe(`${path}|GET|p${count}|{}`);
      expect(headers['x-secret'] ?? headers['x-old']).toBeUndefined();
    });

    it('a value that the call has not leaves no field, not even the caller’s own', async () => {
      const path = await route([{ type: 'request_headers', set: { 'x-user': '{caller.subject}' } }]);
      const { rawHeaders } = await seen(path, { headers: { 'x-user': 'forged', X_User: 'forged' } });
      expect(rawHeaders.join()).not.toContain('forged');
    });

    it('values of the call cannot break out of the field', async () => {
      const path = await route([{ type: 'request_headers', set: { 'x-q': 'q={request.query.q}' } }]);
      const { headers } = await seen(`${path}?q=a%0D%0AX-Evil:1%C3%A9`);
      expect(headers['x-q']).toBe('q%3Da%0D%0AX-Evil%3A1%C3%A9');
      expect(headers['x-evil']).toBeUndefined();
    });

    it.each([
      'content-length',
      'Transfer-Encoding',
      'connection',
      'host',
      'te',
      'x-gatehouse-subject',
      'X_Forwarded_For',
      'x-real-ip',
      'x-request-id',
      'bad name',
    ])('%s cannot be set, added or renamed to', (name) => {
      expect(faults({ type: 'request_headers', set: { [name]: 'x' } })).toHaveLength(1);
      expect(faults({ type: 'request_headers', add: { [name]: 'x' } })).toHaveLength(1);
      expect(faults({ type: 'request_headers', rename: { 'x-a': name } })).toHaveLength(1);
    });

    it('a template that names nothing is a fault', () => {
      for (const text of ['{caller.nothing}', '{', 'a } b', '{claims.}', '{__proto__.x}']) {
        const [fault] = faults({ type: 'request_headers', set: { 'x-a': text } });
        expect([text, fault?.pointer]).toEqual([text, '/policies/0/set/x-a']);
      }
    });
  });

  describe('response_headers', () => {
    it('changes answers, those of the gateway among them', async () => {
      const path = await route(
        [
          {
            type: 'response_headers',
            remove: ['server'],
            rename: { 'x-old': 'x-new' },
            set: { 'x-set': '{request.id}' },
            add: { vary: 'x' },
          },
          { type: 'bot', deny: ['evil'] },
        ],
        answering('{}', { server: 'inner/1.0', 'x-old': '1', vary: 'a' }),
      );
      const good = await call(path);
      expect(good.headers).toMatchObject({
        'x-new': '1',
        vary: 'a, x',
        'x-set': good.headers['x-request-id'],
      });
      expect(good.headers.server ?? good.headers['x-old']).toBeUndefined();
      const refused = await call(path, { headers: { 'user-agent': 'EVIL/1' } });
      expect([refused.status, refused.headers['x-set']]).toEqual([403, refused.headers['x-request-id']]);
    });

    it.each(['set-cookie', 'x-request-id', 'content-length', 'connection'])('%s cannot be set', (name) => {
      expect(faults({ type: 'response_headers', set: { [name]: 'x' } })).toHaveLength(1);
    });
  });

  describe('query', () => {
    it('removes, renames, sets and adds, and leaves the encoding of the rest alone', async () => {
      const path = await route([
        {
          type: 'query',
          remove: ['secret'],
          rename: { old: 'new' },
          set: { fixed: 'a&b' },
          add: { more: '{request.method}' },
        },
      ]);
      const { url } = await seen(`${path}?a=%7e+x&secret=1&%73ecret=2&old=%41&fixed=9&more=1&flag`);
      expect(url).toBe(`${path}?a=%7e+x&new=%41&more=1&flag&fixed=a%26b&more=GET`);
    });

    it('leaves no question mark where nothing is left', async () => {
      const path = await route([{ type: 'query', remove: ['a'] }]);
      expect((await seen(`${path}?a=1`)).url).toBe(path);
    });
  });

  describe('request_body', () => {
    it('removes, renames and sets by pointer', async () => {
      const path = await route([
        {
          type: 'request_body',
          remove: ['/items/*/secret', '/none/there'],
          rename: { '/old': '/moved/here' },
          set: {
            '/by/method': '{request.method}',
            '/owner': '{caller.subject}',
            '/list': [1, { p: '{request.path}' }],
            '/items/*/n': 1,
          },
        },
      ]);
      const { body, headers } = await seen(
        path,
        json('{"items":[{"secret":1,"a":2},{"b":3}],"old":{"x":null},"owner":"forged"}'),
      );
      expect(JSON.parse(body)).toEqual({
        items: [
          { a: 2, n: 1 },
          { b: 3, n: 1 },
        ],
        moved: { here: { x: null } },
        by: { method: 'POST' },
        list: [1, { p: path }],
      });
      expect(headers['content-length']).toBe(String(body.length));
    });

    it('keeps numbers that a double cannot hold, and takes no text for one', async () => {
      const path = await route([{ type: 'request_body', set: { '/x': true } }]);
      const numbers = '{"id":12345678901234567890,"price":1.10,"tiny":1e-400,"text":"12345678901234567890"';
      expect((await seen(path, json(`${numbers}}`))).body).toBe(`${numbers},"x":true}`);
    });

    it('__proto__ is a name like any other', async () => {
      const path = await route([{ type: 'request_body', remove: ['/a'], set: { '/__proto__/b': 1 } }]);
      expect((await seen(path, json('{"a":1}'))).body).toBe('{"__proto__":{"b":1}}');
    });

    it.each([
      ['text/plain', 415],
      ['application/json; charset=utf-16', 415],
      ['application/json, text/plain', 415],
      ['application/json x', 415],
      ['', 415],
      ['APPLICATION/vnd.x+JSON;\tcharset="UTF-8"', 200],
    ])('a body of type %s: %d', async (type, status) => {
      const path = await route([{ type: 'request_body', set: { '/x': true } }]);
      const answer = await call(path, type === '' ? { method: 'POST', body: '{}' } : json('{}', type));
      expect(answer.status).toBe(status);
    });

    it.each([
      ['{"a":1,"\\u0061":2}', 'has a name twice'],
      ['{"a":', 'is not JSON'],
      [`${'['.repeat(65)}${']'.repeat(65)}`, 'nests deeper'],
    ])('the body %s is refused', async (body, detail) => {
      const path = await route([{ type: 'request_body', set: { '/x': true } }]);
      const answer = await call(path, json(body));
      expect([answer.status, answer.text]).toEqual([400, expect.stringContaining(detail)]);
    });

    it('body_limit bounds what is read', async () => {
      const path = await route([{ type: 'request_body', body_limit: 10 }]);
      expect((await call(path, json('{"a":123}'))).status).toBe(200);
      expect((await call(path, json('{"a":1234567}'))).status).toBe(413);
    });

    it('a decompression bomb is stopped at the limit, and an unknown coding refused', async () => {
      const path = await route([{ type: 'request_body', set: { '/x': true }, body_limit: 100_000 }]);
      const encoded = (body: Buffer, coding: string) => ({
        method: 'POST',
        headers: { 'content-type': 'application/json', 'content-encoding': coding },
        body,
      });
      const small = await seen(path, encoded(gzipSync('{"a":1}'), 'gzip'));
      expect([small.body, small.headers['content-encoding']]).toEqual(['{"a":1,"x":true}', undefined]);
      expect((await call(path, encoded(gzipSync(Buffer.alloc(50_000_000, 0x20)), 'gzip'))).status).toBe(413);
      expect((await call(path, encoded(gzipSync(gzipSync('{}')), 'gzip, gzip'))).status).toBe(415);
      expect((await call(path, encoded(Buffer.from('{}'), 'compress'))).status).toBe(415);
      expect((await call(path, encoded(Buffer.from('{}'), 'gzip'))).status).toBe(400);
    });
  });

  describe('response_body', () => {
    it('changes JSON answers, drops what was true of the old bytes, and leaves other types alone', async () => {
      const policies = [{ type: 'response_body', remove: ['/internal'], set: { '/id': '{request.id}' } }];
      const path = await route(
        policies,
        answering('{"a":1,"internal":2}', { 'content-type': 'application/json', etag: '"a"' }),
      );
      const { text, headers } = await call(path);
      expect([text, headers.etag]).toEqual([`{"a":1,"id":"${String(headers['x-request-id'])}"}`, undefined]);
      const other = await route(policies, answering('{"a":1}', { 'content-type': 'text/plain' }));
      expect((await call(other)).text).toBe('{"a":1}');
    });

    it('undoes an encoding that the upstream was asked not to use, within the limit', async () => {
      const policies = [{ type: 'response_body', set: { '/x': 1 }, body_limit: 1_000 }];
      const asked: unknown[] = [];
      const gzipped =
        (body: string): http.RequestListener =>
        (request, response) => {
          asked.push(request.headers['accept-encoding'], request.headers.range);
          response
            .writeHead(200, { 'content-type': 'application/json', 'content-encoding': 'gzip' })
            .end(gzipSync(body));
        };
      const path = await route(policies, gzipped('{}'));
      const good = await call(path, { headers: { 'accept-encoding': 'gzip', range: 'bytes=0-1' } });
      expect([good.text, good.headers['content-encoding'], asked]).toEqual([
        '{"x":1}',
        undefined,
        ['identity', undefined],
      ]);
      const bomb = await route(policies, gzipped(' '.repeat(100_000) + '{}'));
      expect((await call(bomb)).status).toBe(502);
    });
  });

  describe('mask', () => {
    const body =
      '{"password":1,"deep":[{"password":2,"iban":"DE1"},{"iban":"DE2"}],"n":12345678901234567890}';
    it('leaves fields out, or puts something in their place', async () => {
      const left = await route([{ type: 'mask', fields: ['/**/password', '/deep/*/iban'] }], answering(body));
      expect((await call(left)).text).toBe('{"deep":[{},{}],"n":12345678901234567890}');
      const stars = await route([{ type: 'mask', fields: ['/deep/0/iban'], with: '***' }], answering(body));
      expect((await call(stars)).text).toContain('"iban":"***"},{"iban":"DE2"}');
    });

    it('other types are refused unless other_types passes them', async () => {
      const plain = answering(body, { 'content-type': 'text/plain' });
      expect((await call(await route([{ type: 'mask', fields: ['/password'] }], plain))).status).toBe(502);
      const pass = [{ type: 'mask', fields: ['/password'], other_types: 'pass' }];
      expect((await call(await route(pass, plain))).text).toBe(body);
      const none = answering('', { 'content-length': '0' });
      expect((await call(await route([{ type: 'mask', fields: ['/password'] }], none))).status).toBe(200);
    });

    it('an answer over body_limit is one whole 502, however much of it there is at once', async () => {
      const large = answering('x'.repeat(8_000_000));
      const path = await route([{ type: 'mask', fields: ['/x'], body_limit: 2_000 }], large);
      const session = http2.connect(`http://127.0.0.1:${http2Port}`);
      for (let i = 0; i < 5; i++) {
        const { status, text } = await call(path);
        expect([status, text]).toEqual([502, expect.stringContaining('larger')]);
        const stream = session.request({ ':path': path });
        const [headers] = (await once(stream, 'response')) as [http2.IncomingHttpHeaders];
        expect([headers[':status'], await bodyOf(stream)]).toEqual([502, text]);
      }
      session.close();
    });

    it('an answer over body_limit is read no further', async () => {
      let ended: () => void = () => undefined;
      const closed = new Promise<void>((resolve) => (ended = resolve));
      const endless: http.RequestListener = (_request, response) => {
        response.writeHead(200, { 'content-type': 'application/json' });
        const timer = setInterval(() => response.write('x'.repeat(1_000)), 1);
        response.on('close', () => {
          clearInterval(timer);
          ended();
        });
      };
      const path = await route([{ type: 'mask', fields: ['/x'], body_limit: 2_000 }], endless);
      expect((await call(path)).status).toBe(502);
      await closed;
    });

    it('refuses what it cannot mask also where another policy has read it whole', async () => {
      const schema = { type: 'validate', response: 'log', response_schema: { type: 'object' } };
      const path = await route(
        [{ type: 'mask', fields: ['/x'] }, schema],
        answering('secret', { 'content-type': 'text/plain' }),
      );
      const { status, text } = await call(path);
      expect([status, text.includes('secret')]).toEqual([502, false]);
    });

    it('masks lines as they come', async () => {
      const lines: http.RequestListener = (_request, response) => {
        response.writeHead(200, { 'content-type': 'application/x-ndjson' }).write('{"a":1,"pass');
        setTimeout(() => response.end('word":2}\n\n{"password":3}\n{"b":4}'), 20);
      };
      const path = await route([{ type: 'mask', fields: ['/password'] }], lines);
      expect((await call(path)).text).toBe('{"a":1}\n\n{}\n{"b":4}');
    });

    it('an answer that is not the JSON it says it is, is not shown', async () => {
      const path = await route([{ type: 'mask', fields: ['/password'] }], answering('{"password":1'));
      const { status, text } = await call(path);
      expect([status, text.includes('password')]).toEqual([502, false]);
    });
  });

  describe('validate', () => {
    const schema = { type: 'object' };
    it.each([
      [{ request_schema: schema, base_path: '/v1' }, 'base_path'],
      [{ request_schema: schema, unknown_operations: 'pass' }, 'unknown_operations'],
      [{ request_schema: schema, request: false }, 'request_schema'],
      [{ response_schema: schema }, 'response_schema'],
    ])('%j: what has no effect is refused', (settings, member) => {
      expect(faults({ type: 'validate', ...settings }).map(({ pointer }) => pointer)).toEqual([
        `/policies/0/${member}`,
      ]);
    });

    it('a schema of the answer alone leaves bodies of requests alone', async () => {
      const path = await route([{ type: 'validate', response: 'enforce', response_schema: schema }]);
      expect((await seen(path, json('[1]'))).body).toBe('[1]');
    });
  });

  describe('size_limits', () => {
    it.each([
      [{ url: 20 }, '?q=12345678901234567890', {}, 414],
      [{ headers: 3 }, '', { headers: { a: '1', b: '2', c: '3', d: '4' } }, 431],
      [{ header_bytes: 100 }, '', { headers: { a: 'x'.repeat(100) } }, 431],
      [{ request_body: 4 }, '', { method: 'POST', body: '12345' }, 413],
      [
        { request_body: 4 },
        '',
        { method: 'POST', body: '12345', headers: { 'transfer-encoding': 'chunked' } },
        413,
      ],
    ])('%j', async (limits, query, request, status) => {
      const closed = await route([{ type: 'size_limits', ...limits }]);
      const open = await route([{ type: 'size_limits' }]);
      expect([
        (await call(closed + query, request)).status,
        (await call(open + query, request)).status,
      ]).toEqual([status, 200]);
    });

    it('bounds answers with a length, and breaks off those without', async () => {
      const policies = [{ type: 'size_limits', response_body: 4 }];
      expect((await call(await route(policies, answering('12345', { 'content-length': '5' })))).status).toBe(
        502,
      );
      expect((await call(await route(policies, answering('1234', { 'content-length': '4' })))).text).toBe(
        '1234',
      );
      const chunked = await route(
        policies,
        (_request, response) => void response.write('123', () => response.end('456')),
      );
      await expect(call(chunked)).rejects.toThrow();
    });

    it('also bounds bodies that another policy reads whole', async () => {
      const path = await route([{ type: 'size_limits', request_body: 4 }, { type: 'request_body' }]);
      const headers = { 'transfer-encoding': 'chunked', 'content-type': 'application/json' };
      expect((await call(path, { method: 'POST', body: '[12345]', headers })).status).toBe(413);
    });
  });

  describe('request_id', () => {
    it('goes along in both directions; an id of the caller counts only from trusted peers', async () => {
      const headers = { 'x-correlation-id': 'mine', 'x-trace': 'mine' };
      const never = await call(await route([{ type: 'request_id' }]), { headers });
      const told = (JSON.parse(never.text) as Echo).headers['x-correlation-id'];
      expect([told, never.headers['x-correlation-id']]).toEqual([
        never.headers['x-request-id'],
        never.headers['x-request-id'],
      ]);
      const trusted = await call(
        await route([{ type: 'request_id', header: 'x-trace', trusted: ['127.0.0.0/8', '::1'] }]),
        { headers },
      );
      expect([(JSON.parse(trusted.text) as Echo).headers['x-trace'], trusted.headers['x-trace']]).toEqual([
        'mine',
        'mine',
      ]);
      expect(faults({ type: 'request_id', trusted: ['nowhere'] })).toHaveLength(1);
    });
  });

  describe('bot', () => {
    it.each([
      [{ deny: ['CURL'] }, { 'user-agent': 'curl/8' }, 403],
      [{ deny: ['curl'], allow: ['curl/8 (monitor)'] }, { 'user-agent': 'curl/8 (monitor)' }, 200],
      [{ require_user_agent: true }, {}, 403],
      [{ require_user_agent: false }, {}, 200],
      [{ deny_headers: { 'x-scanner': [] } }, { 'x-scanner': 'any' }, 403],
      [{ deny_headers: { referer: ['spam.example'] } }, { referer: 'https://SPAM.example/' }, 403],
      [{ deny_headers: { referer: ['spam.example'] } }, { referer: 'https://good.example/' }, 200],
    ])('%j with %j: %d', async (settings, headers, status) => {
      const path = await route([{ type: 'bot', ...settings }]);
      expect((await call(path, { headers })).status).toBe(status);
    });
  });

  describe('fault', () => {
    it('delays and aborts, by header and by chance', async () => {
      const path = await route([
        {
          type: 'fault',
          delay: { ms: 300 },
          abort: { status: 503 },
          header: { name: 'x-fault', value: 'on' },
        },
      ]);
      expect((await call(path, { headers: { 'x-fault': 'off' } })).status).toBe(200);
      const start = performance.now();
      expect((await call(path, { headers: { 'x-fault': 'on' } })).status).toBe(503);
      expect(performance.now() - start).toBeGreaterThan(290);
      const never = await route([{ type: 'fault', abort: { status: 500, percentage: 0 } }]);
      expect((await call(never)).status).toBe(200);
      const always = await route([{ type: 'fault', abort: { status: 500, percentage: 100 } }]);
      expect((await call(always)).status).toBe(500);
    });
  });

  describe('the order', () => {
    it('requests meet policies in order, answers in reverse; an answer is seen by those before who gave it', async () => {
      const path = await route([
        { type: 'response_headers', set: { 'x-last': 'outer' } },
        { type: 'fault', abort: { status: 503 } },
        { type: 'response_headers', set: { 'x-last': 'inner' } },
      ]);
      expect((await call(path)).headers['x-last']).toBe('outer');
    });
  });
});
