import type { LoneGateway } from '../gateway/lone-gateway.js';
import { putIssuers, TestIssuer } from '../gateway/token-issuer.js';
import {
  type AnyClient,
  callTool,
  handshakeClient,
  post,
  startMcpGateway,
  statelessClient,
} from './mcp-gateway.js';
import { type Shop, SHOP_DOCUMENT, startShop } from './shop-api.js';

const SECRET = 'Bearer shop-secret-0123456789';

let gateway: LoneGateway;
let issuer: TestIssuer;
let shop: Shop;
let url: string;
let headers: Record<string, string>;

const operations = [
  { operation: 'listOrders' },
  { operation: 'get order!', structured: true },
  { operation: 'DELETE /order/{id}', name: 'delete_order', description: 'Takes an order back' },
  { operation: 'GET /order/{id}', name: 'short', select: ['/state', '/lines/*/sku'] },
  { operation: 'odd', structured: true },
  { operation: 'create' },
  ...[
    'missing',
    'broken',
    'unauthorized',
    'nothing',
    'huge',
    'picture',
    'archive',
    'movie',
    'endless',
    'elsewhere',
  ].map((operation) => ({ operation })),
];

beforeAll(async () => {
  shop = await startShop();
  [gateway, issuer] = await Promise.all([startMcpGateway(), TestIssuer.start()]);
  url = `${gateway.url}/mcp`;
  await putIssuers(gateway, { name: 'test', issuer: issuer.url });
  await gateway.add('apis', { name: 'shop', state: 'published', policies: [] });
  await gateway.add('mcp-servers', {
    name: 'shop',
    url: shop.url,
    auth: { type: 'header', value: SECRET },
    openapi: { document: SHOP_DOCUMENT, operations, max_result: 1_000 },
    tools: {
      rules: [
        { tools: ['delete_order'], scopes: ['orders:write'] },
        { tools: ['nothing'], limits: [{ by: 'user', limit: 1, window: 60 }] },
      ],
    },
    timeouts: { answer: 1 },
  });
  await gateway.addRoute({
    name: 'mcp',
    match: { paths: ['/mcp'] },
    mcp: { servers: ['shop'] },
    guards: [{ type: 'access_token', audience: url, issuers: ['test'] }],
  });
  headers = { authorization: `Bearer ${await issuer.token({ aud: url, scope: '', sub: 'ada' })}` };
});
afterAll(async () => {
  await gateway?.stop();
  await issuer?.stop();
  await shop?.stop();
});
beforeEach(() => void (shop.received.length = 0));

interface Result {
  readonly content: readonly Record<string, unknown>[];
  readonly structuredContent?: unknown;
  readonly isError?: boolean;
}

async function call(name: string, args: object = {}): Promise<Result> {
  const got = await callTool(url, `shop_${name}`, headers, { arguments: args });
  return ((await got.json()) as { result: Result }).result;
}
const textsOf = ({ content }: Result) => content.map(({ text }) => text as string);

describe.each([
  ['@modelcontextprotocol/client 2.4 (2026-07-28)', statelessClient],
  ['@modelcontextprotocol/sdk 1.32 (2025-11-25)', handshakeClient],
] as const)('operations of an API as tools: %s', (_, connect) => {
  let client: AnyClient;
  beforeAll(async () => {
    client = (await connect(url, headers)) as unknown as AnyClient;
  });
  afterAll(() => client?.close());

  it('have names, descriptions, one schema of all that is sent, and hints by their method', async () => {
    const { tools } = await client.listTools();
    const named = (name: string) => tools.find((one) => one.name === `shop_${name}`) as unknown;
    expect(named('listOrders')).toMatchObject({
      description: 'Orders of the shop',
      annotations: { readOnlyHint: true },
      inputSchema: { type: 'object', additionalProperties: false },
    });
    const { properties } = (named('listOrders') as { inputSchema: { properties: object } }).inputSchema;
    expect(Object.keys(properties)).toEqual([
      'state',
      'tags',
      'ids',
      'filter',
      'more',
      'X-Tenant',
      'X-Api-Key',
      'theme',
      'header_state',
    ]);
    expect(named('get_order')).toMatchObject({
      inputSchema: { required: ['id'], properties: { id: { type: 'string', description: 'Of the order' } } },
      outputSchema: { type: 'object', required: ['id'] },
    });
    expect(named('create')).toMatchObject({
      annotations: { readOnlyHint: false, destructiveHint: true, idempotentHint: false },
      inputSchema: { required: ['body'], properties: { body: { required: ['lines'] } } },
    });
    expect(JSON.stringify(named('create'))).not.toMatch(/components|"readOnly"/);
  });

  it('are all that there is: of resources and prompts it has none, and says so', async () => {
    expect(client.getServerCapabilities()).toEqual({ tools: {} });
    const got = await post(url, { jsonrpc: '2.0', id: 1, method: 'resources/list' }, headers);
    expect(await got.json()).toMatchObject({ error: { code: -32601 } });
  });

  it('are called with what the client checks by the schema, and get the answer as text and as structure', async () => {
    await client.listTools();
    const result = (await client.callTool({
      name: 'shop_get_order',
      arguments: { id: '7' },
    })) as unknown as Result;
    expect(result.structuredContent).toMatchObject({ id: 7, state: 'open' });
    expect(JSON.parse(textsOf(result)[0]!)).toEqual(result.structuredContent);
  });
});

