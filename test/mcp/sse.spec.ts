import http from 'node:http';
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import type { LoneGateway } from '../gateway/lone-gateway.js';
import { callTool, startMcpGateway } from './mcp-gateway.js';
import { type RunningServer, startSseServer } from './mcp-servers.js';

/** A server that says what a test has it say: it begins its stream, and answers messages that it is sent. */
class RawServer {
  stream: http.ServerResponse | undefined;
  readonly messages: string[] = [];
  /** What the stream begins with. */
  begin = 'event: endpoint\ndata: /messages?id=1\n\n';
  answer: (message: { id?: string; method: string }) => string | undefined = () => undefined;
  closed = 0;

  private constructor(private readonly server: http.Server) {}

  static async start(): Promise<RawServer> {
    const server = http.createServer((request, response) => {
      if (request.method === 'GET') return raw.listen(response);
      let body = '';
      request.on('data', (chunk: Buffer) => (body += chunk.toString()));
      request.on('end', () => raw.take(request.url!, body, response));
    });
    const raw: RawServer = new RawServer(server);
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    return raw;
  }

  get url(): string {
    return `http://127.0.0.1:${(this.server.address() as AddressInfo).port}/sse`;
  }

  stop(): void {
    this.server.closeAllConnections();
    this.server.close();
  }

  private listen(response: http.ServerResponse): void {
    this.stream = response;
    response.on('close', () => void this.closed++);
    response.writeHead(200, { 'content-type': 'text/event-stream' });
    response.write(this.begin);
  }

  private take(url: string, body: string, response: http.ServerResponse): void {
    this.messages.push(`${url} ${body}`);
    response.writeHead(202).end();
    const said = this.answer(JSON.parse(body) as { id?: string; method: string });
    if (said !== undefined) this.stream!.write(`event: message\ndata: ${said}\n\n`);
  }
}

const initialized = ({ id }: { id?: string }) =>
  JSON.stringify({
    jsonrpc: '2.0',
    id,
    result: { protocolVersion: '2024-11-05', capabilities: {}, serverInfo: { name: 'x', version: '1' } },
  });

describe('a server by HTTP with SSE (MCP 2024-11-05)', () => {
  let gateway: LoneGateway;
  let raw: RawServer;
  let real: RunningServer;

  beforeAll(async () => {
    [gateway, raw, real] = await Promise.all([startMcpGateway(), RawServer.start(), startSseServer('real')]);
    const timeouts = { answer: 1 };
    await gateway.add('mcp-servers', {
      name: 'raw',
      url: raw.url,
      transport: 'sse',
      timeouts,
      max_answer: 4_096,
    });
    const auth = { type: 'header', value: 'Bearer of-the-gateway-0123' };
    await gateway.add('mcp-servers', { name: 'real', url: real.url, transport: 'sse', auth });
    for (const name of ['raw', 'real']) {
      await gateway.addRoute({ name, match: { paths: [`/${name}`] }, mcp: { servers: [name] } });
    }
  });
  afterAll(async () => {
    await gateway?.stop();
    raw?.stop();
    await real?.stop();
  });
  beforeEach(() => {
    raw.begin = 'event: endpoint\ndata: /messages?id=1\n\n';
    raw.answer = (message) => (message.method === 'initialize' ? initialized(message) : undefined);
    raw.messages.length = 0;
  });

  const call = (name: string) =>
    callTool(`${gateway.url}/${name}`, `${name}_echo`, {}, { arguments: { value: 'hi' } });

  it('is asked with the credentials of the gateway, in the stream and in messages', async () => {
    const got = await call('real');
    expect(await got.json()).toMatchObject({ result: { content: [{ text: 'hi' }] } });
    expect(real.received.map(({ method }) => method)).toEqual(['GET', 'POST', 'POST', 'POST']);
    for (const { headers } of real.received) expect(headers.authorization).toBe('Bearer of-the-gateway-0123');
  });

  it('speaks 2024-11-05; messages go where it says', async () => {
    raw.answer = (message) => {
      if (message.method === 'initialize') return initialized(message);
      if (message.method !== 'tools/call') return undefined;
      return JSON.stringify({
        jsonrpc: '2.0',
        id: message.id,
        result: { content: [{ type: 'text', text: 'x' }] },
      });
    };
    expect(await (await call('raw')).json()).toMatchObject({ result: { content: [{ text: 'x' }] } });
    expect(raw.messages.map((one) => one.split(' ', 1)[0])).toEqual(Array(3).fill('/messages?id=1'));
  });

  it.each([
    ['https://evil.example/messages'],
    ['//evil.example/messages'],
    ['http://127.0.0.1:9/messages'],
    ['http://user@HOST/messages'],
    ['file:///etc/passwd'],
  ])('SSRF: an endpoint at %s gets nothing: it must be of the same origin', async (endpoint) => {
    raw.begin = `event: endpoint\ndata: ${endpoint.replace('HOST', new URL(raw.url).host)}\n\n`;
    const got = await call('raw');
    expect([got.status, await got.json()]).toMatchObject([502, { error: { message: /cannot be read/ } }]);
    expect(raw.messages).toEqual([]);
  });

  it('that does not begin with its endpoint is not understood', async () => {
    raw.begin = 'data: {}\n\n';
    expect((await call('raw')).status).toBe(502);
  });

  it.each([
    ['never says its endpoint', () => (raw.begin = ': nothing\n\n')],
    ['never answers', () => undefined],
  ])('that %s is given up in time, and its stream closed', async (_, change) => {
    change();
    const before = raw.closed;
    const [got] = await Promise.all([call('raw'), raw.stream]);
    expect(got.status).toBe(504);
    if (raw.closed === before) await once(raw.stream!, 'close');
  });

  it('that says more than max_answer is given up', async () => {
    raw.answer = (message) => (message.method === 'initialize' ? initialized(message) : 'x'.repeat(5_000));
    expect((await call('raw')).status).toBe(502);
  });

  it('that is cut tells so', async () => {
    raw.answer = (message) => {
      if (message.method === 'initialize') return initialized(message);
      if (message.method === 'tools/call') raw.stream!.destroy();
      return undefined;
    };
    expect((await call('raw')).status).toBe(502);
  });
});
