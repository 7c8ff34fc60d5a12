import pg from 'pg';
import { type AdministeredGateway, startAdministeredGateway } from '../gateway/administered-gateway.js';
import { type LoneGateway, startLoneGateway } from '../gateway/lone-gateway.js';
import { json, type ProviderServer, startProvider } from './provider-server.js';
import { openAiAnswer } from './wire-shapes.js';

const SECRET = 'sk-very-secret-0123456789';

describe('AI providers and models by the admin API', () => {
  let gateway: AdministeredGateway;
  let provider: ProviderServer;
  let base: { type: string; base_url: string };

  beforeAll(async () => {
    provider = await startProvider(json(openAiAnswer));
    base = { type: 'openai', base_url: `${provider.url}/v1` };
    gateway = await startAdministeredGateway({ GATEHOUSE_ALLOW_PRIVATE_ADDRESSES: 'true' });
    await gateway.addRoute({ name: 'ai', match: { paths: ['/ai'] }, ai: {} });
  });
  afterAll(async () => {
    await gateway?.stop();
    await provider?.stop();
  });
  beforeEach(() => provider.reset(json(openAiAnswer)));

  const create = (name: string, more: object = {}) =>
    gateway.admin('POST', '/ai-providers', { name, ...base, keys: [{ name: 'main', key: SECRET }], ...more });

  async function keyUsedFor(name: string): Promise<string | undefined> {
    await gateway.admin('POST', '/ai-models', { name, targets: [{ provider: name, model: 'x' }] });
    const body = JSON.stringify({ model: name, messages: [] });
    const got = await fetch(`${gateway.url}/ai/v1/chat/completions`, { method: 'POST', body });
    await got.text();
    return provider.requests.at(-1)?.headers.authorization;
  }

  it('keys go in and never out: of each its name and four characters', async () => {
    const made = await create('shown');
    expect(made.json).toMatchObject({ keys: [{ name: 'main', prefix: 'sk-v' }] });
    const answers = [
      made,
      await gateway.admin('GET', '/ai-providers/shown'),
      await gateway.admin('GET', '/ai-providers'),
      await gateway.admin('GET', '/configuration'),
      await gateway.admin('GET', '/audit-events?kind=ai-providers'),
    ];
    for (const { text } of answers) {
      expect(text).not.toContain(SECRET);
      expect(text).not.toContain('sealed');
    }
    const client = new pg.Client({ connectionString: gateway.databaseUrl });
    await client.connect();
    const { rows } = await client.query(
      "SELECT definition::text FROM gateway.config_object WHERE name = 'shown'",
    );
    await client.end();
    expect(JSON.stringify(rows)).not.toContain(SECRET);
    expect(await keyUsedFor('shown')).toBe(`Bearer ${SECRET}`);
  });

  it('a short key is not shown at all', async () => {
    expect((await create('short', { keys: [{ name: 'a', key: 'EMPTY' }] })).json).toMatchObject({
      keys: [{ name: 'a', prefix: '' }],
    });
  });

  it('a change that leaves a key out keeps it; a new list rotates', async () => {
    await create('rotated');
    const { json: shown } = await gateway.admin('GET', '/ai-providers/rotated');
    const { id: _id, created_at: _c, updated_at: _u, ...definition } = shown as Record<string, unknown>;
    expect((await gateway.admin('PUT', '/ai-providers/rotated', definition)).status).toBe(200);
    expect(await keyUsedFor('rotated')).toBe(`Bearer ${SECRET}`);
    const keys = [{ name: 'next', key: 'sk-another-0123456789' }];
    await gateway.admin('PATCH', '/ai-providers/rotated', { keys });
    expect(await keyUsedFor('rotated')).toBe('Bearer sk-another-0123456789');
  });

  it('an export applied again changes nothing', async () => {
    await create('exported');
    const { json: exported } = await gateway.admin('GET', '/configuration');
    const applied = await gateway.admin('PUT', '/configuration', exported);
    expect([applied.status, applied.json.changes]).toEqual([200, []]);
  });

  it('a key must be given', async () => {
    const got = await create('keyless', { keys: [{ name: 'main' }] });
    expect([got.status, got.json.errors]).toEqual([422, [{ pointer: '/keys/0/key', detail: 'is missing' }]]);
  });

  it.each([{ base_url: 'http://127.0.0.1:9/v1' }, { type: 'groq' }])(
    'whoever changes %o without knowing the key does not have it sent there',
    async (change) => {
      const name = `moved-${Object.keys(change)[0]!.replace('_', '-')}`;
      await create(name);
      const got = await gateway.admin('PATCH', `/ai-providers/${name}`, change);
      expect([got.status, got.json.errors]).toEqual([
        422,
        [{ pointer: '/keys/0/key', detail: 'must be given anew where its address changes' }],
      ]);
    },
  );

  it.each([
    [{ type: 'nobody' }, '/type'],
    [{ base_url: 'ftp://x' }, '/base_url'],
    [{ base_url: 'https://user@x.example' }, '/base_url'],
    [{ type: 'openai_compatible', base_url: undefined }, '/base_url'],
    [{ settings: { organisation: 'x' } }, '/settings'],
    [{ settings: { organization: 'a\nb' } }, '/settings/organization'],
    [{ headers: { authorization: 'x' } }, '/headers/authorization'],
    [{ headers: { 'X-Upper': 'x' } }, '/headers/X-Upper'],
    [{ headers: { 'x-a': 'a\r\nb' } }, '/headers/x-a'],
    [{ keys: [{ name: 'a', key: 'with space' }] }, '/keys/0/key'],
    [
      {
        keys: [
          { name: 'a', key: 'x' },
          { name: 'a', key: 'y' },
        ],
      },
      '/keys',
    ],
    [{ timeouts: { first_token: 0 } }, '/timeouts/first_token'],
  ])('%o is refused', async (more, pointer) => {
    const got = await create('wrong', more);
    expect([got.status, got.json.errors]).toEqual([422, [expect.objectContaining({ pointer })]]);
  });

  it.each([
    ['/ai-models', { name: 'm', targets: [{ provider: 'nobody', model: 'x' }] }, '/targets/0/provider'],
    ['/ai-models', { name: 'm', targets: [] }, '/targets'],
    [
      '/routes',
      { name: 'r', match: { paths: ['/r'] }, guards: [], ai: {}, mirror: { upstream: { url: 'http://x' } } },
      '/mirror',
    ],
    ['/ai-models', { name: '/m', targets: [{ provider: 'shown', model: 'x' }] }, '/name'],
    [
      '/routes',
      { name: 'r', match: { paths: ['/r'] }, guards: [], ai: { models: ['nobody'] } },
      '/ai/models/0',
    ],
    [
      '/routes',
      { name: 'r', match: { paths: ['/r'] }, guards: [], ai: {}, upstream: { url: 'http://x' } },
      '/ai',
    ],
    [
      '/routes',
      { name: 'r', match: { paths: ['/r'] }, guards: [], ai: { on_unsupported: 'x' } },
      '/ai/on_unsupported',
    ],
  ])('%s %o is refused', async (path, definition, pointer) => {
    const got = await gateway.admin('POST', path, definition);
    expect([got.status, got.json.errors]).toEqual([422, [expect.objectContaining({ pointer })]]);
  });

  it('names of models may have slashes and colons', async () => {
    await create('odd');
    const name = 'team/llama3:8b';
    await gateway.admin('POST', '/ai-models', { name, targets: [{ provider: 'odd', model: 'x' }] });
    const { status } = await gateway.admin('GET', `/ai-models/${encodeURIComponent(name)}`);
    expect(status).toBe(200);
    const got = await fetch(`${gateway.url}/ai/v1/models/${name}`);
    expect(await got.json()).toMatchObject({ id: name });
  });

  it('what a model needs is not deleted', async () => {
    await create('needed');
    await gateway.admin('POST', '/ai-models', {
      name: 'needs',
      targets: [{ provider: 'needed', model: 'x' }],
    });
    expect((await gateway.admin('DELETE', '/ai-providers/needed')).status).toBe(409);
  });

  it('the document and the schemas have them', async () => {
    const schema = await gateway.admin('GET', '/schemas/ai-providers');
    expect(schema.text).toContain('first_token');
    const openapi = await gateway.admin('GET', '/openapi.json');
    expect(openapi.text).toContain('/admin/v1/ai-models');
  });
});

