import { randomUUID } from 'node:crypto';
import http from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';
import pg from 'pg';
import type { LoneGateway } from '../gateway/lone-gateway.js';
import { freePort } from '../../apps/launcher/src/ports.js';
import {
  type AnyClient,
  callTool,
  handshakeClient,
  post,
  startMcpGateway,
  statelessClient,
} from './mcp-gateway.js';
import { type RunningServer, startHandshakeServer, startStatelessServer } from './mcp-servers.js';

let gateway: LoneGateway;
let metricsPort: number;
let stateless: RunningServer;
let held: RunningServer;

beforeAll(async () => {
  metricsPort = await freePort();
  [stateless, held] = await Promise.all([
    startStatelessServer('new'),
    startHandshakeServer('held', randomUUID),
  ]);
  gateway = await startMcpGateway({
    GATEHOUSE_GATEWAY_METRICS_PORT: String(metricsPort),
    GATEHOUSE_USAGE_FLUSH_MS: '100',
  });
  const timeouts = { connect: 1, answer: 0.5, total: 3 };
  await gateway.add('mcp-servers', { name: 'new', url: stateless.url });
  await gateway.add('mcp-servers', { name: 'held', url: held.url });
  await gateway.add('mcp-servers', { name: 'hasty', url: stateless.url, timeouts, max_answer: 10_000 });
  await gateway.add('mcp-servers', { name: 'down', url: `http://127.0.0.1:${await freePort()}/mcp` });
  await gateway.add('mcp-servers', {
    name: 'odd',
    url: stateless.url,
    timeouts,
    auth: { type: 'header', name: 'x-key', value: 'secret-0123456789' },
  });
  for (const servers of [['new', 'held'], ['hasty'], ['down'], ['new', 'down'], ['hasty', 'held'], ['odd']]) {
    const name = servers.join('-');
    await gateway.addRoute({ name, match: { paths: [`/${name}`] }, mcp: { servers } });
  }
});
afterAll(async () => {
  await gateway?.stop();
  await stateless?.stop();
  await held?.stop();
});
beforeEach(() => {
  for (const one of [stateless, held]) {
    one.instead = undefined;
    one.received.length = 0;
    one.cancelled.length = 0;
  }
});

const at = (path: string) => `${gateway.url}/${path}`;
async function until(condition: () => boolean): Promise<void> {
  for (let i = 0; i < 100 && !condition(); i++) await sleep(20);
  expect(condition()).toBe(true);
}

describe('a server that is down', () => {
  it('keeps the tools of others from nobody', async () => {
    const client = await handshakeClient(at('new-down'));
    const { tools } = await client.listTools();
    expect(tools).toHaveLength(8);
    await client.close();
  });

  it('or that says nothing in time', async () => {
    stateless.instead = () => undefined;
    const got = await post(at('hasty-held'), { jsonrpc: '2.0', id: 1, method: 'tools/list' });
    const { result } = (await got.json()) as { result: { tools: { name: string }[] } };
    expect(result.tools.map(({ name }) => name)).toEqual(expect.arrayContaining(['held_echo']));
    expect(result.tools).toHaveLength(8);
  });

  it('is told of where there is no other: 502', async () => {
    const got = await post(at('down'), { jsonrpc: '2.0', id: 'a', method: 'tools/list' });
    expect([got.status, await got.json()]).toMatchObject([
      502,
      { jsonrpc: '2.0', id: 'a', error: { code: -32000, message: 'The MCP server cannot be reached.' } },
    ]);
    expect((await callTool(at('new-down'), 'down_echo')).status).toBe(502);
  });
});

describe('a tool that is slow', () => {
  it('is waited for no longer than the setting says: 504, and the server is told', async () => {
    const started = Date.now();
    const got = await callTool(at('hasty'), 'hasty_slow');
    expect([got.status, await got.json()]).toMatchObject([
      504,
      { id: 1, error: { message: 'The MCP server did not answer in time.' } },
    ]);
    expect(Date.now() - started).toBeLessThan(3_000);
    await until(() => stateless.cancelled.length === 1);
  });
});

