import type { LoneGateway } from '../gateway/lone-gateway.js';
import { putIssuers, TestIssuer } from '../gateway/token-issuer.js';
import { type AnyClient, handshakeClient, post, startMcpGateway, statelessClient } from './mcp-gateway.js';
import { type RunningServer, startHandshakeServer, startStatelessServer } from './mcp-servers.js';

let gateway: LoneGateway;
let issuer: TestIssuer;
let servers: RunningServer[];
let url: string;

beforeAll(async () => {
  [servers, gateway, issuer] = await Promise.all([
    Promise.all([startStatelessServer('new'), startHandshakeServer('old')]),
    startMcpGateway(),
    TestIssuer.start(),
  ]);
  url = `${gateway.url}/mcp`;
  await putIssuers(gateway, { name: 'test', issuer: issuer.url });
  await gateway.add('mcp-servers', { name: 'new', url: servers[0]!.url });
  await gateway.add('mcp-servers', { name: 'old', url: servers[1]!.url });
  await gateway.add('mcp-servers', {
    name: 'kept',
    url: servers[1]!.url,
    resources: { rules: [{ resources: ['file:///notes/monday.txt'], scopes: ['notes:monday'] }] },
    prompts: { rules: [{ prompts: ['greet'], scopes: ['prompts:use'] }] },
  });
  await gateway.add('mcp-servers', {
    name: 'part',
    url: servers[1]!.url,
    resources: { deny: ['file:///notes/monday.txt'] },
    prompts: { allow: [] },
  });
  await gateway.add('mcp-servers', {
    name: 'all',
    url: servers[1]!.url,
    resources: { rules: [{ resources: ['file:///notes/*'], scopes: ['notes:read'] }] },
  });
  await gateway.addRoute({
    name: 'mcp',
    match: { paths: ['/mcp'] },
    mcp: { servers: ['new', 'old', 'kept', 'part', 'all'] },
    guards: [{ type: 'access_token', audience: url, issuers: ['test'] }],
  });
});
afterAll(async () => {
  await gateway?.stop();
  await issuer?.stop();
  await Promise.all((servers ?? []).map((one) => one.stop()));
});
beforeEach(() => {
  for (const one of servers) {
    one.received.length = 0;
    one.instead = undefined;
  }
});

const bearer = async (scope = '') => ({
  authorization: `Bearer ${await issuer.token({ aud: url, scope, sub: 'ada' })}`,
});
const asked = () =>
  servers
    .flatMap(({ received }) => received)
    .filter(({ message }) => message.method === 'completion/complete')
    .map(({ message }) => message.params!);

const prompt = (name: string) => ({ type: 'ref/prompt' as const, name });
const template = (server: string) => ({
  type: 'ref/resource' as const,
  uri: `gatehouse://${server}/file:///notes/{day}.txt`,
});

async function complete(ref: object, scope = '', more: object = {}) {
  const params = { ref, argument: { name: 'day', value: 't' }, ...more };
  const message = { jsonrpc: '2.0', id: 1, method: 'completion/complete', params };
  const got = await post(url, message, await bearer(scope));
  const json = (await got.json()) as { result?: { completion: { values: string[] } }; error?: object };
  return { status: got.status, error: json.error, values: json.result?.completion.values };
}

describe.each([
  ['@modelcontextprotocol/client 2.4 (2026-07-28)', statelessClient],
  ['@modelcontextprotocol/sdk 1.32 (2025-11-25)', handshakeClient],
] as const)('%s', (_, connect) => {
  let client: AnyClient;
  beforeAll(async () => {
    client = (await connect(url, await bearer())) as unknown as AnyClient;
  });
  afterAll(() => client?.close());

  it.each(['new', 'old'])('gets what %s completes for its prompts and templates', async (name) => {
    const forPrompt = await client.complete({
      ref: prompt(`${name}_greet`),
      argument: { name: 'language', value: 'f' },
    });
    expect(forPrompt.completion.values).toEqual(['french', 'finnish']);
    const forTemplate = await client.complete({ ref: template(name), argument: { name: 'day', value: 't' } });
    expect(forTemplate.completion).toMatchObject({ values: ['tuesday', 'thursday'], hasMore: false });
  });
});

describe('completion/complete', () => {
  it('asks the one server that has it, as that calls it, and passes on nothing else', async () => {
    const context = { arguments: { other: 'x' } };
    const argument = { name: 'language', value: '' };
    await complete({ ...prompt('old_greet'), title: 'x' }, '', { argument, context, other: 1 });
    expect(asked()).toEqual([{ ref: prompt('greet'), argument, context }]);
  });

  it.each([
    ['a prompt of nobody', prompt('nobody')],
    ['a prompt that is not allowed', prompt('part_greet')],
    ['a template of nobody', { type: 'ref/resource', uri: 'file:///notes/{day}.txt' }],
    ['a template that leads elsewhere', { type: 'ref/resource', uri: 'gatehouse://old/file:///../{day}' }],
    ['another type', { type: 'ref/tool', name: 'old_echo' }],
    ['nothing', {}],
  ])('MCP, Completion, Error Handling: of %s is refused', async (_, ref) => {
    expect((await complete(ref)).error).toMatchObject({ code: -32602 });
    expect(asked()).toEqual([]);
  });

  it('of a prompt or a template needs its scopes', async () => {
    expect((await complete(prompt('kept_greet'))).status).toBe(403);
    expect((await complete(template('all'))).status).toBe(403);
    expect(asked()).toEqual([]);
    expect((await complete(template('all'), 'notes:read')).values).toEqual(['tuesday', 'thursday']);
  });

  it('MCP, Completion, Security: tells nothing of a template some of whose resources may not be read', async () => {
    expect((await complete(template('kept'))).values).toEqual([]);
    expect((await complete(template('part'))).values).toEqual([]);
    expect(asked()).toEqual([]);
    expect((await complete(template('kept'), 'notes:monday')).values).toEqual(['tuesday', 'thursday']);
  });

  describe('of a server', () => {
    const answering = (said: object) => {
      servers[1]!.instead = (_, response, body) => {
        const { id } = JSON.parse(body) as { id: unknown };
        response
          .setHeader('content-type', 'application/json')
          .end(JSON.stringify({ jsonrpc: '2.0', id, ...said }));
      };
    };

    it('that completes nothing has no suggestions', async () => {
      answering({ error: { code: -32601, message: 'Method not found' } });
      expect((await complete(prompt('old_greet'))).values).toEqual([]);
    });

    it('MCP, Completion Results: has 100 values at most', async () => {
      const values = Array.from({ length: 150 }, (_, i) => (i === 0 ? 7 : `v${i}`));
      answering({ result: { completion: { values } } });
      const got = await complete(prompt('old_greet'));
      expect([got.values!.length, got.values![0]]).toEqual([100, 'v1']);
    });

    it.each([
      ['something else', { completion: [] }],
      ['MCP 2026-07-28, Multi Round-Trip Requests: a question', { resultType: 'input_required' }],
    ])('that answers %s is not understood: 502', async (_, result) => {
      answering({ result });
      expect((await complete(prompt('old_greet'))).status).toBe(502);
    });
  });
});
