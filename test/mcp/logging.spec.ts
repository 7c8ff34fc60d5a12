import { randomUUID } from 'node:crypto';
import { type LoneGateway, startReplica } from '../gateway/lone-gateway.js';
import { RedisServer } from '../support/redis-server.js';
import { callTool, handshakeClient, post, startMcpGateway, statelessClient } from './mcp-gateway.js';
import { type RunningServer, startHandshakeServer, startStatelessServer } from './mcp-servers.js';

let gateway: LoneGateway;
let store: RedisServer;
let servers: RunningServer[];
let url: string;

const NAMES = ['new', 'old', 'held'];

beforeAll(async () => {
  servers = await Promise.all([
    startStatelessServer('new'),
    startHandshakeServer('old'),
    startHandshakeServer('held', randomUUID),
  ]);
  store = await RedisServer.start();
  gateway = await startMcpGateway({ REDIS_URL: store.url });
  for (const [index, name] of NAMES.entries()) {
    await gateway.add('mcp-servers', { name, url: servers[index]!.url });
  }
  await gateway.addRoute({ name: 'mcp', match: { paths: ['/mcp'] }, mcp: { servers: NAMES } });
  url = `${gateway.url}/mcp`;
});
afterAll(async () => {
  await gateway?.stop();
  await store?.stop();
  await Promise.all((servers ?? []).map((one) => one.stop()));
});
beforeEach(() => servers.forEach((one) => void (one.received.length = 0)));

/** What is logged of a call without any client. */
async function logged(name: string, headers: Record<string, string>, meta: object = {}, at = url) {
  const got = await callTool(at, `${name}_logs`, headers, { _meta: meta });
  const events = (await got.text()).split('\n').filter((line) => line.startsWith('data: '));
  return events
    .map((line) => JSON.parse(line.slice(6)) as { method?: string; params?: { data: string } })
    .flatMap(({ method, params }) => (method === 'notifications/message' ? [params!.data] : []));
}

const setLevel = async (level: unknown, headers: Record<string, string>) =>
  (await post(url, { jsonrpc: '2.0', id: 1, method: 'logging/setLevel', params: { level } }, headers)).json();

describe('MCP 2025-11-25, Logging', () => {
  it('the client of @modelcontextprotocol/sdk 1.32 hears of each server from the level on that it sets', async () => {
    const client = await handshakeClient(url);
    const heard: unknown[] = [];
    const { LoggingMessageNotificationSchema } = await import('@modelcontextprotocol/sdk/types.js');
    client.setNotificationHandler(
      LoggingMessageNotificationSchema,
      ({ params }) => void heard.push(params.data),
    );
    for (const [level, expected] of [
      ['debug', ['debug', 'warning']],
      ['warning', ['warning']],
      ['critical', []],
    ] as const) {
      await client.setLoggingLevel(level);
      for (const name of NAMES) {
        heard.length = 0;
        await client.callTool({ name: `${name}_logs` });
        expect(heard).toEqual(expected.map((one) => `${one} of ${name}`));
      }
    }
    await client.close();
  });

  it('servers are told: by their session, or in each request', async () => {
    const headers = { 'mcp-session-id': 'told' };
    await setLevel('error', headers);
    for (const name of NAMES) for (let i = 0; i < 2; i++) await logged(name, headers);
    const [stateless, , held] = servers.map(({ received }) => received.map(({ message }) => message));
    const calls = stateless!.filter(({ method }) => method === 'tools/call');
    expect(calls.map(({ params }) => params!._meta)).toEqual(
      Array(2).fill(expect.objectContaining({ 'io.modelcontextprotocol/logLevel': 'error' })),
    );
    const levels = held!.filter(({ method }) => method === 'logging/setLevel');
    expect(levels.map(({ params }) => params)).toEqual([{ level: 'error' }]);
  });

  it('no call fails for a level that its server does not take', async () => {
    const held = servers[2]!;
    held.instead = (_, response, body) => {
      const { id, method } = JSON.parse(body) as { id?: unknown; method: string };
      const results: Record<string, object> = {
        initialize: { protocolVersion: '2025-11-25', capabilities: { logging: {} } },
        'tools/call': { content: [] },
      };
      const result = results[method];
      if (method === 'notifications/initialized') return void response.writeHead(202).end();
      if (!result) return void response.writeHead(400).end();
      response
        .writeHead(200, { 'content-type': 'application/json', 'mcp-session-id': 'x' })
        .end(JSON.stringify({ jsonrpc: '2.0', id, result }));
    };
    const headers = { 'mcp-session-id': 'refused' };
    await setLevel('info', headers);
    const got = await callTool(url, 'held_logs', headers);
    held.instead = undefined;
    expect(await got.json()).toMatchObject({ result: { content: [] } });
    expect(held.received.map(({ message }) => message.method)).toContain('logging/setLevel');
  });

  it('a level is of one session, and of no other', async () => {
    await setLevel('emergency', { 'mcp-session-id': 'quiet' });
    expect(await logged('old', { 'mcp-session-id': 'quiet' })).toEqual([]);
    expect(await logged('old', { 'mcp-session-id': 'other' })).toEqual(['debug of old', 'warning of old']);
    expect(await logged('new', { 'mcp-session-id': 'other' })).toEqual([]);
  });

  it('a level is kept for all replicas', async () => {
    const environment = { REDIS_URL: store.url, GATEHOUSE_ALLOW_PRIVATE_ADDRESSES: 'true' };
    const replica = await startReplica(gateway, environment);
    const headers = { 'mcp-session-id': 'wandering' };
    await setLevel('warning', headers);
    expect(await logged('old', headers, {}, `${replica.url}/mcp`)).toEqual(['warning of old']);
    await replica.stop();
  });

  it('Error Handling: what is no level is refused', async () => {
    for (const level of ['loud', 7, null]) {
      expect(await setLevel(level, { 'mcp-session-id': 'a' })).toMatchObject({ error: { code: -32602 } });
    }
    expect(await setLevel('info', {})).toMatchObject({ error: { code: -32602 } });
  });
});

describe('MCP 2026-07-28, Logging', () => {
  const META = {
    'io.modelcontextprotocol/protocolVersion': '2026-07-28',
    'io.modelcontextprotocol/clientCapabilities': {},
  };
  const headers = (name: string) => ({
    'mcp-protocol-version': '2026-07-28',
    'mcp-method': 'tools/call',
    'mcp-name': `${name}_logs`,
  });
  const at = (name: string, level?: unknown) =>
    logged(name, headers(name), {
      ...META,
      ...(level !== undefined && { 'io.modelcontextprotocol/logLevel': level }),
    });

  it.each(NAMES)('a request that sets no level MUST NOT be told anything of the log of %s', async (name) => {
    expect(await at(name)).toEqual([]);
  });

  it.each(NAMES)('a request that sets one hears of %s from there on', async (name) => {
    expect(await at(name, 'debug')).toEqual([`debug of ${name}`, `warning of ${name}`]);
    expect(await at(name, 'info')).toEqual([`warning of ${name}`]);
    expect(await at(name, 'error')).toEqual([]);
  });

  it('what is no level is refused: 400', async () => {
    const got = await callTool(url, 'new_logs', headers('new'), {
      _meta: { ...META, 'io.modelcontextprotocol/logLevel': 'loud' },
    });
    expect([got.status, await got.json()]).toMatchObject([400, { error: { code: -32602 } }]);
  });

  it('the client of @modelcontextprotocol/client 2.4 is told that there are logs', async () => {
    const client = await statelessClient(url);
    expect(client.getServerCapabilities()).toMatchObject({ logging: {} });
    await client.close();
  });
});
