import { randomUUID } from 'node:crypto';
import type { LoneGateway } from '../gateway/lone-gateway.js';
import { type AnyClient, handshakeClient, post, startMcpGateway, statelessClient } from './mcp-gateway.js';
import {
  type RunningServer,
  startHandshakeServer,
  startSseServer,
  startStatelessServer,
} from './mcp-servers.js';

let gateway: LoneGateway;
let servers: RunningServer[];
let url: string;

const NAMES = ['new', 'old', 'held', 'sse'];
const here = (name: string, uri: string) => `gatehouse://${name}/${uri}`;

beforeAll(async () => {
  servers = await Promise.all([
    startStatelessServer('new'),
    startHandshakeServer('old'),
    startHandshakeServer('held', randomUUID),
    startSseServer('sse'),
  ]);
  gateway = await startMcpGateway();
  for (const [index, name] of NAMES.entries()) {
    const transport = name === 'sse' ? { transport: 'sse' } : {};
    await gateway.add('mcp-servers', { name, url: servers[index]!.url, ...transport });
  }
  await gateway.addRoute({ name: 'mcp', match: { paths: ['/mcp'] }, mcp: { servers: NAMES } });
  await gateway.addRoute({ name: 'alone', match: { paths: ['/alone'] }, mcp: { servers: ['new'] } });
  url = `${gateway.url}/mcp`;
});
afterAll(async () => {
  await gateway?.stop();
  await Promise.all((servers ?? []).map((one) => one.stop()));
});
beforeEach(() => {
  for (const one of servers) {
    one.received.length = 0;
    one.instead = undefined;
  }
});

const rpc = (method: string, params: object = {}) => ({ jsonrpc: '2.0', id: 1, method, params });
const asked = (method: string) =>
  servers.flatMap(({ received }) => received).filter(({ message }) => message.method === method);

/** The server `new` answers like this. */
function answering(results: Record<string, object>): void {
  servers[0]!.instead = (_, response, body) => {
    const { id, method } = JSON.parse(body) as { id: unknown; method: string };
    const discovered = { supportedVersions: ['2026-07-28'], capabilities: {} };
    const said = method === 'server/discover' ? { result: discovered } : results[method];
    const error = { code: -32601, message: 'There is no such method' };
    response
      .setHeader('content-type', 'application/json')
      .end(JSON.stringify({ jsonrpc: '2.0', id, ...(said ?? { error }) }));
  };
}

