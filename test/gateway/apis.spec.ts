import { type AdministeredGateway, startAdministeredGateway } from './administered-gateway.js';
import { send, startUpstream, type Upstream } from './gateway.js';

const DOCUMENT = {
  openapi: '3.0.3',
  info: { title: 'Pets', version: '1' },
  servers: [{ url: 'https://pets.example/v1' }],
  paths: {
    '/pets/{id}': {
      parameters: [{ name: 'id', in: 'path', required: true, schema: { type: 'integer' } }],
      get: {
        parameters: [
          { name: 'limit', in: 'query', schema: { type: 'integer', maximum: 10, exclusiveMaximum: true } },
          {
            name: 'tags',
            in: 'query',
            schema: { type: 'array', maxItems: 2, items: { $ref: '#/components/schemas/Tag' } },
          },
          { name: 'X-Tenant', in: 'header', required: true, schema: { type: 'string', pattern: '^[a-z]+$' } },
          { name: 'theme', in: 'cookie', schema: { type: 'string', enum: ['dark'] } },
          { name: 'on', in: 'query', schema: { type: 'boolean' } },
        ],
        responses: { '200': { description: 'ok' } },
      },
    },
    '/pets': {
      post: {
        requestBody: {
          required: true,
          content: {
            'application/json': { schema: { $ref: '#/components/schemas/Pet' } },
            'application/x-www-form-urlencoded': { schema: { type: 'object', required: ['name'] } },
          },
        },
        responses: { '201': { description: 'ok' } },
      },
    },
  },
  components: {
    schemas: {
      Tag: { type: 'string', maxLength: 3 },
      Pet: {
        type: 'object',
        required: ['id', 'name'],
        additionalProperties: false,
        properties: {
          id: { type: 'integer', readOnly: true },
          name: { type: 'string', minLength: 1 },
          born: { type: 'string', format: 'date', nullable: true },
          tags: { type: 'array', items: { $ref: '#/components/schemas/Tag' } },
        },
      },
    },
  },
};