describe('an answer that is too large', () => {
  it('is not passed on: 502', async () => {
    const got = await callTool(at('hasty'), 'hasty_huge');
    expect([got.status, await got.json()]).toMatchObject([
      502,
      { id: 1, error: { message: 'The MCP server answered what cannot be read.' } },
    ]);
  });

  it('is passed on whole where it is allowed', async () => {
    const got = (await (await callTool(at('new-held'), 'new_huge')).json()) as {
      result: { content: { text: string }[] };
    };
    expect(got.result.content[0]!.text).toHaveLength(200_000);
  });
});

describe('a caller who does not wait any longer', () => {
  it.each(['new', 'held'])('is not waited for by %s', async (who) => {
    const left = new AbortController();
    const params = { name: `${who}_slow`, arguments: {} };
    const request = http.request(at('new-held'), {
      method: 'POST',
      headers: { 'content-type': 'application/json', accept: 'application/json', 'mcp-session-id': 'a' },
      signal: left.signal,
    });
    request.on('error', () => undefined);
    request.end(JSON.stringify({ jsonrpc: '2.0', id: 1, method: 'tools/call', params }));
    const server = who === 'new' ? stateless : held;
    await until(() => server.received.some(({ message }) => message.method === 'tools/call'));
    left.abort();
    await until(() => server.cancelled.length === 1);
  });

  it.each([
    ['2026-07-28', statelessClient],
    ['2025-11-25', handshakeClient],
  ] as const)('says so in the way of %s', async (_, connect) => {
    for (const who of ['new', 'held']) {
      const client = await connect(at('new-held'));
      const left = new AbortController();
      const call = (client as unknown as AnyClient).callTool.bind(client) as unknown as (
        ...args: unknown[]
      ) => Promise<unknown>;
      const options = { signal: left.signal };
      const args = connect === statelessClient ? [options] : [undefined, options];
      const calling = call({ name: `${who}_slow` }, ...args);
      calling.catch(() => undefined);
      const server = who === 'new' ? stateless : held;
      await until(() => server.received.some(({ message }) => message.method === 'tools/call'));
      left.abort();
      await expect(calling).rejects.toThrow();
      await until(() => server.cancelled.length === 1);
      await client.close();
      server.received.length = 0;
      server.cancelled.length = 0;
    }
  });
});