describe.each([
  ['@modelcontextprotocol/client 2.4 (2026-07-28)', statelessClient],
  ['@modelcontextprotocol/sdk 1.32 (2025-11-25)', handshakeClient],
] as const)('%s', (_, connect) => {
  let client: AnyClient;
  beforeAll(async () => {
    client = (await connect(url)) as unknown as AnyClient;
  });
  afterAll(() => client?.close());

  it('MCP, Resources, Capabilities: is told that there are some, and that nobody can subscribe to them', () => {
    expect(client.getServerCapabilities()).toMatchObject({ resources: {}, prompts: {} });
    expect(client.getServerCapabilities()!.resources).toEqual({});
  });

  it('sees the resources of all servers, each below its server, though their URIs are the same', async () => {
    const { resources } = await client.listResources();
    const uris = ['file:///notes/today.txt', 'file:///secret/plan.txt'];
    expect(resources.map(({ uri }) => uri)).toEqual(
      [...NAMES].sort().flatMap((name) => uris.map((uri) => here(name, uri))),
    );
    expect(resources.find(({ uri }) => uri.startsWith('gatehouse://old/'))).toMatchObject({
      description: 'of old',
    });
  });

  it.each(NAMES)('reads those of %s, of whatever version it is', async (name) => {
    const uri = here(name, 'file:///notes/today.txt');
    const { contents } = await client.readResource({ uri });
    expect(contents).toEqual([{ uri, mimeType: 'text/plain', text: `file:///notes/today.txt of ${name}` }]);
  });

  it.each(NAMES)('sees the templates of %s, and reads what they make', async (name) => {
    const { resourceTemplates } = await client.listResourceTemplates();
    const template = here(name, 'file:///notes/{day}.txt');
    expect(resourceTemplates.map(({ uriTemplate }) => uriTemplate)).toContain(template);
    const uri = template.replace('{day}', 'monday');
    const { contents } = await client.readResource({ uri });
    expect(contents).toMatchObject([{ uri, text: `file:///notes/monday.txt of ${name}` }]);
  });

  it('MCP, Resource Links: can read what a tool or a prompt links to; what is on the web stays there', async () => {
    const { content } = await client.callTool({ name: 'old_link' });
    const uri = here('old', 'file:///notes/today.txt');
    expect(content).toEqual([
      { type: 'resource_link', uri, name: 'today' },
      { type: 'resource_link', uri: 'https://example.com/', name: 'web' },
      { type: 'resource', resource: { uri, text: 'inside' } },
    ]);
    const { messages } = await client.getPrompt({ name: 'new_greet', arguments: {} });
    expect(messages[1]).toMatchObject({
      content: { type: 'resource_link', uri: here('new', 'file:///notes/today.txt') },
    });
  });

  it('sees the prompts of all servers in one list', async () => {
    const { prompts } = await client.listPrompts();
    expect(prompts.map(({ name }) => name)).toEqual([...NAMES].sort().map((name) => `${name}_greet`));
    expect(prompts[0]).toMatchObject({ description: 'of held' });
  });

  it.each(NAMES)('gets those of %s', async (name) => {
    const { messages } = await client.getPrompt({
      name: `${name}_greet`,
      arguments: { language: 'french' },
    });
    expect(messages[0]).toEqual({
      role: 'user',
      content: { type: 'text', text: `${name} greets in french` },
    });
  });

  it('is told of what is not there', async () => {
    await expect(client.readResource({ uri: 'gatehouse://nobody/file:///a' })).rejects.toThrow(
      'There is no resource "gatehouse://nobody/file:///a".',
    );
    await expect(client.readResource({ uri: here('new', 'file:///nothing') })).rejects.toThrow(/not found/i);
    await expect(client.getPrompt({ name: 'old_nothing' })).rejects.toThrow(/not found/i);
    await expect(client.getPrompt({ name: 'nobody' })).rejects.toThrow('There is no prompt "nobody".');
  });
});