describe('APIs', () => {
  let gateway: AdministeredGateway;
  let upstream: Upstream;

  beforeAll(async () => {
    [gateway, upstream] = await Promise.all([startAdministeredGateway(), startUpstream()]);
  });
  afterAll(async () => {
    await gateway?.stop();
    await upstream?.stop();
  });

  let count = 0;
  async function api(more: Record<string, unknown> = {}, policies: unknown[] = []) {
    const name = `api${++count}`;
    const id = await gateway.add('apis', { name, state: 'published', ...more });
    const path = `/a${count}`;
    const upstreamOf = { url: upstream.url };
    await gateway.addRoute({
      name,
      api: name,
      match: { paths: [path] },
      upstream: upstreamOf,
      strip_prefix: true,
      policies,
    });
    return { id, name, path };
  }
  const call = (path: string, request: Omit<Parameters<typeof send>[1], 'path'> = {}) =>
    send(gateway.url, { path, ...request });

  describe('states', () => {
    it('a draft is not there; published, it is', async () => {
      const { id, path } = await api({ state: 'draft' });
      expect((await call(path)).status).toBe(404);
      expect((await gateway.admin('POST', `/apis/${id}/publish`)).json).toMatchObject({ state: 'published' });
      expect((await call(path)).status).toBe(200);
    });

    it('deprecated: Deprecation (RFC 9745), Sunset (RFC 8594) and the successor', async () => {
      const { id, path } = await api({
        sunset_at: '2099-01-02T03:04:05Z',
        successor: 'https://new.example/v2',
      });
      expect((await call(path)).headers).toMatchObject({ sunset: 'Fri, 02 Jan 2099 03:04:05 GMT' });
      expect((await call(path)).headers.deprecation).toBeUndefined();
      expect((await gateway.admin('POST', `/apis/${id}/deprecate`)).status).toBe(200);
      const { status, headers } = await call(path);
      expect(status).toBe(200);
      expect(headers.deprecation).toMatch(/^@\d{10}$/);
      expect(headers.link).toBe('<https://new.example/v2>; rel="successor-version"');
      await gateway.admin('PATCH', `/apis/${id}`, { deprecated_at: '2026-01-01T00:00:00Z' });
      expect((await call(path)).headers.deprecation).toBe('@1767225600');
    });

    it('retired: 410 for whoever calls', async () => {
      const { id, path } = await api({ successor: 'https://new.example/' });
      const before = upstream.seen.length;
      await gateway.admin('PATCH', `/apis/${id}`, { state: 'retired' });
      const { status, headers } = await call(path);
      expect([status, headers['content-type'], headers.link]).toEqual([
        410,
        'application/problem+json',
        '<https://new.example/>; rel="successor-version"',
      ]);
      expect(upstream.seen).toHaveLength(before);
    });

    it('change only as they may', async () => {
      const { id } = await api({ state: 'draft' });
      const refused = await gateway.admin('POST', `/apis/${id}/deprecate`);
      expect([refused.status, refused.json.errors]).toEqual([
        409,
        [expect.objectContaining({ pointer: '/state' })],
      ]);
      for (const [step, status] of [
        ['publish', 200],
        ['deprecate', 200],
        ['publish', 200],
        ['retire', 200],
        ['publish', 409],
      ] as const) {
        expect([step, (await gateway.admin('POST', `/apis/${id}/${step}`)).status]).toEqual([step, status]);
      }
      expect((await gateway.admin('POST', `/apis/${id}/vanish`)).status).toBe(404);
    });

    it('sunset_at must not be before deprecated_at', async () => {
      const dates = { deprecated_at: '2027-01-01T00:00:00Z', sunset_at: '2026-01-01T00:00:00Z' };
      const { status, json } = await gateway.admin('POST', '/apis', { name: 'dates', ...dates });
      expect([status, json.errors?.[0]?.pointer]).toEqual([422, '/sunset_at']);
    });
  });

  it('a route cannot name an API that is not there, nor the API go while a route names it', async () => {
    const route = {
      name: 'none',
      api: 'none',
      match: { paths: ['/none'] },
      upstream: { url: upstream.url },
      guards: [],
    };
    const { status, json } = await gateway.admin('POST', '/routes', route);
    expect([status, json.errors?.[0]?.pointer]).toEqual([422, '/api']);
    const { id } = await api();
    expect((await gateway.admin('DELETE', `/apis/${id}`)).status).toBe(409);
  });

  it('policies: those of all, then those of the API, then those of the route', async () => {
    const add = (value: string) => ({ type: 'request_headers', add: { 'x-order': value } });
    const all = await gateway.add('global-policies', { name: 'one', policies: [add('all')] });
    const { path } = await api({ policies: [add('api')] }, [add('route')]);
    const order = async () =>
      (JSON.parse((await call(path)).text) as { headers: Record<string, string> }).headers['x-order'];
    expect(await order()).toBe('all, api, route');
    await gateway.admin('DELETE', `/global-policies/${all}`);
    expect(await order()).toBe('api, route');
  });

  describe('documents', () => {
    const put = (id: string, body: string, type = 'application/json') =>
      gateway.admin('PUT', `/apis/${id}/document`, body, { 'content-type': type });

    it('are put as JSON or YAML, kept when the API is written, shown, and deleted', async () => {
      const { id, name } = await api();
      expect((await gateway.admin('GET', `/apis/${id}/document`)).status).toBe(404);
      expect((await put(id, JSON.stringify(DOCUMENT))).json).toMatchObject({ has_document: true });
      expect(
        (await gateway.admin('PUT', `/apis/${id}`, { name, state: 'published', title: 'New' })).json,
      ).toMatchObject({ has_document: true });
      expect((await gateway.admin('GET', `/apis/${id}/document`)).json).toEqual(DOCUMENT);
      const yaml = 'openapi: 3.1.0\ninfo: { title: Other, version: "2" }\npaths: {}\n';
      expect((await put(id, yaml, 'application/yaml')).status).toBe(200);
      expect((await gateway.admin('GET', `/apis/${id}/document`)).json).toMatchObject({ openapi: '3.1.0' });
      expect((await gateway.admin('DELETE', `/apis/${id}/document`)).status).toBe(204);
      expect((await gateway.admin('GET', `/apis/${id}`)).json).toMatchObject({ has_document: false });
    });

    it.each([
      ['no OpenAPI', '{"a":1}', 'application/json', 422],
      ['a name of a file', '"/etc/passwd"', 'application/json', 422],
      ['no JSON', '{', 'application/json', 400],
      ['another type', 'x', 'text/plain', 415],
      [
        'a billion laughs',
        `a: &a [x,x,x,x,x,x,x,x,x]\nb: &b [*a,*a,*a,*a,*a,*a,*a,*a,*a]\nc: &c [*b,*b,*b,*b,*b,*b,*b,*b,*b]\nd: [*c,*c,*c,*c,*c,*c,*c,*c,*c]`,
        'application/yaml',
        400,
      ],
      [
        'a reference that leads out',
        JSON.stringify({ ...DOCUMENT, paths: { '/a': { $ref: 'http://127.0.0.1/x' } } }),
        'application/json',
        422,
      ],
      [
        'a pattern that RE2 has not',
        JSON.stringify(DOCUMENT).replace('^[a-z]+$', '(?=a)'),
        'application/json',
        422,
      ],
      ['too much', JSON.stringify({ ...DOCUMENT, 'x-a': 'a'.repeat(2_100_000) }), 'application/json', 413],
    ])('%s is refused', async (_, body, type, status) => {
      const { id } = await api();
      expect((await put(id, body, type)).status).toBe(status);
      expect((await gateway.admin('GET', `/apis/${id}`)).json).toMatchObject({ has_document: false });
    });

    it('a route that validates needs one', async () => {
      const { name } = await api();
      const route = {
        name: 'v',
        api: name,
        match: { paths: ['/v'] },
        upstream: { url: upstream.url },
        guards: [],
      };
      const { status, json } = await gateway.admin('POST', '/routes', {
        ...route,
        policies: [{ type: 'validate' }],
      });
      expect([status, json.errors?.[0]?.pointer]).toEqual([422, '/policies/0']);
    });
  });

  describe('validate against the document', () => {
    let path: string;
    let loose: string;
    beforeAll(async () => {
      const base = { type: 'validate', base_path: '' };
      path = (await api({ document: DOCUMENT }, [{ ...base, unknown_query: 'refuse' }])).path;
      loose = (await api({ document: DOCUMENT }, [{ ...base, unknown_operations: 'pass' }])).path;
    });
    const tenant = { 'x-tenant': 'acme' };
    const pointers = (text: string) =>
      (JSON.parse(text) as { errors?: { pointer: string }[] }).errors?.map((one) => one.pointer);

    it.each([
      ['/pets/1', tenant, 200, undefined],
      ['/pets/1?limit=9&tags=a&tags=b&on=true', { ...tenant, cookie: 'theme=dark' }, 200, undefined],
      ['/pets/x', tenant, 400, ['/path/id']],
      ['/pets/1', {}, 400, ['/header/X-Tenant']],
      ['/pets/1', { 'x-tenant': 'ACME' }, 400, ['/header/X-Tenant']],
      ['/pets/1?limit=10', tenant, 400, ['/query/limit']],
      ['/pets/1?limit=0x1', tenant, 400, ['/query/limit']],
      ['/pets/1?limit=1&limit=2', tenant, 400, ['/query/limit']],
      ['/pets/1?tags=a&tags=long', tenant, 400, ['/query/tags/1']],
      ['/pets/1?on=1', tenant, 400, ['/query/on']],
      ['/pets/1?other=1', tenant, 400, ['/query/other']],
      ['/pets/1', { ...tenant, cookie: 'theme=light' }, 400, ['/cookie/theme']],
      ['/nothing', tenant, 404, undefined],
    ])('GET %s with %j: %d', async (target, headers, status, errors) => {
      const answer = await call(path + target, { headers });
      expect([answer.status, answer.status === 200 ? undefined : pointers(answer.text)]).toEqual([
        status,
        errors,
      ]);
    });

    it.each([
      ['{"name":"Tom","born":null}', 'application/json', 200, undefined],
      ['{"name":""}', 'application/json', 422, ['/body/name']],
      ['{}', 'application/json', 422, ['/body/name']],
      ['{"name":"a","extra":1}', 'application/json', 422, ['/body/extra']],
      ['{"name":"a","born":"never"}', 'application/json', 422, ['/body/born']],
      ['{"name":"a","tags":["ok","long"]}', 'application/json', 422, ['/body/tags/1']],
      ['{"name":"a"', 'application/json', 400, ['/body']],
      ['', 'application/json', 400, ['/body']],
      ['name=Tom', 'application/x-www-form-urlencoded', 200, undefined],
      ['other=Tom', 'application/x-www-form-urlencoded', 422, ['/body/name']],
      ['<a/>', 'application/xml', 415, undefined],
    ])('POST %s as %s: %d', async (body, type, status, errors) => {
      const answer = await call(`${path}/pets`, { method: 'POST', headers: { 'content-type': type }, body });
      expect([answer.status, answer.status === 200 ? undefined : pointers(answer.text)]).toEqual([
        status,
        errors,
      ]);
    });

    it('methods that the document has not: 405; unknown_operations and unknown_query pass them', async () => {
      const { status, headers } = await call(`${path}/pets`, { method: 'DELETE' });
      expect([status, headers.allow]).toEqual([405, 'POST']);
      expect((await call(`${loose}/pets`, { method: 'DELETE' })).status).toBe(200);
      expect((await call(`${loose}/nothing`)).status).toBe(200);
      expect((await call(`${loose}/pets/1?other=1`, { headers: tenant })).status).toBe(200);
      expect((await call(`${path}/pets/1`, { method: 'HEAD', headers: tenant })).status).toBe(200);
    });

    it('base_path: by default what the first server has', async () => {
      const { path: at } = await api({ document: DOCUMENT }, [{ type: 'validate' }]);
      expect((await call(`${at}/v1/pets/1`, { headers: tenant })).status).toBe(200);
      expect((await call(`${at}/pets/1`, { headers: tenant })).status).toBe(404);
    });
  });
});
