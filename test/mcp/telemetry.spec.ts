import { randomUUID } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { freePort } from '../../apps/launcher/src/ports.js';
import { AuthServer, GATEWAY, ISSUER } from '../auth-server/auth-server.js';
import type { LoneGateway } from '../gateway/lone-gateway.js';
import { type RunningApp, startApp, TEST_SECRET } from '../support/app.js';
import {
  attributesOf,
  type OtlpCollector,
  type Span,
  SPAN_KIND_CLIENT,
  startOtlpCollector,
  STATUS_CODE_ERROR,
} from '../support/otlp-collector.js';
import { RedisServer } from '../support/redis-server.js';
import { callTool, post, startMcpGateway } from './mcp-gateway.js';
import { type Shop, SHOP_DOCUMENT, startShop } from './shop-api.js';
import {
  type RunningServer,
  startHandshakeServer,
  startSseServer,
  startStatelessServer,
} from './mcp-servers.js';

const TRACE = '0af7651916cd43dd8448eb211c80319c';
const CALLERS_SPAN = 'b7ad6b7169203331';
const OTHER_TRACE = '4bf92f3577b34da6a3ce929d0e0e4736';
const OTHER_SPAN = '00f067aa0ba902b7';
const TODAY = 'file:///notes/today.txt';

let collector: OtlpCollector;
let auth: AuthServer;
let store: RedisServer;
let servers: Record<'new' | 'old' | 'held' | 'sse', RunningServer>;
let shop: Shop;
let world: LoneGateway;
let gateway: RunningApp;

const folder = mkdtempSync(join(tmpdir(), 'gatehouse-traced-'));

/** All requests are made first: what is exported is exported at the stop, at the latest. */
beforeAll(async () => {
  const programs = {
    run: {
      command: process.execPath,
      args: [join(process.cwd(), 'test/mcp/programs/tools.mjs'), join(folder, 'pid')],
    },
  };
  writeFileSync(join(folder, 'programs.yaml'), JSON.stringify(programs));
  [collector, auth, store] = await Promise.all([
    startOtlpCollector(),
    AuthServer.start({ GATEHOUSE_SECRET: TEST_SECRET }),
    RedisServer.start(),
  ]);
  servers = {
    new: await startStatelessServer('new'),
    old: await startHandshakeServer('old'),
    held: await startHandshakeServer('held', randomUUID),
    sse: await startSseServer('sse'),
  };
  shop = await startShop();
  const shared = {
    REDIS_URL: store.url,
    GATEHOUSE_MCP_STDIO_FILE: join(folder, 'programs.yaml'),
    GATEHOUSE_ALLOW_PRIVATE_ADDRESSES: 'true',
  };
  world = await startMcpGateway(shared);
  for (const [name, { url }] of Object.entries(servers)) {
    await world.add('mcp-servers', { name, url, ...(name === 'sse' && { transport: 'sse' }) });
  }
  await world.add('mcp-servers', { name: 'run', program: 'run' });
  await world.add('mcp-servers', {
    name: 'shop',
    url: shop.url,
    openapi: { document: SHOP_DOCUMENT, operations: [{ operation: 'listOrders' }, { operation: 'missing' }] },
  });
  await world.add('mcp-servers', { name: 'down', url: `http://127.0.0.1:${await freePort()}/mcp` });
  const names = [...Object.keys(servers), 'run', 'down', 'shop'];
  await world.addRoute({ name: 'mcp', match: { paths: ['/mcp'] }, mcp: { servers: names } });
  // What is configured stays: the exporter runs in a process of its own.
  await world.close();
  gateway = await startApp('gateway', {
    ...shared,
    DATABASE_URL: world.databaseUrl,
    GATEHOUSE_ISSUER: ISSUER,
    GATEHOUSE_AUTH_INTERNAL_URL: auth.url,
    GATEHOUSE_GATEWAY_URL: GATEWAY,
    OTEL_EXPORTER_OTLP_ENDPOINT: collector.url,
  });
  await makeRequests();
  await gateway.stop();
}, 180_000);
afterAll(async () => {
  await gateway?.stop();
  await world?.stop();
  await auth?.stop();
  await store?.stop();
  await shop?.stop();
  await Promise.all(Object.values(servers ?? {}).map((one) => one.stop()));
  collector?.stop();
  rmSync(folder, { recursive: true });
});