describe('what each version has its own way for', () => {
  const META = {
    'io.modelcontextprotocol/protocolVersion': '2026-07-28',
    'io.modelcontextprotocol/clientCapabilities': {},
  };
  const stateless = (method: string, params: object, headers: Record<string, string>) =>
    post(url, rpc(method, { _meta: META, ...params }), {
      'mcp-protocol-version': '2026-07-28',
      'mcp-method': method,
      ...headers,
    });

  it('MCP 2026-07-28, Standard Request Headers: Mcp-Name says the URI, or the name of the prompt', async () => {
    const uri = here('new', 'file:///notes/today.txt');
    for (const [method, params, name] of [
      ['resources/read', { uri }, uri],
      ['prompts/get', { name: 'new_greet', arguments: {} }, 'new_greet'],
    ] as const) {
      expect((await stateless(method, params, { 'mcp-name': name })).status).toBe(200);
      for (const headers of [{}, { 'mcp-name': `${name}x` }]) {
        const got = await stateless(method, params, headers as Record<string, string>);
        expect([got.status, await got.json()]).toMatchObject([400, { error: { code: -32020 } }]);
      }
      // The server gets its own.
      const [sent] = asked(method);
      expect(sent!.headers['mcp-name']).toBe(name.replace(/^gatehouse:\/\/new\/|^new_/, ''));
    }
  });

  it('MCP 2026-07-28, Caching: what is read is for the caller alone, as long as the server says', async () => {
    const uri = here('new', 'memo://a');
    const contents = [{ uri: 'memo://a', text: 'x' }];
    answering({ 'resources/read': { result: { contents, ttlMs: 5_000, cacheScope: 'public' } } });
    const got = await stateless('resources/read', { uri }, { 'mcp-name': uri });
    expect(await got.json()).toMatchObject({
      result: { resultType: 'complete', ttlMs: 5_000, cacheScope: 'private', contents: [{ uri, text: 'x' }] },
    });
    const before = await post(url, rpc('resources/read', { uri }));
    expect(await before.json()).toEqual({
      jsonrpc: '2.0',
      id: 1,
      result: { contents: [{ uri, text: 'x' }] },
    });
  });

  it('MCP 2026-07-28, Error Codes: −32002 and −32042 are of the versions before', async () => {
    const uri = 'gatehouse://nobody/file:///a';
    const got = await stateless('resources/read', { uri }, { 'mcp-name': uri });
    expect([got.status, await got.json()]).toMatchObject([200, { error: { code: -32602, data: { uri } } }]);
    const before = await post(url, rpc('resources/read', { uri }));
    expect(await before.json()).toMatchObject({ error: { code: -32002, data: { uri } } });
    answering({ 'resources/read': { error: { code: -32002, message: 'Resource not found' } } });
    const own = here('new', 'memo://a');
    const passed = await stateless('resources/read', { uri: own }, { 'mcp-name': own });
    expect(await passed.json()).toMatchObject({ error: { code: -32602, message: 'Resource not found' } });
    answering({ 'resources/read': { error: { code: -32042, message: 'Sign in' } } });
    const asking = await stateless('resources/read', { uri: own }, { 'mcp-name': own });
    expect(await asking.json()).toMatchObject({ error: { code: -32000, message: 'Sign in' } });
  });
});

describe('one server and the URIs of another', () => {
  it.each([
    ['of no server', 'file:///notes/today.txt'],
    ['of an empty name', 'gatehouse:///file:///notes/today.txt'],
    ['without a URI', 'gatehouse://new/'],
    ['with no scheme behind the name', 'gatehouse://new/notes/today.txt'],
    ['with another case', 'GATEHOUSE://new/file:///notes/today.txt'],
    ['with a user', 'gatehouse://old@new/file:///notes/today.txt'],
    ['with a port', 'gatehouse://new:80/file:///notes/today.txt'],
    ['with an encoded name', 'gatehouse://n%65w/file:///notes/today.txt'],
    ['with a path that leads out', 'gatehouse://old/../new/file:///notes/today.txt'],
    ['with an encoded one', 'gatehouse://old/file:///%2e%2e/%2e%2e/new/file:///a'],
  ])('a URI %s is read by nobody', async (_, uri) => {
    const got = await post(url, rpc('resources/read', { uri }));
    expect(await got.json()).toMatchObject({ error: { code: -32002 } });
    expect(asked('resources/read')).toEqual([]);
  });

  it('a URI of a server is asked of that server alone, as it calls it', async () => {
    await post(url, rpc('resources/read', { uri: here('old', 'gatehouse://new/file:///a') }));
    const received = servers.map((one) => one.received.map(({ message }) => message.params!.uri));
    expect(received).toEqual([[], ['gatehouse://new/file:///a'], [], []]);
  });

  it('a server that names a resource of another one names its own', async () => {
    const stolen = here('old', 'file:///notes/today.txt');
    answering({
      'resources/list': { result: { resources: [{ uri: stolen, name: 'mine' }] } },
      'resources/templates/list': { result: { resourceTemplates: [{ uriTemplate: stolen, name: 'mine' }] } },
      'resources/read': { result: { contents: [{ uri: stolen, text: 'false' }] } },
      'prompts/list': { result: { prompts: [{ name: 'old_greet' }] } },
      'prompts/get': {
        result: { messages: [{ role: 'user', content: { type: 'resource_link', uri: stolen, name: 'x' } }] },
      },
    });
    const ask = async (method: string, params: object = {}) =>
      ((await (await post(`${gateway.url}/alone`, rpc(method, params))).json()) as { result: unknown })
        .result;
    const uri = here('new', stolen);
    expect(await ask('resources/list')).toEqual({ resources: [{ uri, name: 'mine' }] });
    expect(await ask('resources/templates/list')).toEqual({
      resourceTemplates: [{ uriTemplate: uri, name: 'mine' }],
    });
    expect(await ask('resources/read', { uri: here('new', 'file:///a') })).toEqual({
      contents: [{ uri, text: 'false' }],
    });
    expect(await ask('prompts/list')).toEqual({ prompts: [{ name: 'new_old_greet' }] });
    expect(await ask('prompts/get', { name: 'new_greet' })).toMatchObject({
      messages: [{ content: { uri } }],
    });
  });
});

