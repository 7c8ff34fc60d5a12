import http from 'node:http';
import type { LoneGateway } from '../gateway/lone-gateway.js';
import { callTool, post, startMcpGateway } from './mcp-gateway.js';
import { type RunningServer, startStatelessServer } from './mcp-servers.js';

let gateway: LoneGateway;
let server: RunningServer;
let url: string;

beforeAll(async () => {
  [server, gateway] = await Promise.all([startStatelessServer('one'), startMcpGateway()]);
  await gateway.add('mcp-servers', { name: 'one', url: server.url });
  await gateway.addRoute({
    name: 'mcp',
    match: { paths: ['/mcp'] },
    mcp: {
      servers: ['one'],
      instructions: 'Echo first',
      origins: ['https://app.example.com'],
      max_body: 2_000,
    },
  });
  url = `${gateway.url}/mcp`;
});
afterAll(async () => {
  await gateway?.stop();
  await server?.stop();
});
beforeEach(() => void (server.received.length = 0));

const VERSIONS = ['2026-07-28', '2025-11-25', '2025-06-18'];
const META = {
  'io.modelcontextprotocol/protocolVersion': '2026-07-28',
  'io.modelcontextprotocol/clientCapabilities': {},
};
const rpc = (method: string, params?: object, id: unknown = 1) => ({ jsonrpc: '2.0', id, method, params });
const stateless = (method: string, params: object = {}, headers: Record<string, string> = {}) =>
  post(url, rpc(method, { _meta: META, ...params }), {
    'mcp-protocol-version': '2026-07-28',
    'mcp-method': method,
    ...headers,
  });

async function errorOf(answer: Promise<Response>): Promise<[status: number, code: number | undefined]> {
  const got = await answer;
  return [got.status, ((await got.json()) as { error?: { code: number } }).error?.code];
}

describe('MCP 2025-11-25 and 2025-06-18, Lifecycle', () => {
  it.each([
    ['2025-11-25', '2025-11-25'],
    ['2025-06-18', '2025-06-18'],
    ['2024-11-05', '2025-11-25'],
    ['2026-07-28', '2025-11-25'],
  ])('initialize of %s gets %s', async (asked, given) => {
    const params = { protocolVersion: asked, capabilities: {}, clientInfo: { name: 'x', version: '1' } };
    const got = await fetch(url, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(rpc('initialize', params)),
    });
    expect(got.headers.get('mcp-session-id')).toMatch(/^[0-9a-f-]{36}$/);
    expect(await got.json()).toMatchObject({
      jsonrpc: '2.0',
      id: 1,
      result: {
        protocolVersion: given,
        capabilities: { tools: {}, resources: {}, prompts: {}, completions: {}, logging: {} },
        instructions: 'Echo first',
      },
    });
  });

  it('ping is answered, notifications are accepted', async () => {
    expect(await (await post(url, rpc('ping', undefined, 'abc'))).json()).toEqual({
      jsonrpc: '2.0',
      id: 'abc',
      result: {},
    });
    const told = await post(url, { jsonrpc: '2.0', method: 'notifications/initialized' });
    expect([told.status, await told.text()]).toEqual([202, '']);
  });

  it('§Transports: a version that is not spoken gets 400', async () => {
    const got = await post(url, rpc('ping'), { 'mcp-protocol-version': '2024-11-05' });
    expect([got.status, await got.json()]).toMatchObject([
      400,
      { error: { code: -32022, data: { supported: VERSIONS } } },
    ]);
  });

  it('methods that there are not are said so', async () => {
    for (const method of ['resources/subscribe', 'server/discover', 'tasks/list', 'constructor']) {
      expect(await errorOf(post(url, rpc(method)))).toEqual([200, -32601]);
    }
  });
});

