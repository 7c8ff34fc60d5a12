import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import { type AddressInfo, connect } from 'node:net';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import WebSocket, { WebSocketServer } from 'ws';
import { freePort } from '../../apps/launcher/src/ports.js';
import { makeCertificate } from './certificates.js';
import { type LoneGateway, startLoneGateway } from './lone-gateway.js';

let upstream: Server;
let upstreamUrl: string;
let sockets: WebSocketServer;
/** The heads that the upstream was asked with. */
const asked: { url: string; headers: Record<string, unknown> }[] = [];

beforeAll(async () => {
  upstream = createServer((request, response) => response.end(`plain ${request.url}`));
  sockets = new WebSocketServer({ noServer: true, handleProtocols: (names) => [...names][0] ?? false });
  upstream.on('upgrade', (request, socket, head) => {
    asked.push({ url: request.url!, headers: request.headers });
    if (request.url!.includes('refused')) {
      return void socket.end('HTTP/1.1 403 Forbidden\r\ncontent-length: 2\r\nx-why: because\r\n\r\nno');
    }
    // Envoy CVE-2024-23326: says 200, and goes on as if it had switched.
    if (request.url!.includes('pretends')) {
      return void socket.end(
        'HTTP/1.1 200 OK\r\ncontent-length: 5\r\n\r\nhelloGET /smuggled HTTP/1.1\r\n\r\n',
      );
    }
    sockets.handleUpgrade(request, socket, head, (client) => {
      client.on('message', (data, binary) => client.send(data as Buffer, { binary }));
      if (request.url!.includes('greets')) client.send('welcome');
    });
  });
  upstream.listen(0, '127.0.0.1');
  await once(upstream, 'listening');
  upstreamUrl = `http://127.0.0.1:${(upstream.address() as AddressInfo).port}`;
});

afterAll(() => {
  sockets.close();
  for (const client of sockets.clients) client.terminate();
  upstream.closeAllConnections();
  upstream.close();
});

