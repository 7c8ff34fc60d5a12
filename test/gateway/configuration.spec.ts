import { type AdministeredGateway, startAdministeredGateway } from './administered-gateway.js';
import { send, startUpstream, type Upstream } from './gateway.js';

describe('the configuration over /admin/v1', () => {
  let gateway: AdministeredGateway;
  let upstream: Upstream;

  beforeAll(async () => {
    [gateway, upstream] = await Promise.all([
      startAdministeredGateway(),
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
});