async function makeRequests(): Promise<void> {
  const url = `${gateway.url}/mcp`;
  const traced = { traceparent: `00-${TRACE}-${CALLERS_SPAN}-01` };
  for (const name of ['new', 'old', 'held', 'sse', 'run']) {
    await (await callTool(url, `${name}_echo`, traced, { arguments: { value: 'private' } })).text();
  }
  const said = (traceparent: string) => ({ _meta: { traceparent, tracestate: 'vendor=1', own: 'kept' } });
  // The same trace in the message, and another one.
  await (await callTool(url, 'new_whoami', traced, said(`00-${TRACE}-${OTHER_SPAN}-01`))).text();
  await (await callTool(url, 'old_whoami', traced, said(`00-${OTHER_TRACE}-${OTHER_SPAN}-01`))).text();
  await (await callTool(url, 'new_link', traced, said('00-none'))).text();
  await (await callTool(url, 'new_fails')).text();
  await (await callTool(url, 'down_echo')).text();
  for (const name of ['listOrders', 'missing']) await (await callTool(url, `shop_${name}`, traced)).text();
  const ask = async (method: string, params: object) =>
    (await post(url, { jsonrpc: '2.0', id: 1, method, params })).text();
  await ask('resources/read', { uri: `gatehouse://old/${TODAY}` });
  await ask('resources/read', { uri: 'gatehouse://old/file:///nothing?token=private' });
  await ask('prompts/get', { name: 'old_greet', arguments: {} });
  await ask('prompts/list', {});
}

const clientSpans = () => collector.spans.filter(({ kind }) => kind === SPAN_KIND_CLIENT);
const spanOf = (server: string, name: string): Span => {
  const found = clientSpans().find(
    (one) => one.name === name && attributesOf(one)['gatehouse.mcp.server'] === server,
  );
  if (!found)
    throw new Error(
      `${name} of ${server} is not among ${clientSpans()
        .map((one) => one.name)
        .join()}`,
    );
  return found;
};
/** What a server was sent for a tool. */
const sentFor = (server: keyof typeof servers, tool: string) =>
  servers[server].received.find(({ message }) => message.params?.name === tool)!;
const parentOf = (traceparent: unknown) => String(traceparent).split('-').slice(1, 3);