describe('operations of an API as tools: a call', () => {
  it('OpenAPI 3.1 §4.8.12.3: each parameter is where it belongs, in its style', async () => {
    await call('listOrders', {
      state: 'open',
      tags: ['a b', 'c&d=e'],
      ids: [1, 2],
      filter: { 'sku[]': 'x#' },
      'X-Tenant': 'north',
      theme: 'dark; admin=1',
      header_state: 'other',
    });
    const [{ url: sent, headers: fields }] = shop.received as [(typeof shop.received)[number]];
    expect(sent).toBe('/v1/orders?state=open&tags=a%20b&tags=c%26d%3De&ids=1%202&filter%5Bsku%5B%5D%5D=x%23');
    expect(fields).toMatchObject({
      'x-tenant': 'north',
      state: 'other',
      cookie: 'theme=dark%3B%20admin%3D1',
    });
  });

  it('sends the body as JSON, by the schema for requests', async () => {
    const lines = [{ sku: 'a', parts: [{ sku: 'b' }] }];
    const made = await call('create', { body: { lines } });
    expect(JSON.parse(textsOf(made)[0]!)).toEqual({ got: { lines } });
    expect(shop.received[0]).toMatchObject({
      method: 'POST',
      headers: { 'content-type': 'application/json' },
    });
  });

  it('MCP 2025-11-25, Error Handling: arguments that are not as the schema says are a result, and nothing is sent', async () => {
    for (const args of [{}, { body: { lines: [{ sku: 1 }] } }, { body: { lines: [] }, url: 'http://evil' }]) {
      const result = await call('create', args);
      expect(result.isError).toBe(true);
      expect(textsOf(result)[0]).toMatch(/^The arguments cannot be used: \//);
    }
    expect(shop.received).toEqual([]);
  });

  it("shows the API the gateway's own credentials, and nothing of the caller", async () => {
    await call('nothing');
    const { authorization, cookie } = shop.received[0]!.headers;
    expect([authorization, cookie]).toEqual([SECRET, undefined]);
    expect(JSON.stringify(shop.received[0])).not.toContain(headers.authorization!.slice(7, 60));
  });

  it('is limited and needs scopes as any tool', async () => {
    const again = await callTool(url, 'shop_nothing', headers);
    expect(again.status).toBe(429);
    const list = await post(url, { jsonrpc: '2.0', id: 1, method: 'tools/list' }, headers);
    expect(await list.text()).not.toContain('delete_order');
    expect((await callTool(url, 'shop_delete_order', headers, { arguments: { id: '1' } })).status).toBe(403);
    expect(shop.received).toEqual([]);
  });
});

describe('operations of an API as tools: a result', () => {
  it('has what is selected, and nothing else', async () => {
    expect(JSON.parse(textsOf(await call('short', { id: '7' }))[0]!)).toEqual({
      state: 'open',
      lines: [{ sku: 'a' }],
    });
  });

  it('is cut at max_result, between characters, and says so', async () => {
    const { content, isError } = await call('huge');
    const [kept, note] = content.map(({ text }) => text as string);
    expect([Buffer.byteLength(kept!), isError]).toEqual([1_000, undefined]);
    expect(kept).not.toContain('\uFFFD');
    expect(note).toBe('The answer was cut here: it has 4000 bytes, of which these are the first 1000.');
  });

  it('is an error where the API answers another status than 2xx: with its text, without the secret, cut', async () => {
    const missing = await call('missing');
    expect([missing.isError, textsOf(missing)[0]]).toEqual([true, 'The API answered 404.']);
    expect(textsOf(missing)[1]).toContain('no such order');
    expect(JSON.stringify(missing)).not.toContain('shop-secret');
    const broken = await call('broken');
    expect(textsOf(broken)[0]).toBe('The API answered 500.');
    expect(textsOf(broken)).toHaveLength(3);
    expect(textsOf(await call('elsewhere'))).toEqual(['The API answered 302.']);
  });

  it('MCP, Output Schema: an answer that is not as promised is an error', async () => {
    const odd = await call('odd', { id: '7' });
    expect([odd.isError, odd.structuredContent]).toEqual([true, undefined]);
    expect(textsOf(odd)[0]).toContain('/id must be integer');
  });

  it('has pictures and files within the bound, and refuses larger ones', async () => {
    expect((await call('picture')).content).toEqual([
      { type: 'image', mimeType: 'image/png', data: Buffer.from([137, 80, 0]).toString('base64') },
    ]);
    expect((await call('archive')).content).toMatchObject([
      {
        type: 'resource',
        resource: { mimeType: 'application/zip', blob: Buffer.alloc(40, 1).toString('base64') },
      },
    ]);
    expect(await call('movie')).toMatchObject({ isError: true });
  });

  it('is 502 where the API does not take the credentials of the gateway, and 504 where it never ends', async () => {
    expect((await callTool(url, 'shop_unauthorized', headers)).status).toBe(502);
    expect((await callTool(url, 'shop_endless', headers)).status).toBe(504);
  });
});

describe('operations of an API as tools: settings', () => {
  const server = (openapi: object, more: object = {}) => ({ name: 'other', url: shop.url, openapi, ...more });
  const document = SHOP_DOCUMENT;

  it.each([
    [
      'an operation that is none',
      { document, operations: [{ operation: 'nobody' }] },
      '/openapi/operations/0/operation',
    ],
    [
      'a body that no tool can write',
      { document, operations: [{ operation: 'upload' }] },
      '/openapi/operations/0/operation',
    ],
    [
      'two of one name',
      {
        document,
        operations: [
          { operation: 'huge' },
          { operation: 'odd', name: 'huge' },
          { operation: 'create', name: 'huge' },
        ],
      },
      '/openapi/operations/2/name',
    ],
    ['an API that has no document', { api: 'shop', operations: [{ operation: 'huge' }] }, '/openapi/api'],
    [
      'an upstream that is none',
      { document, upstream: 'nobody', operations: [{ operation: 'huge' }] },
      '/openapi/upstream',
    ],
  ])('refuse %s', async (_, openapi, pointer) => {
    await expect(gateway.add('mcp-servers', server(openapi))).rejects.toMatchObject({
      status: 422,
      errors: expect.arrayContaining([expect.objectContaining({ pointer })]) as unknown,
    });
  });

  it('refuse resources and prompts: an API has tools alone', async () => {
    const openapi = { document, operations: [{ operation: 'nothing' }] };
    const more = { resources: { deny: ['*'] }, prompts: { rules: [{ prompts: ['*'], scopes: ['a'] }] } };
    await expect(gateway.add('mcp-servers', server(openapi, more))).rejects.toMatchObject({
      status: 422,
      errors: [
        { pointer: '/resources', detail: 'has no place beside openapi' },
        { pointer: '/prompts', detail: 'has no place beside openapi' },
      ],
    });
  });

  it('refuse a secret for an upstream, which has other targets tomorrow', async () => {
    await gateway.add('upstreams', { name: 'pool', targets: [{ url: shop.url.replace('/v1', '') }] });
    const openapi = { document, upstream: 'pool', operations: [{ operation: 'nothing' }] };
    const auth = { type: 'header', value: SECRET };
    await expect(gateway.add('mcp-servers', server(openapi, { auth }))).rejects.toMatchObject({
      status: 422,
    });
    await gateway.add('mcp-servers', { ...server(openapi), name: 'pooled', url: 'https://shop.invalid/v1' });
    await gateway.addRoute({ name: 'pooled', match: { paths: ['/pooled'] }, mcp: { servers: ['pooled'] } });
    const got = await callTool(`${gateway.url}/pooled`, 'pooled_nothing');
    expect(await got.json()).toMatchObject({
      result: { content: [{ text: 'The API answered 204, without a body.' }] },
    });
  });

  it('take the document of an API of the configuration, as long as that is served', async () => {
    const paths = { '/nothing': SHOP_DOCUMENT.paths['/nothing'] };
    const published = { name: 'kept', state: 'draft', policies: [], document: { openapi: '3.1.0', paths } };
    await gateway.add('apis', published);
    await gateway.add('apis', { ...published, name: 'served', state: 'published' });
    const toolsOf = async (api: string) => {
      await gateway.add('mcp-servers', {
        name: api,
        url: shop.url,
        openapi: { api, operations: [{ operation: 'nothing' }] },
      });
      await gateway.addRoute({ name: api, match: { paths: [`/${api}`] }, mcp: { servers: [api] } });
      const got = await post(`${gateway.url}/${api}`, { jsonrpc: '2.0', id: 1, method: 'tools/list' });
      return ((await got.json()) as { result: { tools: unknown[] } }).result.tools;
    };
    expect(await toolsOf('kept')).toEqual([]);
    expect(await toolsOf('served')).toHaveLength(1);
  });
});