describe('MCP 2026-07-28', () => {
  it('OpenTelemetry trace context: goes on as it came where the gateway is of no trace itself', async () => {
    const trace = {
      traceparent: '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01',
      tracestate: 'vendor=1',
      baggage: 'user=1',
    };
    await stateless(
      'tools/call',
      { name: 'one_whoami', arguments: {}, _meta: { ...META, ...trace } },
      { 'mcp-name': 'one_whoami' },
    );
    const called = server.received.find(({ message }) => message.method === 'tools/call')!;
    expect(called.message.params!._meta).toMatchObject(trace);
  });

  it.each(['Mcp-Name', 'Mcp-Method', 'MCP-Protocol-Version'])(
    '§Standard Request Headers: %s twice may say two things to two readers: 400',
    async (field) => {
      const fields: Record<string, string | string[]> = {
        'Content-Type': 'application/json',
        'MCP-Protocol-Version': '2026-07-28',
        'Mcp-Method': 'tools/call',
        'Mcp-Name': 'one_whoami',
      };
      const headers = { ...fields, [field]: [fields[field] as string, 'other'] };
      const params = { name: 'one_whoami', arguments: {}, _meta: META };
      const status = await new Promise<number>((resolve, reject) => {
        const request = http.request(url, { method: 'POST', headers }, (answer) => {
          answer.resume();
          resolve(answer.statusCode!);
        });
        request.on('error', reject).end(JSON.stringify(rpc('tools/call', params)));
      });
      expect(status).toBe(400);
      expect(server.received).toEqual([]);
    },
  );

  it('server/discover tells versions and capabilities', async () => {
    expect(await (await stateless('server/discover')).json()).toMatchObject({
      result: {
        resultType: 'complete',
        supportedVersions: VERSIONS,
        capabilities: { tools: {}, resources: {}, prompts: {}, completions: {}, logging: {} },
        instructions: 'Echo first',
        ttlMs: 0,
        cacheScope: 'private',
        _meta: { 'io.modelcontextprotocol/serverInfo': { name: 'gatehouse' } },
      },
    });
  });

  it.each(['initialize', 'ping', 'logging/setLevel', 'resources/subscribe', 'subscriptions/listen'])(
    'there is no %s: 404',
    async (method) => {
      expect(await errorOf(stateless(method))).toEqual([404, -32601]);
    },
  );

  it.each<[string, number, () => Promise<Response>]>([
    [
      'the version is missing in the header',
      -32020,
      () => stateless('tools/list', {}, { 'mcp-protocol-version': '2025-11-25' }),
    ],
    ['the version is missing in the body', -32602, () => stateless('tools/list', { _meta: {} })],
    [
      'the capabilities are missing',
      -32602,
      () =>
        stateless('tools/list', {
          _meta: { ...META, 'io.modelcontextprotocol/clientCapabilities': undefined },
        }),
    ],
    ['Mcp-Method says another method', -32020, () => stateless('tools/list', {}, { 'mcp-method': 'ping' })],
    ['Mcp-Name is missing', -32020, () => stateless('tools/call', { name: 'one_echo' })],
    [
      'Mcp-Name says another tool',
      -32020,
      () => stateless('tools/call', { name: 'one_echo' }, { 'mcp-name': 'one_whoami' }),
    ],
    [
      'Mcp-Name is badly encoded',
      -32020,
      () => stateless('tools/call', { name: 'one_echo' }, { 'mcp-name': '=?base64?*?=' }),
    ],
  ])('Standard Request Headers: %s: 400 and %i', async (_, code, ask) => {
    expect(await errorOf(ask())).toEqual([400, code]);
    expect(server.received).toEqual([]);
  });

  it('Mcp-Name may be encoded; a version of the future is refused', async () => {
    const encoded = `=?base64?${Buffer.from('one_whoami').toString('base64')}?=`;
    const got = await stateless('tools/call', { name: 'one_whoami' }, { 'mcp-name': encoded });
    expect(await got.json()).toMatchObject({
      result: { resultType: 'complete', content: [{ text: 'one' }] },
    });
    const _meta = { ...META, 'io.modelcontextprotocol/protocolVersion': '2099-01-01' };
    const future = stateless('tools/list', { _meta }, { 'mcp-protocol-version': '2099-01-01' });
    expect(await errorOf(future)).toEqual([400, -32022]);
  });

  it('the server is told who the gateway is, and what the caller can do', async () => {
    const capabilities = { elicitation: { form: {} } };
    const _meta = {
      ...META,
      'io.modelcontextprotocol/clientCapabilities': capabilities,
      'io.modelcontextprotocol/clientInfo': { name: 'of the caller', version: '1' },
      'example.com/own': 1,
    };
    await stateless(
      'tools/call',
      { name: 'one_echo', _meta },
      { 'mcp-name': 'one_echo', 'mcp-param-region': 'eu' },
    );
    const { headers, message } = server.received.find((one) => one.message.method === 'tools/call')!;
    expect(headers).toMatchObject({
      'mcp-name': 'echo',
      'mcp-method': 'tools/call',
      'mcp-param-region': 'eu',
    });
    expect(message.params).toMatchObject({
      name: 'echo',
      _meta: {
        'io.modelcontextprotocol/clientCapabilities': capabilities,
        'io.modelcontextprotocol/clientInfo': { name: 'gatehouse' },
        'example.com/own': 1,
      },
    });
  });

  it('Multi Round-Trip Requests: what a server asks for goes to the caller, and its answer back', async () => {
    const asked = {
      resultType: 'input_required',
      inputRequests: { a: { method: 'elicitation/create', params: {} } },
      requestState: 's',
    };
    server.instead = (_, response, body) => {
      const { id } = JSON.parse(body) as { id: unknown };
      response
        .setHeader('content-type', 'application/json')
        .end(JSON.stringify({ jsonrpc: '2.0', id, result: asked }));
    };
    const got = await stateless('tools/call', { name: 'one_echo' }, { 'mcp-name': 'one_echo' });
    expect(await got.json()).toMatchObject({ result: asked });
    const answered = { name: 'one_echo', requestState: 's', inputResponses: { a: { action: 'accept' } } };
    await stateless('tools/call', answered, { 'mcp-name': 'one_echo' });
    expect(server.received.at(-1)!.message.params).toMatchObject({ ...answered, name: 'echo' });
    // Whoever speaks an older version could not be asked.
    expect((await callTool(url, 'one_echo')).status).toBe(502);
    server.instead = undefined;
  });
});

