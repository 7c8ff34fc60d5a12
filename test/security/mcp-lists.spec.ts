import type { LoneGateway } from '../gateway/lone-gateway.js';
import {
  type AnyClient,
  handshakeClient,
  post,
  startMcpGateway,
  statelessClient,
} from '../mcp/mcp-gateway.js';
import { type RunningServer, startStatelessServer } from '../mcp/mcp-servers.js';

/** A server of a list is not trusted with the lists of the others. */
let gateway: LoneGateway;
let good: RunningServer;
let hostile: RunningServer;

beforeAll(async () => {
  [good, hostile, gateway] = await Promise.all([
    startStatelessServer('good'),
    startStatelessServer('hostile'),
    startMcpGateway(),
  ]);
  await gateway.add('mcp-servers', { name: 'good', url: good.url });
  await gateway.add('mcp-servers', { name: 'hostile', url: hostile.url, max_answer: 100_000 });
  await gateway.addRoute({
    name: 'both',
    match: { paths: ['/both'] },
    mcp: { servers: ['good', 'hostile'] },
  });
  await gateway.addRoute({ name: 'alone', match: { paths: ['/alone'] }, mcp: { servers: ['hostile'] } });
});
afterAll(async () => {
  await gateway?.stop();
  await Promise.all([good, hostile].map((one) => one?.stop()));
});
beforeEach(() => void (hostile.received.length = 0));

type Page = (cursor: string | undefined) => object;

/** What the hostile server has, by the method that lists it. */
function has(pages: Record<string, Page | string>): void {
  hostile.instead = (_, response, body) => {
    const { id, method, params } = JSON.parse(body) as {
      id: unknown;
      method: string;
      params: { cursor?: string };
    };
    const page = pages[method];
    const text = typeof page === 'string' ? page : JSON.stringify(page?.(params.cursor) ?? {});
    const result = method === 'server/discover' ? '{"supportedVersions":["2026-07-28"]}' : text;
    response
      .setHeader('content-type', 'application/json')
      .end(`{"jsonrpc":"2.0","id":${JSON.stringify(id)},"result":${result}}`);
  };
}

const list = async (path: string, method = 'tools/list') => {
  const got = await post(`${gateway.url}/${path}`, { jsonrpc: '2.0', id: 1, method });
  return { status: got.status, json: (await got.json()) as { result?: { tools: { name: string }[] } } };
};
const namesOf = async (path: string) => (await list(path)).json.result!.tools.map(({ name }) => name);
const asked = () => hostile.received.filter(({ message }) => message.method === 'tools/list').length;

const inputSchema = { type: 'object' };
/** Members of a type that the specification does not have for them. */
const DESCRIBED = [
  { title: 1 },
  { description: null },
  { icons: [{ src: 5 }] },
  { _meta: [] },
  { annotations: 'none' },
];

describe.each([
  ['2026-07-28', statelessClient],
  ['2025-11-25', handshakeClient],
] as const)('a client of %s', (_, connect) => {
  it('reads the lists of all others, whatever a server writes into its own', async () => {
    const named = <Item>(items: Item[]) => items.map((one, index) => ({ name: `n${index}`, ...one }));
    has({
      'tools/list': () => ({
        tools: named([
          ...DESCRIBED.map((one) => ({ inputSchema, ...one })),
          { inputSchema, annotations: { readOnlyHint: 'yes' } },
          { inputSchema, outputSchema: 1 },
          { inputSchema, outputSchema: { type: 'object', properties: 1, $schema: 7 } },
          { inputSchema: { type: 'object', properties: [] } },
          { inputSchema: { type: 'object', required: 'all' } },
          { inputSchema, execution: 'soon' },
        ]),
      }),
      'resources/list': () => ({
        resources: named([...DESCRIBED, { size: 'big' }, { mimeType: 1 }, { name: 1 }]).map((one, index) => ({
          ...one,
          uri: `memo://${index}`,
        })),
      }),
      'resources/templates/list': () => ({
        resourceTemplates: named([...DESCRIBED, { annotations: { priority: 7 } }]).map((one, index) => ({
          ...one,
          uriTemplate: `memo://${index}/{x}`,
        })),
      }),
      'prompts/list': () => ({
        prompts: named([
          ...DESCRIBED.slice(0, 4),
          { arguments: [{ name: 'a', required: 'yes' }] },
          { arguments: [{ name: 1 }] },
          { arguments: 'none' },
        ]),
      }),
    });
    const client = (await connect(`${gateway.url}/both`)) as unknown as AnyClient;
    const { tools } = await client.listTools();
    const { resources } = await client.listResources();
    const { resourceTemplates } = await client.listResourceTemplates();
    const { prompts } = await client.listPrompts();
    await client.close();
    const counted = (all: { name: string }[], mine: RegExp) =>
      [true, false].map((isMine) => all.filter(({ name }) => mine.test(name) === isMine).length);
    expect(counted(tools, /^hostile_/)).toEqual([9, 8]);
    expect(counted(resources, /^n\d$/)).toEqual([7, 2]);
    expect(counted(resourceTemplates, /^n\d$/)).toEqual([6, 1]);
    expect(counted(prompts, /^hostile_/)).toEqual([5, 1]);
  });
});

describe('a list of a server', () => {
  it('that nests without end is none, and takes no other list with it', async () => {
    const deep = `${'['.repeat(20_000)}${']'.repeat(20_000)}`;
    has({ 'tools/list': `{"tools":[{"name":"a","inputSchema":{"type":"object"},"_meta":{"a":${deep}}}]}` });
    expect(await namesOf('both')).toHaveLength(8);
    expect((await list('alone')).status).toBe(502);
  });

  it('has a name once', async () => {
    const tools = ['a', 'b', 'a'].map((name, index) => ({ name, inputSchema, description: `${index}` }));
    has({ 'tools/list': () => ({ tools }) });
    expect((await list('alone')).json.result!.tools).toMatchObject([
      { name: 'hostile_a', description: '0' },
      { name: 'hostile_b', description: '1' },
    ]);
  });

  it('ends where a cursor comes again', async () => {
    has({
      'tools/list': (cursor) => ({ tools: [{ name: `t${cursor}`, inputSchema }], nextCursor: 'again' }),
    });
    expect(await namesOf('alone')).toEqual(['hostile_tagain', 'hostile_tundefined']);
    expect(asked()).toBe(2);
  });

  it('is bounded over all of its pages', async () => {
    const description = 'x'.repeat(40_000);
    has({
      'tools/list': (cursor = '0') => ({
        tools: [{ name: `t${cursor}`, inputSchema, description }],
        nextCursor: String(Number(cursor) + 1),
      }),
    });
    expect((await list('alone')).status).toBe(502);
    expect(asked()).toBe(3);
    expect(await namesOf('both')).toHaveLength(8);
  });

  it('is bounded in its number', async () => {
    has({ 'tools/list': `{"tools":[${Array.from({ length: 10_001 }, () => '{}').join()}]}` });
    expect((await list('alone')).status).toBe(502);
  });
});