describe('a request to an MCP server', () => {
  it('OpenTelemetry semantic conventions for MCP: is a client span in the trace of the call', () => {
    const span = spanOf('new', 'tools/call echo');
    const server = collector.spans.find(({ spanId }) => spanId === span.parentSpanId)!;
    expect([span.traceId, server.traceId, server.parentSpanId]).toEqual([TRACE, TRACE, CALLERS_SPAN]);
    expect(attributesOf(span)).toEqual({
      'mcp.method.name': 'tools/call',
      'gen_ai.tool.name': 'echo',
      'gen_ai.operation.name': 'execute_tool',
      'gatehouse.mcp.server': 'new',
      'network.transport': 'tcp',
      'network.protocol.name': 'http',
      'server.address': '127.0.0.1',
      'server.port': Number(new URL(servers.new.url).port),
    });
    expect(span.status.code).not.toBe(STATUS_CODE_ERROR);
    expect(Number(span.endTimeUnixNano)).toBeGreaterThan(Number(span.startTimeUnixNano));
    expect(attributesOf(spanOf('run', 'tools/call echo'))).toMatchObject({ 'network.transport': 'pipe' });
  });

  it('to an API whose operations are tools is one, too, and the API goes on below it', () => {
    const span = spanOf('shop', 'tools/call listOrders');
    expect([span.traceId, span.status.code === STATUS_CODE_ERROR]).toEqual([TRACE, false]);
    expect(attributesOf(span)).toMatchObject({
      'gen_ai.tool.name': 'listOrders',
      'server.port': Number(new URL(shop.url).port),
    });
    const { headers } = shop.received.find(({ url }) => url.includes('orders'))!;
    expect(parentOf(headers.traceparent)).toEqual([TRACE, span.spanId]);
    expect(attributesOf(spanOf('shop', 'tools/call missing'))).toMatchObject({ 'error.type': 'tool_error' });
  });

  it('OpenTelemetry semantic conventions for MCP: the span of the call names the request, and the version', () => {
    const { parentSpanId } = spanOf('new', 'tools/call echo');
    const server = collector.spans.find(({ spanId }) => spanId === parentSpanId)!;
    expect(attributesOf(server)).toMatchObject({
      'jsonrpc.request.id': '1',
      'mcp.protocol.version': '2025-11-25',
    });
  });

  it.each(['new', 'old', 'held', 'sse'] as const)(
    'MCP 2026-07-28, OpenTelemetry trace context: %s gets the span as its parent, in _meta and in the header',
    (name) => {
      const { spanId } = spanOf(name, 'tools/call echo');
      const { headers, message } = sentFor(name, 'echo');
      const { traceparent } = message.params!._meta as { traceparent: string };
      // W3C Trace Context §3.2.
      expect(traceparent).toMatch(/^00-[0-9a-f]{32}-[0-9a-f]{16}-01$/);
      expect(parentOf(traceparent)).toEqual([TRACE, spanId]);
      expect(parentOf(headers.traceparent)).toEqual([TRACE, spanId]);
    },
  );

  it('is below the request that it is for where both are of one trace', () => {
    const span = spanOf('new', 'tools/call whoami');
    const server = collector.spans.find(({ spanId }) => spanId === span.parentSpanId)!;
    expect([server.kind === SPAN_KIND_CLIENT, span.traceId]).toEqual([false, TRACE]);
    const { _meta } = sentFor('new', 'whoami').message.params as { _meta: Record<string, string> };
    expect(parentOf(_meta.traceparent)).toEqual([TRACE, span.spanId]);
    expect(_meta.own).toBe('kept');
  });

  it('OpenTelemetry semantic conventions for MCP: belongs to the trace of the message, and is linked to the one of the connection', () => {
    const span = spanOf('old', 'tools/call whoami');
    expect([span.traceId, span.parentSpanId]).toEqual([OTHER_TRACE, OTHER_SPAN]);
    expect(span.links).toMatchObject([{ traceId: TRACE }]);
    const { _meta } = sentFor('old', 'whoami').message.params as { _meta: Record<string, string> };
    expect(parentOf(_meta.traceparent)).toEqual([OTHER_TRACE, span.spanId]);
    expect(_meta.tracestate).toBe('vendor=1');
  });

  it('W3C Trace Context §3.2.2: what is no traceparent counts for nothing', () => {
    const span = spanOf('new', 'tools/call link');
    expect(span.traceId).toBe(TRACE);
    const { _meta } = sentFor('new', 'link').message.params as { _meta: Record<string, string> };
    expect(parentOf(_meta.traceparent)).toEqual([TRACE, span.spanId]);
  });

  it.each([
    ['a tool that failed', 'new', 'tools/call fails', { 'error.type': 'tool_error' }],
    ['a server that cannot be reached', 'down', 'tools/call echo', { 'error.type': 'upstream_unreachable' }],
    [
      'an error of the server',
      'old',
      'resources/read',
      { 'error.type': '-32602', 'rpc.response.status_code': '-32602', 'mcp.resource.uri': 'file:///nothing' },
    ],
  ] as const)('says of %s what it was', (_, server, name, attributes) => {
    const found = clientSpans().filter(
      (one) => one.name === name && attributesOf(one)['gatehouse.mcp.server'] === server,
    );
    const failed = found.filter(({ status }) => status.code === STATUS_CODE_ERROR);
    expect(failed.map(attributesOf)).toEqual([expect.objectContaining(attributes)]);
  });

  it('says of resources and prompts which; nothing of what was said', () => {
    const read = clientSpans().filter(({ name }) => name === 'resources/read');
    expect(read.map((one) => attributesOf(one)['mcp.resource.uri'])).toContain(TODAY);
    expect(attributesOf(spanOf('old', 'prompts/get greet'))).toMatchObject({
      'mcp.method.name': 'prompts/get',
      'gen_ai.prompt.name': 'greet',
    });
    expect(JSON.stringify(collector.spans)).not.toContain('private');
  });

  it('there is one for each server that is asked for a list', () => {
    const lists = clientSpans().filter(({ name }) => name === 'prompts/list');
    const names = lists.map((one) => attributesOf(one)['gatehouse.mcp.server']);
    expect(names.sort()).toEqual(['down', 'held', 'new', 'old', 'run', 'sse']);
  });
});