describe('JSON-RPC 2.0: one message, and a whole one', () => {
  it.each<[string, number, unknown]>([
    ['no JSON', -32700, '{'],
    ['no UTF-8', -32700, '"\xFF'],
    ['nothing', -32700, ''],
    ['a batch', -32600, [rpc('ping'), rpc('ping')]],
    ['an empty batch', -32600, []],
    ['a number', -32600, 1],
    ['another version', -32600, { ...rpc('ping'), jsonrpc: '1.0' }],
    ['no method', -32600, { jsonrpc: '2.0', id: 1 }],
    ['a member twice', -32600, '{"jsonrpc":"2.0","id":1,"method":"ping","params":{},"method":"tools/call"}'],
    [
      'a member of the arguments twice',
      -32600,
      '{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"one_echo","arguments":{"value":"a","value":"b"}}}',
    ],
    ['an answer', -32600, { jsonrpc: '2.0', id: 1, result: {} }],
    ['null for an id', -32600, rpc('ping', {}, null)],
    ['an id with a fraction', -32600, rpc('ping', {}, 1.5)],
    ['a list for params', -32600, rpc('ping', [])],
  ])('%s: 400 and %i', async (_, code, body) => {
    const sent =
      body === '"\xFF'
        ? Buffer.from('22ff22', 'hex')
        : typeof body === 'string'
          ? body
          : JSON.stringify(body);
    const got = fetch(url, { method: 'POST', headers: { 'content-type': 'application/json' }, body: sent });
    expect(await errorOf(got)).toEqual([400, code]);
  });

  it('more than max_body: 413', async () => {
    const got = await callTool(url, 'one_echo', {}, { arguments: { value: 'x'.repeat(3_000) } });
    expect(got.status).toBe(413);
  });

  it('CVE-2025-66414: no page of another origin may call (DNS rebinding)', async () => {
    expect((await post(url, rpc('ping'), { origin: 'https://evil.example' })).status).toBe(403);
    expect((await post(url, rpc('ping'), { origin: 'null' })).status).toBe(403);
    expect((await post(url, rpc('ping'), { origin: 'https://app.example.com' })).status).toBe(200);
    expect((await post(url, rpc('ping'), { origin: gateway.url })).status).toBe(200);
  });

  it('CVE-2025-66414: nor one whose own name leads here by now; a host of the route is no such name', async () => {
    await gateway.addRoute({
      name: 'named',
      match: { paths: ['/mcp'], hosts: ['*.tools.example'] },
      mcp: { servers: ['one'] },
    });
    const statusAt = (host: string) =>
      new Promise<number>((resolve, reject) => {
        const headers = { host, origin: `http://${host}`, 'content-type': 'application/json' };
        const request = http.request(url, { method: 'POST', headers }, (answer) => {
          answer.resume();
          resolve(answer.statusCode!);
        });
        request.on('error', reject).end(JSON.stringify(rpc('ping')));
      });
    const { port } = gateway;
    expect(await statusAt(`rebound.evil.example:${port}`)).toBe(403);
    expect(await statusAt(`127.0.0.1.evil.example`)).toBe(403);
    for (const host of [`localhost:${port}`, `[::1]:${port}`, 'a.tools.example']) {
      expect(await statusAt(host)).toBe(200);
    }
  });

  it.each(['text/plain', 'application/x-www-form-urlencoded', ''])(
    'a body of the type %j: 415',
    async (type) => {
      const body = new Blob([JSON.stringify(rpc('ping'))], { type });
      const headers: Record<string, string> = type === '' ? {} : { 'content-type': type };
      expect((await fetch(url, { method: 'POST', headers, body })).status).toBe(415);
    },
  );

  it.each(['GET', 'DELETE', 'PUT'])('%s: 405', async (method) => {
    const got = await fetch(url, { method, headers: { accept: 'text/event-stream' } });
    expect([got.status, got.headers.get('allow')]).toEqual([405, 'POST']);
  });
});