describe('what a server answers', () => {
  type Respond = (response: http.ServerResponse, id: unknown) => void;
  const answer = (respond: Respond) => {
    stateless.instead = (_, response, body) => {
      const { id, method } = JSON.parse(body) as { id: unknown; method: string };
      if (method !== 'server/discover') return respond(response, id);
      const result = { supportedVersions: ['2026-07-28'], capabilities: {}, resultType: 'complete' };
      response
        .setHeader('content-type', 'application/json')
        .end(JSON.stringify({ jsonrpc: '2.0', id, result }));
    };
    return callTool(at('odd'), 'odd_echo');
  };
  const json = (response: http.ServerResponse, message: object) =>
    void response.setHeader('content-type', 'application/json').end(JSON.stringify(message));

  it.each<[string, number, Respond]>([
    ['401', 502, (response) => void response.writeHead(401, { 'www-authenticate': 'Bearer' }).end()],
    ['403', 502, (response) => void response.writeHead(403).end()],
    ['500', 502, (response) => void response.writeHead(500).end()],
    [
      'a redirect',
      502,
      (response) => void response.writeHead(307, { location: 'http://127.0.0.1:1/' }).end(),
    ],
    ['no JSON', 502, (response) => void response.setHeader('content-type', 'application/json').end('{')],
    ['HTML', 502, (response) => void response.setHeader('content-type', 'text/html').end('<p>')],
    [
      'an answer to something else',
      502,
      (response) => json(response, { jsonrpc: '2.0', id: 'x', result: {} }),
    ],
    [
      'a batch',
      502,
      (response, id) =>
        void response
          .setHeader('content-type', 'application/json')
          .end(JSON.stringify([{ jsonrpc: '2.0', id, result: {} }])),
    ],
    ...['1e999', '1.5'].map((code): [string, number, Respond] => [
      `an error of the code ${code} (JSON-RPC 2.0 §5.1)`,
      502,
      (response, id) =>
        void response
          .setHeader('content-type', 'application/json')
          .end(`{"jsonrpc":"2.0","id":${JSON.stringify(id)},"error":{"code":${code},"message":"x"}}`),
    ]),
    ['nothing', 502, (response) => void response.destroy()],
    [
      'an empty stream',
      502,
      (response) => void response.setHeader('content-type', 'text/event-stream').end(),
    ],
  ])('%s: %i, and nothing of it reaches the caller', async (_, status, respond) => {
    const got = await answer(respond);
    expect(got.status).toBe(status);
    expect(got.headers.get('www-authenticate')).toBeNull();
    expect(got.headers.get('location')).toBeNull();
    expect(await got.json()).toMatchObject({ jsonrpc: '2.0', id: 1, error: { code: -32000 } });
  });

  it('its header fields stay with the gateway: no cookie can be set', async () => {
    const got = await answer((response, id) => {
      response.setHeader('set-cookie', ['__Host-gh_gw=x; Path=/; Secure', 'a=b']);
      response.setHeader('mcp-session-id', 'of-the-server');
      json(response, { jsonrpc: '2.0', id, result: { content: [] } });
    });
    expect(got.status).toBe(200);
    expect(got.headers.getSetCookie()).toEqual([]);
    expect(got.headers.get('mcp-session-id')).toBeNull();
  });

  it('an error of its own is passed on', async () => {
    const error = { code: -32050, message: 'Out of paper', data: { tray: 2 } };
    const got = await answer((response, id) => json(response, { jsonrpc: '2.0', id, error }));
    expect([got.status, await got.json()]).toEqual([200, { jsonrpc: '2.0', id: 1, error }]);
  });

  it('APIPark#401: the secret of the gateway is not among it', async () => {
    const got = await answer((response, id) => {
      json(response, { jsonrpc: '2.0', id, error: { code: -32050, message: 'Wrong key secret-0123456789' } });
    });
    expect(await got.json()).toMatchObject({ error: { message: 'Wrong key …' } });
  });

  it('requests of its own are not passed on', async () => {
    const got = await answer((response, id) => {
      response.setHeader('content-type', 'text/event-stream');
      for (const message of [
        { jsonrpc: '2.0', id: 7, method: 'sampling/createMessage', params: {} },
        { jsonrpc: '2.0', method: 'notifications/tools/list_changed' },
        { jsonrpc: '2.0', id, result: { content: [] } },
      ]) {
        response.write(`data: ${JSON.stringify(message)}\n\n`);
      }
      response.end();
    });
    expect(await got.json()).toMatchObject({ id: 1, result: { content: [] } });
  });

  it('a stream that breaks off ends with an error', async () => {
    const got = await answer((response) => {
      response.setHeader('content-type', 'text/event-stream');
      const params = { progressToken: 1, progress: 1 };
      response.write(
        `data: ${JSON.stringify({ jsonrpc: '2.0', method: 'notifications/progress', params })}\n\n`,
      );
      setTimeout(() => response.destroy(), 50);
    });
    expect(got.headers.get('content-type')).toBe('text/event-stream');
    const events = (await got.text()).split('\n').filter((line) => line.startsWith('data: '));
    expect(events.map((line) => JSON.parse(line.slice(6)) as object)).toMatchObject([
      { method: 'notifications/progress' },
      { id: 1, error: { message: 'The MCP server broke its answer off.' } },
    ]);
  });
});