describe('base URLs of AI providers (SSRF)', () => {
  let gateway: LoneGateway;

  beforeAll(async () => {
    gateway = await startLoneGateway();
  });
  afterAll(() => gateway?.stop());

  const add = (base_url: string) =>
    gateway.add('ai-providers', {
      name: 'p',
      type: 'openai_compatible',
      base_url,
      keys: [{ name: 'main', key: SECRET }],
    });

  it.each([
    'http://example.com/v1',
    'https://127.0.0.1/v1',
    'https://10.0.0.1/v1',
    'https://169.254.169.254/latest',
    'https://[::1]/v1',
    'https://[::ffff:10.0.0.1]/v1',
    'https://localhost/v1',
    'https://0x7f000001/v1',
    'https://2130706433/v1',
  ])('%s is refused', async (url) => {
    await expect(add(url)).rejects.toMatchObject({
      status: 422,
      errors: [expect.objectContaining({ pointer: '/base_url' })],
    });
  });

  it('a name that leads into a private network is not connected to', async () => {
    // RFC 6761 §6.3: names under localhost are this machine's, and resolvers say so.
    await add('https://rebind.localhost/v1');
    const retries = { tries: 1 };
    await gateway.add('ai-models', { name: 'm', targets: [{ provider: 'p', model: 'x' }], retries });
    await gateway.addRoute({ name: 'ai', match: { paths: ['/ai'] }, ai: {} });
    const got = await fetch(`${gateway.url}/ai/v1/chat/completions`, {
      method: 'POST',
      body: JSON.stringify({ model: 'm', messages: [] }),
    });
    expect([got.status, await got.json()]).toEqual([
      502,
      { error: expect.objectContaining({ code: 'upstream_unreachable' }) },
    ]);
  });
});