describe('tools/list', () => {
  it('comes in pages, and passes over what no client could read', async () => {
    const inputSchema = { type: 'object' };
    const many = Array.from({ length: 600 }, (_, i) => ({
      name: `t${String(i).padStart(3, '0')}`,
      inputSchema,
    }));
    const odd = [{ name: 'no-schema' }, { name: 'with space', inputSchema }, { inputSchema }, 'x', null];
    server.instead = (_, response, body) => {
      const { id, params } = JSON.parse(body) as { id: unknown; params: { cursor?: string } };
      const page =
        params.cursor === undefined
          ? { tools: many.slice(0, 400), nextCursor: '2' }
          : { tools: [...many.slice(400), ...odd] };
      response
        .setHeader('content-type', 'application/json')
        .end(JSON.stringify({ jsonrpc: '2.0', id, result: page }));
    };
    const names: string[] = [];
    const sizes: number[] = [];
    let cursor: string | undefined;
    do {
      const got = await post(url, rpc('tools/list', cursor === undefined ? {} : { cursor }));
      const { result } = (await got.json()) as { result: { tools: { name: string }[]; nextCursor?: string } };
      names.push(...result.tools.map(({ name }) => name));
      sizes.push(result.tools.length);
      cursor = result.nextCursor;
    } while (cursor !== undefined);
    server.instead = undefined;
    expect(sizes).toEqual([250, 250, 100]);
    expect(names).toEqual(many.map(({ name }) => `one_${name}`));
    expect(await errorOf(post(url, rpc('tools/list', { cursor: 7 })))).toEqual([200, -32602]);
  });
});