describe('a session at a server', () => {
  it('belongs to one caller, and begins anew when the server has forgotten it', async () => {
    const sessions = () =>
      held.received.flatMap(({ headers, message }) =>
        message.method === 'tools/call' ? [headers['mcp-session-id']] : [],
      );
    const as = (id: string) => callTool(at('new-held'), 'held_whoami', { 'mcp-session-id': id });
    for (const id of ['x', 'x', 'y']) expect((await as(id)).status).toBe(200);
    const [first, second, other] = sessions();
    expect(first).toBe(second);
    expect(other).not.toBe(first);
    held.instead = (_, response) => {
      held.instead = undefined;
      response.writeHead(404).end();
    };
    expect((await as('x')).status).toBe(200);
    expect(sessions().at(-1)).not.toBe(first);
  });

  it('outlives an error that the server answers with', async () => {
    const as = () => callTool(at('new-held'), 'held_whoami', { 'mcp-session-id': 'kept' });
    expect((await as()).status).toBe(200);
    held.instead = (_, response, body) => {
      held.instead = undefined;
      const { id } = JSON.parse(body) as { id: unknown };
      const error = { code: -32_603, message: 'It did not work' };
      response
        .setHeader('content-type', 'application/json')
        .end(JSON.stringify({ jsonrpc: '2.0', id, error }));
    };
    expect(await (await as()).json()).toMatchObject({ error: { code: -32_603 } });
    expect((await as()).status).toBe(200);
    const begun = held.received.filter(({ message }) => message.method === 'initialize');
    const calls = held.received.filter(({ message }) => message.method === 'tools/call');
    expect(new Set(calls.map(({ headers }) => headers['mcp-session-id'])).size).toBe(1);
    expect(begun.length).toBeLessThanOrEqual(1);
  });

  it.each([
    ['no field can have', '\xE9\xE9'],
    ['is too long', 'x'.repeat(9_000)],
  ])('MCP 2025-11-25, Session Management: a session id that %s is none: 502', async (_, id) => {
    held.instead = (_request, response, body) => {
      const { id: requestId, method } = JSON.parse(body || '{}') as { id?: unknown; method?: string };
      const result =
        method === 'initialize' ? { protocolVersion: '2025-11-25', capabilities: {} } : { content: [] };
      if (method === 'server/discover' || requestId === undefined) return void response.writeHead(400).end();
      response
        .writeHead(200, { 'content-type': 'application/json', 'mcp-session-id': id })
        .end(JSON.stringify({ jsonrpc: '2.0', id: requestId, result }));
    };
    const got = await callTool(at('new-held'), 'held_whoami', { 'mcp-session-id': `odd-${id.length}` });
    held.instead = undefined;
    expect([got.status, await got.json()]).toMatchObject([502, { error: { code: -32_000 } }]);
    expect((await callTool(at('new-held'), 'held_whoami')).status).toBe(200);
  });

  it('of a caller that nobody knows ends with the call', async () => {
    expect((await callTool(at('new-held'), 'held_whoami')).status).toBe(200);
    await until(() => held.received.some(({ method }) => method === 'DELETE'));
  });
});

describe('what is told of calls', () => {
  it('metrics name the tool where it exists, and nothing that callers made up', async () => {
    await callTool(at('new-held'), 'new_echo');
    await callTool(at('new-held'), 'new_made-up');
    const text = await (await fetch(`http://127.0.0.1:${metricsPort}/metrics`)).text();
    expect(text).toContain('gatehouse_mcp_tool_calls_total{server="new",tool="echo",outcome="answered"');
    expect(text).toContain(
      'gatehouse_mcp_tool_calls_total{server="hasty",tool="other",outcome="upstream_timeout"',
    );
    expect(text).toContain('gatehouse_mcp_tool_calls_total{server="held",tool="slow",outcome="caller_left"');
    expect(text).not.toContain('made-up');
  });

  it('usage records name the server and the tool', async () => {
    const client = new pg.Client({ connectionString: gateway.databaseUrl });
    await client.connect();
    const sql =
      "SELECT part, status, fault FROM gateway.usage WHERE route = 'new-held' AND upstream = 'held'";
    let rows: object[] = [];
    for (let i = 0; i < 50 && rows.length === 0; i++) {
      await sleep(100);
      rows = (await client.query<object>(`${sql} AND part = 'whoami'`)).rows;
    }
    const left = await client.query<object>(
      "SELECT fault FROM gateway.usage WHERE part = 'slow' AND upstream = 'new'",
    );
    await client.end();
    expect(rows).toContainEqual({ part: 'whoami', status: 200, fault: null });
    expect(left.rows).toContainEqual({ fault: null });
    expect(left.rows).not.toContainEqual({ fault: expect.any(String) as string });
  });
});