describe('a server', () => {
  const alone = async (method: string, params: object = {}) => {
    const got = await post(`${gateway.url}/alone`, rpc(method, params));
    return { status: got.status, json: (await got.json()) as { result?: Record<string, unknown[]> } };
  };

  it('MCP, Capabilities: need not have resources, prompts or tools', async () => {
    answering({});
    expect((await alone('resources/list')).json.result).toEqual({ resources: [] });
    expect((await alone('resources/templates/list')).json.result).toEqual({ resourceTemplates: [] });
    expect((await alone('prompts/list')).json.result).toEqual({ prompts: [] });
    expect((await alone('tools/list')).json.result).toEqual({ tools: [] });
    // It is as new as before: the version is not asked for again.
    expect(asked('server/discover')).toEqual([]);
  });

  it('that fails keeps the resources of others from nobody', async () => {
    servers[0]!.instead = (_, response) => void response.writeHead(500).end();
    const got = await post(url, rpc('resources/list'));
    const { result } = (await got.json()) as { result: { resources: unknown[] } };
    expect(result.resources).toHaveLength(6);
    expect((await alone('resources/list')).status).toBe(502);
    expect((await alone('resources/read', { uri: here('new', 'file:///a') })).status).toBe(502);
  });

  it('that lists what no client could read loses that alone', async () => {
    answering({
      'resources/list': {
        result: {
          resources: [
            { uri: 'memo://a', name: 'a' },
            { uri: 'memo://b' },
            { name: 'c' },
            { uri: 'no uri', name: 'd' },
            { uri: 'memo://x/../y', name: 'e' },
            'x',
          ],
        },
      },
      'prompts/list': {
        result: { prompts: [{ name: 'a' }, { name: 'b c' }, { name: 'd', arguments: 1 }, {}] },
      },
    });
    expect((await alone('resources/list')).json.result!.resources).toHaveLength(1);
    expect((await alone('prompts/list')).json.result!.prompts).toHaveLength(1);
  });

  it.each([
    ['resources/read', { uri: here('new', 'file:///a') }, { contents: 'x' }],
    ['prompts/get', { name: 'new_greet' }, { messages: {} }],
  ])('that answers %s with something else is not understood: 502', async (method, params, result) => {
    answering({ [method]: { result } });
    expect((await alone(method, params)).status).toBe(502);
  });

  it('lists come in pages', async () => {
    const resources = Array.from({ length: 300 }, (_, i) => ({ uri: `memo://${1_000 + i}`, name: 'x' }));
    answering({ 'resources/list': { result: { resources } } });
    const first = (await alone('resources/list')).json.result!;
    const second = (await alone('resources/list', { cursor: first.nextCursor })).json.result!;
    expect([first.resources!.length, second.resources!.length, second.nextCursor]).toEqual([
      250,
      50,
      undefined,
    ]);
    expect(second.resources![0]).toMatchObject({ uri: here('new', 'memo://1250') });
  });
});
