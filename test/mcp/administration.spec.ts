import pg from 'pg';
import { type AdministeredGateway, startAdministeredGateway } from '../gateway/administered-gateway.js';
import { startLoneGateway } from '../gateway/lone-gateway.js';
import { callTool } from './mcp-gateway.js';
import { type RunningServer, startStatelessServer } from './mcp-servers.js';

const SECRET = 'Bearer very-secret-0123456789';

describe('MCP servers by the admin API', () => {
  let gateway: AdministeredGateway;
  let server: RunningServer;

  beforeAll(async () => {
    server = await startStatelessServer('one');
    gateway = await startAdministeredGateway({ GATEHOUSE_ALLOW_PRIVATE_ADDRESSES: 'true' });
  });
  afterAll(async () => {
    await gateway?.stop();
    await server?.stop();
  });

  const create = (name: string, more: object = {}) =>
    gateway.admin('POST', '/mcp-servers', { name, url: server.url, ...more });
  const header = { type: 'header', value: SECRET };

  it('APIPark#401: a secret goes in and never out', async () => {
    const answers = [
      await create('shown', { auth: header }),
      await gateway.admin('GET', '/mcp-servers/shown'),
      await gateway.admin('GET', '/mcp-servers'),
      await gateway.admin('GET', '/configuration'),
      await gateway.admin('GET', '/audit-events?kind=mcp-servers'),
    ];
    expect(answers[0]!.json).toMatchObject({ auth: { type: 'header', name: 'authorization' } });
    for (const { text } of answers) {
      expect(text).not.toContain('very-secret');
      expect(text).not.toContain('sealed');
    }
    const client = new pg.Client({ connectionString: gateway.databaseUrl });
    await client.connect();
    const { rows } = await client.query(
      "SELECT definition::text FROM gateway.config_object WHERE name = 'shown'",
    );
    await client.end();
    expect(JSON.stringify(rows)).not.toContain('very-secret');
    await gateway.addRoute({ name: 'shown', match: { paths: ['/shown'] }, mcp: { servers: ['shown'] } });
    expect((await callTool(`${gateway.url}/shown`, 'shown_whoami')).status).toBe(200);
    expect(server.received.at(-1)!.headers.authorization).toBe(SECRET);
  });

  it('a change that leaves the secret out keeps it; a change of the address needs it anew', async () => {
    await create('moved', { auth: header });
    const auth = { type: 'header' };
    expect((await gateway.admin('PATCH', '/mcp-servers/moved', { auth, max_answer: 5_000 })).status).toBe(
      200,
    );
    const got = await gateway.admin('PATCH', '/mcp-servers/moved', { url: 'http://127.0.0.1:9/mcp' });
    expect([got.status, got.json.errors]).toEqual([
      422,
      [{ pointer: '/auth/value', detail: 'must be given anew where url or auth.name change' }],
    ]);
  });

  it('an export applied again changes nothing', async () => {
    const { json: exported } = await gateway.admin('GET', '/configuration');
    const applied = await gateway.admin('PUT', '/configuration', exported);
    expect([applied.status, applied.json.changes]).toEqual([200, []]);
  });

  it.each([
    ['command', { command: 'sh', args: ['-c', 'id'] }],
    ['transport', { transport: 'stdio' }],
    ['env', { env: { PATH: '/' } }],
  ])('CVE-2026-30623: no %s can be given: nothing is ever run', async (_, more) => {
    expect((await create('run', more)).status).toBe(422);
    expect((await gateway.admin('POST', '/mcp-servers', { name: 'run', ...more })).status).toBe(422);
  });

  it.each<[object, string]>([
    [{ url: 'stdio:sh' }, '/url'],
    [{ url: 'file:///bin/sh' }, '/url'],
    [{ url: 'http://user@x.example/' }, '/url'],
    [{ auth: { type: 'header' } }, '/auth/value'],
    [{ auth: { type: 'header', value: 'x', sealed: 'y', name: 'host' } }, '/auth/name'],
    [{ auth: { type: 'header', value: 'x', name: 'mcp-session-id' } }, '/auth/name'],
    [{ auth: { type: 'header', value: 'a\r\nb' } }, '/auth/value'],
    [{ auth: { type: 'passthrough' } }, '/auth/type'],
    [{ auth: { type: 'token_exchange' } }, '/auth/audience'],
    [{ prefix: 'a b' }, '/prefix'],
    [{ tools: { allow: ['*x'] } }, '/tools/allow/0'],
    [{ tools: { rules: [{ tools: [] }] } }, '/tools/rules/0/tools'],
    [{ tools: { rules: [{ tools: ['x'], scopes: ['a b'] }] } }, '/tools/rules/0/scopes/0'],
    [{ resources: { allow: ['notes/*'] } }, '/resources/allow/0'],
    [{ resources: { deny: ['FILE:///a'] } }, '/resources/deny/0'],
    [{ resources: { rules: [{ resources: ['file:///{path}'] }] } }, '/resources/rules/0/resources/0'],
    [{ resources: { rules: [{ resources: ['*'], scopes: ['a b'] }] } }, '/resources/rules/0/scopes/0'],
    [{ prompts: { rules: [{ prompts: [] }] } }, '/prompts/rules/0/prompts'],
    [{ prompts: { allow: ['*x'] } }, '/prompts/allow/0'],
    [{ timeouts: { answer: 0 } }, '/timeouts/answer'],
  ])('%o is refused', async (more, pointer) => {
    const got = await create('wrong', more);
    expect([got.status, got.json.errors]).toEqual([422, [expect.objectContaining({ pointer })]]);
  });

  it('routes need servers that there are, with names of tools that differ', async () => {
    await create('a', { prefix: 'same_' });
    await create('b', { prefix: 'same_' });
    const route = (servers: string[]) =>
      gateway.admin('POST', '/routes', { name: 'r', match: { paths: ['/r'] }, guards: [], mcp: { servers } });
    expect((await route(['nobody'])).json.errors).toEqual([
      { pointer: '/mcp/servers/0', detail: 'names no MCP server: create it first' },
    ]);
    expect((await route(['a', 'b'])).json.errors).toEqual([
      { pointer: '/mcp/servers/1', detail: 'has the prefix of another one: its tools had its names' },
    ]);
    expect((await route([])).json.errors).toMatchObject([{ pointer: '/mcp/servers' }]);
    expect((await route(['a'])).status).toBe(201);
    expect((await gateway.admin('DELETE', '/mcp-servers/a')).status).toBe(409);
  });

  it('the document and the schemas have them', async () => {
    expect((await gateway.admin('GET', '/schemas/mcp-servers')).text).toContain('max_answer');
    expect((await gateway.admin('GET', '/openapi.json')).text).toContain('/admin/v1/mcp-servers');
  });
});

describe('addresses of MCP servers (SSRF)', () => {
  it.each([
    'http://mcp.example.com/mcp',
    'https://127.0.0.1/mcp',
    'https://[::1]/',
    'https://169.254.169.254/',
  ])('%s is refused, unless private addresses are allowed', async (url) => {
    const gateway = await startLoneGateway();
    try {
      await expect(gateway.add('mcp-servers', { name: 'p', url })).rejects.toMatchObject({
        errors: [
          { pointer: '/url', detail: expect.stringContaining('GATEHOUSE_ALLOW_PRIVATE_ADDRESSES') as string },
        ],
      });
    } finally {
      await gateway.stop();
    }
  });
});
