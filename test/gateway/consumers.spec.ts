import { type GatewayUnderTest, send, startGateway, startUpstream, type Upstream } from './gateway.js';

describe('/admin/v1/consumers and their credentials', () => {
  let gateway: GatewayUnderTest;
  let upstream: Upstream;

  beforeAll(async () => {
    [gateway, upstream] = await Promise.all([startGateway(), startUpstream()]);
    const { admin, demo } = gateway;
    const route = (name: string, guards: object[], more: object = {}) =>
      gateway.addRoute({
        name,
        match: { paths: [`/${name}`] },
        upstream: { url: upstream.url },
        guards,
        ...more,
      });
    await route('keys', [{ type: 'api_key' }]);
    const token = { type: 'access_token', audience: demo.api.audience, scopes: [] };
    await route('tokens', [token]);
    await route('members', [token, { type: 'consumer' }]);
    await route('both', [token, { type: 'api_key' }]);
    await admin('POST', '/consumers', { name: 'acme', groups: ['partners'] });
    await admin('POST', '/consumers', { name: 'globex' });
  });
  afterAll(async () => {
    await gateway?.stop();
    await upstream?.stop();
  });

  const withKey = async (key: unknown, path = '/keys') =>
    (await send(gateway.url, { path, headers: { 'x-api-key': String(key) } })).status;

  async function newKey(consumer = 'acme', rest: object = {}) {
    const { status, json, headers } = await gateway.admin('POST', `/consumers/${consumer}/credentials`, {
      type: 'api_key',
      ...rest,
    });
    expect([status, headers.get('cache-control')]).toEqual([201, 'no-store']);
    return json;
  }

  it('a key is live at once, and told once', async () => {
    const { secret, name, secrets } = await newKey();
    expect(secret).toMatch(/^ghk_[A-Za-z0-9_-]{43}$/);
    expect((secrets as { prefix: string }[])[0]!.prefix).toBe(String(secret).slice(0, 12));
    expect(await withKey(secret)).toBe(200);
    for (const path of [
      `/consumers/acme/credentials/${String(name)}`,
      '/consumers/acme/credentials',
      '/credentials',
    ]) {
      const { json } = await gateway.admin('GET', path);
      expect(JSON.stringify(json)).toContain(String(secret).slice(0, 12));
      expect(JSON.stringify(json)).not.toContain(secret);
    }
  });

  it('is ended by its deletion, and by that of nobody else', async () => {
    const [one, other] = [await newKey(), await newKey()];
    const path = `/consumers/acme/credentials/${String(one.name)}`;
    expect((await gateway.admin('DELETE', path.replace('acme', 'globex'))).status).toBe(404);
    expect((await gateway.admin('DELETE', path)).status).toBe(204);
    expect([await withKey(one.secret), await withKey(other.secret)]).toEqual([401, 200]);
  });

  it('is changed by PATCH, and keeps its secret', async () => {
    const { secret, name } = await newKey();
    const path = `/consumers/acme/credentials/${String(name)}`;
    const off = await gateway.admin('PATCH', path, { enabled: false });
    expect([off.status, off.json.secret, await withKey(secret)]).toEqual([200, undefined, 401]);
    await gateway.admin('PATCH', path, { enabled: true });
    expect(await withKey(secret)).toBe(200);
    const { status, json } = await gateway.admin('PATCH', path, { consumer: 'globex' });
    expect([status, json.errors?.[0]?.pointer]).toEqual([422, '/consumer']);
  });

  describe('rotate', () => {
    const rotate = (name: unknown, overlap: unknown) =>
      gateway.admin('POST', `/consumers/acme/credentials/${String(name)}/rotate`, {
        overlap_seconds: overlap,
      });

    it('overlap_seconds: the old key stays good for so long', async () => {
      const { secret, name } = await newKey();
      const { status, json } = await rotate(name, 3);
      expect([status, await withKey(secret), await withKey(json.secret)]).toEqual([200, 200, 200]);
      await new Promise((resolve) => setTimeout(resolve, 3_100));
      expect([await withKey(secret), await withKey(json.secret)]).toEqual([401, 200]);
    });

    it('0 ends the old one at once', async () => {
      const { secret, name } = await newKey();
      const { json } = await rotate(name, 0);
      expect([await withKey(secret), await withKey(json.secret)]).toEqual([401, 200]);
    });

    it('a second rotation lengthens nobody’s life', async () => {
      const { secret, name } = await newKey();
      const first = (await rotate(name, 3)).json;
      const second = (await rotate(name, 600)).json;
      await new Promise((resolve) => setTimeout(resolve, 3_100));
      const statuses = [await withKey(secret), await withKey(first.secret), await withKey(second.secret)];
      expect(statuses).toEqual([401, 200, 200]);
    });

    it('must be told how long, and needs a secret', async () => {
      const { name } = await newKey();
      for (const overlap of [undefined, -1, 2_592_001]) {
        const { status, json } = await rotate(name, overlap);
        expect([status, json.errors?.[0]?.pointer]).toEqual([422, '/overlap_seconds']);
      }
      const certificate = { type: 'certificate', name: 'print', thumbprint: 'A'.repeat(43) };
      await gateway.admin('POST', '/consumers/acme/credentials', certificate);
      expect((await rotate('print', 0)).status).toBe(409);
    });
  });

  it('basic and hmac get their secrets, too; that of hmac is kept encrypted, and not shown', async () => {
    const post = (body: object) => gateway.admin('POST', '/consumers/acme/credentials', body);
    const basic = await post({ type: 'basic', username: 'acme-user' });
    expect(basic.json.secret).toMatch(/^[A-Za-z0-9_-]{43}$/);
    const hmac = await post({ type: 'hmac', name: 'acme-hmac' });
    expect(Buffer.from(String(hmac.json.secret), 'base64')).toHaveLength(32);
    const { json } = await gateway.admin('GET', '/consumers/acme/credentials/acme-hmac');
    expect(json.secrets).toBeUndefined();
  });

  it.each([
    ['/type', { type: 'magic' }],
    ['/username', { type: 'basic' }],
    ['/username', { type: 'basic', username: 'with:colon' }],
    ['/expires_at', { type: 'api_key', expires_at: 'tomorrow' }],
    ['/scopes/0', { type: 'api_key', scopes: ['two words'] }],
    ['/plan', { type: 'api_key', plan: 'nowhere' }],
    ['/thumbprint', { type: 'certificate' }],
    ['/authority', { type: 'certificate', subject_dn: 'CN=a' }],
    ['/subject_dn', { type: 'certificate', subject_dn: 'nonsense' }],
    ['/authority', { type: 'certificate', subject_dn: 'CN=a', authority: 'no PEM' }],
  ])('refuses a wrong %s', async (pointer, body) => {
    const { status, json } = await gateway.admin('POST', '/consumers/acme/credentials', body);
    expect([status, json.errors?.[0]?.pointer]).toEqual([422, pointer]);
  });

  it('what a credential is known by belongs to one alone', async () => {
    const post = (consumer: string, body: object) =>
      gateway.admin('POST', `/consumers/${consumer}/credentials`, body);
    await post('acme', { type: 'basic', username: 'shared' });
    const again = await post('globex', { type: 'basic', username: 'shared' });
    expect([again.status, again.json.errors?.[0]?.pointer]).toEqual([422, '/username']);
  });

  it('a consumer that has credentials is not deleted', async () => {
    await newKey('globex');
    expect((await gateway.admin('DELETE', '/consumers/globex')).status).toBe(409);
  });

  it('plan must exist', async () => {
    const { status, json } = await gateway.admin('POST', '/consumers', { name: 'nobody', plan: 'nowhere' });
    expect([status, json.errors?.[0]?.pointer]).toEqual([422, '/plan']);
  });

  describe('client_ids', () => {
    let bearer: string;
    beforeAll(async () => {
      bearer = `Bearer ${await gateway.token(gateway.demo.client, 'demo:read')}`;
    });

    const call = async (path: string, headers: Record<string, string> = {}) => {
      const answer = await send(gateway.url, { path, headers: { authorization: bearer, ...headers } });
      return { status: answer.status, consumer: upstream.seen.at(-1)?.headers['x-gatehouse-consumer'] };
    };

    it('calls with the tokens of these OAuth clients are calls of the consumer', async () => {
      expect((await call('/tokens')).consumer).toBeUndefined();
      expect((await call('/members')).status).toBe(403);
      await gateway.admin('POST', '/consumers', { name: 'app', client_ids: ['demo-app'] });
      expect(await call('/tokens')).toEqual({ status: 200, consumer: 'app' });
      expect(await call('/members')).toEqual({ status: 200, consumer: 'app' });
    });

    it('belong to one consumer', async () => {
      const { status, json } = await gateway.admin('POST', '/consumers', {
        name: 'two',
        client_ids: ['demo-app'],
      });
      expect([status, json.errors?.[0]?.pointer]).toEqual([422, '/client_ids/0']);
    });

    it('credentials of two consumers in one call are nobody’s', async () => {
      const { secret } = await newKey('acme');
      expect((await call('/both', { 'x-api-key': String(secret) })).status).toBe(403);
      const own = await newKey('app');
      expect((await call('/both', { 'x-api-key': String(own.secret) })).status).toBe(200);
    });

    it('enabled: false refuses them all', async () => {
      await gateway.admin('PATCH', '/consumers/app', { enabled: false });
      expect((await call('/tokens')).status).toBe(403);
    });
  });
});
