import { Validator } from '@seriousme/openapi-schema-validator';
import { Ajv2020 } from 'ajv/dist/2020.js';
import pg from 'pg';
import { parse } from 'yaml';
import { type AdministeredGateway, startAdministeredGateway } from './administered-gateway.js';
import { TestKindsModule } from './test-kinds.js';
import { send, startUpstream, type Upstream } from './gateway.js';

describe('the configuration over /admin/v1', () => {
  let gateway: AdministeredGateway;
  let upstream: Upstream;

  beforeAll(async () => {
    [gateway, upstream] = await Promise.all([
      startAdministeredGateway({}, [TestKindsModule]),
      startUpstream((request, answer) => answer.end(`got ${request.url}`)),
    ]);
  });
  afterAll(async () => {
    await gateway?.stop();
    await upstream?.stop();
  });

  const route = (name: string, more: object = {}) => ({
    name,
    match: { paths: [`/${name}`] },
    upstream: { url: upstream.url },
    guards: [],
    ...more,
  });
  const inDatabase = async (sql: string) => {
    const client = new pg.Client(gateway.databaseUrl);
    await client.connect();
    await client.query(sql).finally(() => client.end());
  };
  const status = async (path: string) => (await send(gateway.url, { path })).status;

  describe('objects', () => {
    it('are read by id or by name, with an entity tag', async () => {
      const { json } = await gateway.admin('POST', '/routes', route('named'));
      const byId = await gateway.admin('GET', `/routes/${json.id as string}`);
      const byName = await gateway.admin('GET', '/routes/named');
      expect(byName.json).toEqual(byId.json);
      expect(byName.headers.get('etag')).toMatch(/^"[\w-]{22}"$/);
      expect(byName.headers.get('etag')).toBe(byId.headers.get('etag'));
    });

    it('are listed by pages whose cursors are opaque and checked', async () => {
      for (const name of ['page-a', 'page-b', 'page-c']) await gateway.admin('POST', '/routes', route(name));
      const names: string[] = [];
      let cursor: string | undefined;
      do {
        const query = cursor === undefined ? '' : `&cursor=${cursor}`;
        const { json } = await gateway.admin('GET', `/routes?limit=2${query}`);
        const page = json as unknown as { routes: { name: string }[]; next_cursor?: string };
        names.push(...page.routes.map((one) => one.name));
        cursor = page.next_cursor;
      } while (cursor !== undefined);
      expect(names).toEqual([...names].sort());
      expect(names).toEqual(expect.arrayContaining(['page-a', 'page-b', 'page-c']));
      expect((await gateway.admin('GET', '/routes?cursor=%00')).status).toBe(422);
    });

    it('a write goes through only on what If-Match names', async () => {
      const created = await gateway.admin('POST', '/routes', route('matched'));
      const etag = created.headers.get('etag')!;
      const moved = route('matched', { match: { paths: ['/moved'] } });
      const put = await gateway.admin('PUT', '/routes/matched', moved, { 'if-match': etag });
      expect(put.status).toBe(200);
      expect(put.headers.get('etag')).not.toBe(etag);
      expect((await gateway.admin('GET', '/routes/matched')).headers.get('etag')).toBe(
        put.headers.get('etag'),
      );
      for (const method of ['PUT', 'PATCH', 'DELETE']) {
        const stale = await gateway.admin(method, '/routes/matched', route('matched'), { 'if-match': etag });
        expect(stale.status).toBe(412);
      }
      expect(await status('/moved')).toBe(200);
      const deleted = await gateway.admin('DELETE', '/routes/matched', undefined, { 'if-match': '*' });
      expect(deleted.status).toBe(204);
      expect(await status('/moved')).toBe(404);
    });

    it('PATCH merges (RFC 7396): null removes, the rest stays; the whole is checked', async () => {
      await gateway.admin('POST', '/routes', route('patched', { strip_prefix: true }));
      const patch = { match: { methods: ['GET'] }, strip_prefix: null };
      const type = { 'content-type': 'application/merge-patch+json' };
      const { status: code, json } = await gateway.admin('PATCH', '/routes/patched', patch, type);
      expect(code).toBe(200);
      expect(json).toMatchObject({ match: { paths: ['/patched'], methods: ['GET'] }, strip_prefix: false });
      const bad = await gateway.admin('PATCH', '/routes/patched', { match: { paths: null } });
      expect([bad.status, bad.json.errors?.[0]?.pointer]).toEqual([422, '/match/paths']);
    });

    it('a kind that does not exist is not there', async () => {
      for (const [method, path] of [
        ['GET', '/planets'],
        ['POST', '/planets'],
        ['PUT', '/planets/earth'],
        ['GET', '/schemas/planets'],
      ] as const) {
        expect([path, (await gateway.admin(method, path, method === 'GET' ? undefined : {})).status]).toEqual(
          [path, 404],
        );
      }
    });

    it('each kind publishes its JSON Schema', async () => {
      const { json } = await gateway.admin('GET', '/schemas/routes');
      expect(json.required).toEqual(expect.arrayContaining(['name', 'match', 'guards']));
      expect((await gateway.admin('GET', '/routes/schema')).json).toEqual(json);
    });
  });

  describe('objects that name others', () => {
    it('what they name must be there', async () => {
      const { status: code, json } = await gateway.admin('POST', '/drawers', { name: 'top', box: 'none' });
      expect(code).toBe(422);
      expect(json.errors).toEqual([{ pointer: '/box', detail: 'must be the name of a safe box' }]);
    });

    it('and stays there: it is neither deleted nor renamed', async () => {
      await gateway.admin('POST', '/safe-boxes', { name: 'held' });
      expect((await gateway.admin('POST', '/drawers', { name: 'holder', box: 'held' })).status).toBe(201);
      for (const answer of [
        await gateway.admin('DELETE', '/safe-boxes/held'),
        await gateway.admin('PATCH', '/safe-boxes/held', { name: 'other' }),
      ]) {
        expect(answer.status).toBe(409);
        expect(answer.json.errors![0]!.detail).toContain('the drawer holder needs it');
      }
      expect((await gateway.admin('PATCH', '/safe-boxes/held', { note: 'x' })).status).toBe(200);
      expect((await gateway.admin('DELETE', '/drawers/holder')).status).toBe(204);
      expect((await gateway.admin('DELETE', '/safe-boxes/held')).status).toBe(204);
    });
  });

  describe('secrets', () => {
    it('are in the answer that made them, and nowhere else', async () => {
      const created = await gateway.admin('POST', '/safe-boxes', { name: 'secretive', note: 'a' });
      expect(created.json.secret).toMatch(/^[\w-]{22}$/);
      const paths = ['/safe-boxes/secretive', '/safe-boxes', '/configuration', '/audit-events'];
      for (const path of paths) {
        const { text } = await gateway.admin('GET', path);
        expect(text).toContain('secretive');
        expect(text).not.toContain(created.json.secret as string);
        expect(text).not.toContain('"hash"');
      }
      const patched = await gateway.admin('PATCH', '/safe-boxes/secretive', { note: 'b' });
      expect(patched.json).toMatchObject({ note: 'b' });
      expect(patched.json).not.toHaveProperty('secret');
    });
  });

  it('what is faulty in the database is no more than a name in exports, which then cannot be applied', async () => {
    await gateway.admin('POST', '/safe-boxes', { name: 'broken' });
    await inDatabase(
      `UPDATE gateway.config_object SET definition = definition || '{"odd": 1}' WHERE name = 'broken'`,
    );
    const { json, text } = await gateway.admin('GET', '/configuration');
    expect(json.safe_boxes).toContainEqual({ name: 'broken', $faulty: true });
    expect(text).not.toContain('"hash"');
    const at = (json.safe_boxes as { name: string }[]).findIndex(({ name }) => name === 'broken');
    const applied = await gateway.admin('PUT', '/configuration', json);
    expect([applied.status, applied.json.errors?.map(({ pointer }) => pointer)]).toEqual([
      422,
      [`/safe_boxes/${at}`],
    ]);
    expect((await gateway.admin('DELETE', '/safe-boxes/broken')).status).toBe(204);
  });

  describe('/admin/v1/audit-events', () => {
    it('tells who changed what, newest first, by pages', async () => {
      await gateway.admin('POST', '/routes', route('audited'));
      await gateway.admin('PATCH', '/routes/audited', { strip_prefix: true });
      await gateway.admin('DELETE', '/routes/audited');
      const { json } = await gateway.admin('GET', '/audit-events?kind=routes&name=audited');
      const events = json.audit_events as Record<string, unknown>[];
      expect(events.map(({ type }) => type)).toEqual(['config.deleted', 'config.changed', 'config.created']);
      for (const one of events) {
        expect(one).toMatchObject({ client_id: expect.any(String), address: '127.0.0.1' });
        expect(Date.parse(one.at as string)).toBeGreaterThan(Date.now() - 60_000);
      }
      const [deleted, changed, created] = events.map(({ detail }) => detail as Record<string, unknown>);
      expect(changed).toMatchObject({ kind: 'routes', name: 'audited', members: ['strip_prefix'] });
      expect(changed!.before).toBe(created!.after);
      expect(deleted!.before).toBe(changed!.after);

      const page = (await gateway.admin('GET', '/audit-events?kind=routes&name=audited&limit=2')).json;
      const cursor = page.next_cursor as string;
      const rest = await gateway.admin(
        'GET',
        `/audit-events?kind=routes&name=audited&limit=2&cursor=${cursor}`,
      );
      expect([...(page.audit_events as object[]), ...(rest.json.audit_events as object[])]).toEqual(events);
    });

    it('a refused change leaves no event', async () => {
      await gateway.admin('POST', '/drawers', { name: 'refused', box: 'none' });
      const { json } = await gateway.admin('GET', '/audit-events?name=refused');
      expect(json.audit_events).toEqual([]);
    });
  });

  describe('/admin/v1/configuration', () => {
    type Document = Record<string, Record<string, unknown>[]>;
    const apply = (document: unknown, query = '') => gateway.admin('PUT', `/configuration${query}`, document);
    const exported = async () => (await gateway.admin('GET', '/configuration')).json as unknown as Document;
    const yaml = { 'content-type': 'application/yaml' };

    beforeEach(() => apply({ routes: [route('kept')], drawers: [], safe_boxes: [{ name: 'box' }] }));

    it('is exported as JSON or YAML; put back it changes nothing', async () => {
      const document = await exported();
      expect(document).toMatchObject({
        routes: [{ name: 'kept' }],
        safe_boxes: [{ name: 'box' }],
        drawers: [],
      });
      const { text, headers } = await gateway.admin('GET', '/configuration', undefined, {
        accept: 'application/yaml',
      });
      expect(headers.get('content-type')).toMatch(/^application\/yaml/);
      expect(parse(text)).toEqual(document);
      expect((await apply(document)).json).toEqual({ changes: [] });
      expect((await gateway.admin('PUT', '/configuration', text, yaml)).json).toEqual({ changes: [] });
    });

    it('fits its published schema, which refuses what the gateway refuses', async () => {
      const validate = new Ajv2020({ strict: false }).compile(
        (await gateway.admin('GET', '/schemas/configuration')).json,
      );
      expect([validate(await exported()), validate.errors]).toEqual([true, null]);
      expect(validate({ routes: [{ name: 'x' }] })).toBe(false);
      expect(validate({ planets: [] })).toBe(false);
    });

    it('makes the kinds that it names exactly what it says, all at once; others stay', async () => {
      const { status: code, json } = await apply({
        safe_boxes: [{ name: 'box', note: 'new' }, { name: 'box-2' }],
        drawers: [{ name: 'drawer', box: 'box-2' }],
      });
      expect(code).toBe(200);
      expect(json.changes).toEqual(
        expect.arrayContaining([
          { action: 'change', kind: 'safe-boxes', name: 'box', members: ['note'] },
          { action: 'create', kind: 'safe-boxes', name: 'box-2' },
          { action: 'create', kind: 'drawers', name: 'drawer' },
        ]),
      );
      expect(json.shown_once).toEqual([{ kind: 'safe-boxes', name: 'box-2', secret: expect.any(String) }]);
      expect(await status('/kept')).toBe(200);
      const pruned = await apply({ routes: [] });
      expect(pruned.json.changes).toEqual([{ action: 'delete', kind: 'routes', name: 'kept' }]);
      expect(await status('/kept')).toBe(404);
      expect((await exported()).drawers).toHaveLength(1);
    });

    it('a dry run tells what would change, and changes nothing', async () => {
      const before = await exported();
      const { json } = await apply({ routes: [route('new')] }, '?dry_run=true');
      expect(json.changes).toEqual(
        expect.arrayContaining([
          { action: 'create', kind: 'routes', name: 'new' },
          { action: 'delete', kind: 'routes', name: 'kept' },
        ]),
      );
      expect(await exported()).toEqual(before);
      expect(await status('/new')).toBe(404);
    });

    it('is refused whole, each fault named by where it stands', async () => {
      const before = await exported();
      const { status: code, json } = await apply({
        routes: [
          route('fine'),
          route('bad', { guards: [{ type: 'gone' }] }),
          { name: 'worse' },
          route('fine'),
        ],
        planets: [],
        drawers: {},
      });
      expect(code).toBe(422);
      const pointers = json.errors!.map(({ pointer }) => pointer);
      expect(pointers).toEqual(
        expect.arrayContaining(['/routes/2/match', '/routes/3/name', '/planets', '/drawers']),
      );
      const references = await apply({
        routes: [route('bad', { guards: [{ type: 'gone' }] })],
        drawers: [{ name: 'd', box: 'x' }],
      });
      expect(references.json.errors!.map(({ pointer }) => pointer).sort()).toEqual([
        '/drawers/0/box',
        '/routes/0/guards/0/type',
      ]);
      expect(await exported()).toEqual(before);
    });

    it('does not take away what another kind still names', async () => {
      await apply({ drawers: [{ name: 'd', box: 'box' }] });
      expect((await apply({ safe_boxes: [] })).status).toBe(409);
      expect((await apply({ safe_boxes: [], drawers: [] })).status).toBe(200);
    });

    it('is put only on what If-Match names', async () => {
      const etag = (await gateway.admin('GET', '/configuration')).headers.get('etag')!;
      await gateway.admin('POST', '/routes', route('meanwhile'));
      const put = await gateway.admin('PUT', '/configuration', { routes: [] }, { 'if-match': etag });
      expect(put.status).toBe(412);
      expect(await status('/meanwhile')).toBe(200);
    });

    it('broken YAML, one that unfolds without end, and what is no document are refused', async () => {
      const put = async (text: string) => (await gateway.admin('PUT', '/configuration', text, yaml)).status;
      expect(await put('routes: [')).toBe(400);
      expect(await put('routes: []\nroutes: []')).toBe(400);
      const bomb = ['a: &a [x, x, x, x, x, x, x, x, x]'];
      for (const [to, from] of ['ba', 'cb', 'dc', 'ed', 'fe', 'gf']) {
        bomb.push(`${to}: &${to} [${Array(9).fill(`*${from}`).join(', ')}]`);
      }
      expect(await put(bomb.join('\n'))).toBe(400);
      for (const text of ['7', '[]', '""']) expect(await put(text)).toBe(422);
    });
  });

  describe('/admin/v1/openapi.json', () => {
    it('is a valid OpenAPI document with the endpoints of each kind, for anybody', async () => {
      const answer = await fetch(`${gateway.url}/admin/v1/openapi.json`);
      const document = (await answer.json()) as {
        paths: Record<string, Record<string, { summary: string }>>;
      };
      const { valid, errors } = await new Validator().validate(document as never);
      expect([valid, errors]).toEqual([true, undefined]);
      for (const kind of ['routes', 'safe-boxes']) {
        expect(Object.keys(document.paths[`/admin/v1/${kind}`]!).sort()).toEqual(['get', 'post']);
        expect(Object.keys(document.paths[`/admin/v1/${kind}/{id}`]!).sort()).toEqual([
          'delete',
          'get',
          'patch',
          'put',
        ]);
      }
      expect(document.paths['/admin/v1/routes']!.post!.summary).toBe('Create the route');
      expect(document.paths).toHaveProperty('/admin/v1/configuration');
    });
  });
});