describe('WebSocket (RFC 6455)', () => {
  let gateway: LoneGateway;

  beforeAll(async () => {
    gateway = await startLoneGateway({ GATEHOUSE_GATEWAY_WEBSOCKET_MAX: '3' });
    await gateway.addRoute({
      name: 'ws',
      match: { paths: ['/ws'] },
      strip_prefix: true,
      upstream: { url: `${upstreamUrl}/base` },
    });
    await gateway.addRoute({
      name: 'guarded',
      match: { paths: ['/guarded'] },
      upstream: { url: upstreamUrl },
      guards: [{ type: 'ip', deny: ['127.0.0.1'] }],
    });
    await gateway.addRoute({
      name: 'limited',
      match: { paths: ['/limited'] },
      upstream: { url: upstreamUrl },
      limits: [{ by: 'address', limit: 1, window: 3_600 }],
    });
    await gateway.addRoute({
      name: 'away',
      match: { paths: ['/away'] },
      upstream: { url: 'http://127.0.0.1:1' },
    });
  });

  afterAll(() => gateway.stop());

  function open(path: string, protocols: string[] = []): WebSocket {
    return new WebSocket(gateway.url.replace('http', 'ws') + path, protocols);
  }

  async function refusalOf(
    path: string,
  ): Promise<{ status: number; body: string; headers: Record<string, unknown> }> {
    const client = open(path);
    client.on('error', () => undefined);
    const [, response] = (await once(client, 'unexpected-response')) as [
      unknown,
      import('node:http').IncomingMessage,
    ];
    let body = '';
    for await (const chunk of response) body += String(chunk);
    return { status: response.statusCode!, body, headers: response.headers };
  }

  async function ended(client: WebSocket): Promise<void> {
    client.close();
    await once(client, 'close');
    await sleep(20);
  }

  it('messages go both ways, of every kind and size', async () => {
    const client = open('/ws/echo?a=b', ['chat']);
    await once(client, 'open');
    expect(client.protocol).toBe('chat');
    for (const message of ['hello', 'x'.repeat(200_000)]) {
      client.send(message);
      const [data] = (await once(client, 'message')) as [Buffer];
      expect(data.toString()).toBe(message);
    }
    client.send(Buffer.alloc(1_000_000, 7));
    const [data, binary] = (await once(client, 'message')) as [Buffer, boolean];
    expect([data.length, binary]).toEqual([1_000_000, true]);
    const { url, headers } = asked.at(-1)!;
    expect(url).toBe('/base/echo?a=b');
    expect(headers['x-forwarded-for']).toBe('127.0.0.1');
    await ended(client);
  });

  it('what the upstream says at once is not lost', async () => {
    const client = open('/ws/greets');
    const [data] = (await once(client, 'message')) as [Buffer];
    expect(data.toString()).toBe('welcome');
    await ended(client);
  });

  it('when the upstream goes, the caller is told', async () => {
    const client = open('/ws/echo');
    client.on('error', () => undefined);
    await once(client, 'open');
    const closed = once(client, 'close');
    for (const one of sockets.clients) one.terminate();
    await closed;
  });

  it('when the caller goes, the upstream is told', async () => {
    const client = open('/ws/echo');
    await once(client, 'open');
    const [at] = sockets.clients;
    const closed = once(at!, 'close');
    client.terminate();
    await closed;
  });

  it('RFC 9110 §15.5: a refusal of the upstream reaches the caller', async () => {
    expect(await refusalOf('/ws/refused')).toMatchObject({
      status: 403,
      body: 'no',
      headers: { 'x-why': 'because' },
    });
  });

  it('Envoy CVE-2024-23326: a 200 is no upgrade; nothing that follows it reaches the caller', async () => {
    const { status, body } = await refusalOf('/ws/pretends');
    expect([status, body]).toEqual([200, 'hello']);
  });

  it('guards and limits hold', async () => {
    expect((await refusalOf('/guarded')).status).toBe(403);
    const client = open('/limited');
    await once(client, 'open');
    expect((await refusalOf('/limited')).status).toBe(429);
    await ended(client);
  });

  it('an upstream that is away is 502, an unknown address 404', async () => {
    expect((await refusalOf('/away')).status).toBe(502);
    expect((await refusalOf('/nowhere')).status).toBe(404);
  });

  it('GATEHOUSE_GATEWAY_WEBSOCKET_MAX bounds them; one that ended makes room', async () => {
    const clients = [open('/ws/1'), open('/ws/2'), open('/ws/3')];
    await Promise.all(clients.map((client) => once(client, 'open')));
    expect(await refusalOf('/ws/4')).toMatchObject({ status: 503, headers: { 'retry-after': '5' } });
    await ended(clients[0]!);
    const late = open('/ws/5');
    await once(late, 'open');
    for (const client of [...clients.slice(1), late]) await ended(client);
  });

  it('RFC 9110 §7.8: a request for another protocol is answered as if it had not asked', async () => {
    const socket = connect(gateway.port, '127.0.0.1');
    socket.write(
      'GET /ws/x HTTP/1.1\r\nHost: a\r\nConnection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\nHTTP2-Settings: AAMAAABkAAQAAP__\r\n\r\n',
    );
    let text = '';
    for await (const chunk of socket) text += String(chunk);
    expect(text).toMatch(/^HTTP\/1.1 200 /);
    expect(text).toContain('plain /base/x');
  });

  it('a stop ends those that are open', async () => {
    const other = await startLoneGateway();
    await other.addRoute({ name: 'ws', match: { paths: ['/'] }, upstream: { url: upstreamUrl } });
    const client = new WebSocket(`${other.url.replace('http', 'ws')}/x`);
    client.on('error', () => undefined);
    await once(client, 'open');
    const closed = once(client, 'close');
    await Promise.all([closed, other.stop()]);
  });

  it('GATEHOUSE_GATEWAY_WEBSOCKET_IDLE_TIMEOUT ends one that is silent', async () => {
    const other = await startLoneGateway({ GATEHOUSE_GATEWAY_WEBSOCKET_IDLE_TIMEOUT: '1' });
    await other.addRoute({ name: 'ws', match: { paths: ['/'] }, upstream: { url: upstreamUrl } });
    const client = new WebSocket(`${other.url.replace('http', 'ws')}/x`);
    client.on('error', () => undefined);
    await once(client, 'open');
    const begun = Date.now();
    await once(client, 'close');
    expect(Date.now() - begun).toBeGreaterThan(800);
    await other.stop();
  });

  it('works over TLS', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'gatehouse-wss-'));
    makeCertificate(folder, 'one', ['localhost']);
    const port = await freePort();
    const other = await startLoneGateway({
      GATEHOUSE_GATEWAY_TLS_PORT: String(port),
      GATEHOUSE_GATEWAY_TLS_DIR: folder,
    });
    await other.addRoute({ name: 'ws', match: { paths: ['/'] }, upstream: { url: upstreamUrl } });
    const client = new WebSocket(`wss://127.0.0.1:${port}/greets`, { rejectUnauthorized: false });
    const [data] = (await once(client, 'message')) as [Buffer];
    expect(data.toString()).toBe('welcome');
    client.terminate();
    await other.stop();
    rmSync(folder, { recursive: true });
  });
});
