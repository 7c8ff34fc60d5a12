import { Ajv2020 } from 'ajv/dist/2020.js';
import type { FastifyInstance } from 'fastify';
import { HttpAdapterHost } from '@nestjs/core';
import { type Answer, AuthServer } from './auth-server.js';
import { newUser, signedIn } from './people.js';

interface Operation {
  readonly summary: string;
  readonly operationId: string;
  readonly responses: Record<string, { content?: Record<string, { schema: object }> }>;
}

describe('/admin/v1/openapi.json', () => {
  let server: AuthServer;
  let admin: string;
  let document: { openapi: string; paths: Record<string, Record<string, Operation>>; components: object };
  const ajv = new Ajv2020({ strict: false, validateFormats: false });

  beforeAll(async () => {
    server = await AuthServer.start();
    admin = await server.tokenWith('admin');
    document = (await server.fetch('/admin/v1/openapi.json')).body as never;
  });
  afterAll(() => server.stop());

  it('is an OpenAPI 3.1 document that anybody may read', () => {
    expect(document.openapi).toBe('3.1.0');
    expect(document.components).toMatchObject({ securitySchemes: { oauth2: { type: 'oauth2' } } });
  });

  it('has every route of the admin API, each described', () => {
    const fastify = server.get(HttpAdapterHost).httpAdapter.getInstance<FastifyInstance>();
    const routes = routesOf(fastify.printRoutes({ commonPrefix: false }));
    const admins = routes.filter(({ path }) => path.startsWith('/admin/v1/'));
    expect(admins.length).toBeGreaterThan(25);
    for (const { path, method } of admins) {
      const operation = document.paths[path.replace(/:(\w+)/g, '{$1}')]?.[method];
      expect([path, method, operation?.summary]).toEqual([path, method, expect.stringMatching(/^[A-Z].* /)]);
    }
  });

  it('names each operation once', () => {
    const ids = Object.values(document.paths).flatMap((path) =>
      Object.values(path).map((one) => one.operationId),
    );
    expect(new Set(ids).size).toBe(ids.length);
  });

  /** Calls an endpoint, and checks its answer against the document. */
  async function call(template: string, method: string, path: string, body?: unknown): Promise<Answer> {
    const answer = await server.call(admin, path, method.toUpperCase(), body);
    const { responses } = document.paths[template]![method]!;
    const described = responses[String(answer.status)] ?? responses.default!;
    const type = String(answer.headers.get('content-type') ?? '').split(';')[0]!;
    const schema = described.content?.[type]?.schema;
    if (answer.status === 204) return answer;
    expect([template, method, answer.status, schema === undefined]).toEqual([
      template,
      method,
      answer.status,
      false,
    ]);
    const validate = ajv.compile({ ...schema, components: document.components });
    expect([template, validate(answer.body), validate.errors]).toEqual([template, true, null]);
    return answer;
  }

  it('real answers are as it says', async () => {
    const web = { redirect_uris: ['https://documented.test/cb'], client_name: 'Documented' };
    const clients = '/admin/v1/clients';
    const created = await call(clients, 'post', clients, web);
    const one = `${clients}/${created.body.client_id as string}`;
    await call(clients, 'post', clients, { redirect_uris: ['http://x.test/'] });
    await call(clients, 'get', clients);
    await call(`${clients}/{client_id}`, 'get', one);
    await call(`${clients}/{client_id}`, 'put', one, web);
    await call(`${clients}/{client_id}/secret`, 'post', `${one}/secret`, { overlap: 60 });
    await call(`${clients}/{client_id}`, 'get', `${clients}/nobody`);

    const users = '/admin/v1/users';
    const { id } = await newUser(server);
    await call(users, 'get', users);
    await call(`${users}/{id}`, 'get', `${users}/${id}`);
    await call(`${users}/{id}`, 'put', `${users}/${id}`, { name: 'Ada', email: 'ada@example.com' });
    const { user } = await signedIn(server, await server.client());
    await call(`${users}/{id}/sessions`, 'get', `${users}/${user.id}/sessions`);
    await call('/admin/v1/grants', 'get', `/admin/v1/grants?user_id=${user.id}`);

    const resources = '/admin/v1/resources';
    const api = `${resources}/${encodeURIComponent('https://api.test/v1')}`;
    await call(`${resources}/{resource}`, 'put', api, { scopes: { 'v1:read': 'Read' } });
    await call(`${resources}/{resource}`, 'get', api);
    await call(resources, 'get', resources);

    const tokens = '/admin/v1/initial-access-tokens';
    await call(tokens, 'post', tokens, { note: 'x', scopes: ['openid'] });
    await call(tokens, 'get', tokens);
    await call('/admin/v1/software-statement-issuers', 'get', '/admin/v1/software-statement-issuers');
    await call('/admin/v1/authorization-details-types', 'get', '/admin/v1/authorization-details-types');
    await call('/admin/v1/keys', 'get', '/admin/v1/keys');
  });
});

/** The routes of Fastify's own listing, a tree of path segments. */
function routesOf(listing: string): { path: string; method: string }[] {
  const segments: string[] = [];
  return listing.split('\n').flatMap((line) => {
    const [, indent, text] = /^([│├└─ ]*)(.*)$/.exec(line)!;
    const depth = indent!.length / 4;
    const [, segment = '', methods = ''] = /^(\S*)(?: \(([A-Z, ]+)\))?/.exec(text!)!;
    segments.length = depth;
    segments[depth] = segment;
    const path = segments.join('').replace(/\/+/g, '/');
    return methods
      .split(', ')
      .filter((method) => method && method !== 'HEAD' && method !== 'OPTIONS')
      .map((method) => ({ path, method: method.toLowerCase() }));
  });
}
