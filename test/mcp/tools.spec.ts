import type { LoneGateway } from '../gateway/lone-gateway.js';
import { type AnyClient, handshakeClient, startMcpGateway, statelessClient } from './mcp-gateway.js';
import {
  type RunningServer,
  startHandshakeServer,
  startSseServer,
  startStatelessServer,
} from './mcp-servers.js';
import { randomUUID } from 'node:crypto';

let gateway: LoneGateway;
let servers: RunningServer[];
let url: string;

beforeAll(async () => {
  servers = await Promise.all([
    startStatelessServer('new'),
    startHandshakeServer('old'),
    startHandshakeServer('held', randomUUID),
    startSseServer('sse'),
  ]);
  gateway = await startMcpGateway();
  for (const [index, name] of ['new', 'old', 'held', 'sse'].entries()) {
    const transport = name === 'sse' ? { transport: 'sse' } : {};
    await gateway.add('mcp-servers', { name, url: servers[index]!.url, ...transport });
  }
  await gateway.addRoute({
    name: 'mcp',
    match: { paths: ['/mcp'] },
    mcp: { servers: ['new', 'old', 'held', 'sse'] },
  });
  url = `${gateway.url}/mcp`;
});
afterAll(async () => {
  await gateway?.stop();
  await Promise.all((servers ?? []).map((one) => one.stop()));
});

describe.each([
  ['@modelcontextprotocol/client 2.4 (2026-07-28)', statelessClient],
  ['@modelcontextprotocol/sdk 1.32 (2025-11-25)', handshakeClient],
] as const)('%s', (_, connect) => {
  let client: AnyClient;
  beforeAll(async () => {
    client = (await connect(url)) as unknown as AnyClient;
  });
  afterAll(() => client?.close());

  it('sees the tools of all servers in one list', async () => {
    const { tools } = await client.listTools();
    const names = tools.map(({ name }) => name);
    expect(names).toEqual([...names].sort());
    expect(names).toHaveLength(32);
    expect(names).toEqual(expect.arrayContaining(['held_whoami', 'new_whoami', 'old_whoami', 'sse_whoami']));
    expect(tools.find(({ name }) => name === 'old_echo')).toMatchObject({
      description: 'echo of old',
      inputSchema: { type: 'object', properties: { value: { type: 'string' } } },
    });
  });

  it.each(['new', 'old', 'held', 'sse'])('calls tools of %s, of whatever version it is', async (who) => {
    const result = await client.callTool({ name: `${who}_whoami` });
    expect(result.content).toEqual([{ type: 'text', text: who }]);
    const echoed = await client.callTool({ name: `${who}_echo`, arguments: { value: 'héllo "world"' } });
    expect(echoed.content).toEqual([{ type: 'text', text: 'héllo "world"' }]);
  });

  it.each(['new', 'old', 'held', 'sse'])('gets the progress of a call of %s', async (who) => {
    const steps: number[] = [];
    const call = client.callTool.bind(client) as unknown as (
      ...args: unknown[]
    ) => Promise<{ content: unknown }>;
    const options = { onprogress: ({ progress }: { progress: number }) => steps.push(progress) };
    const args = connect === statelessClient ? [options] : [undefined, options];
    const { content } = await call({ name: `${who}_steps` }, ...args);
    expect(content).toEqual([{ type: 'text', text: 'done' }]);
    expect(steps).toEqual([1, 2, 3]);
  });

  it('is told of a tool that fails, and of one that is not there', async () => {
    expect(await client.callTool({ name: 'old_fails' })).toMatchObject({ isError: true });
    await expect(client.callTool({ name: 'nobody_tool' })).rejects.toThrow('There is no tool "nobody_tool"');
  });
});
