import { once } from 'node:events';
import http from 'node:http';
import net, { type AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import { WebSocketServer } from 'ws';
import type { Call } from '../../apps/gateway/src/calls/call.js';
import { routeUpstream } from '../../apps/gateway/src/upstreams/upstream-definition.js';
import { upstreamsAlone } from './upstreams.js';

/** What a WebSocket handshake has (RFC 6455 §4.1), without what is added on the way. */
const HANDSHAKE = ['sec-websocket-version', '13', 'sec-websocket-key', 'dGhlIHNhbXBsZSBub25jZQ=='];

describe('Upstream.upgrade', () => {
  const upstreams = upstreamsAlone();
  const servers: { close(): void }[] = [];
  afterAll(() => {
    for (const server of servers) server.close();
    upstreams.onApplicationShutdown();
  });

  const upgrade = (server: net.Server, settings: object = {}, signal?: AbortSignal) => {
    servers.push(server);
    const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    const request = { call: {} as Call, path: '/chat?a=b', headers: [...HANDSHAKE], protocol: 'websocket' };
    return upstreams
      .of(routeUpstream.parse({ url: `${url}/base`, ...settings }))
      .upgrade({ ...request, ...(signal ? { signal } : {}) });
  };

  /** A server that answers each connection with the same bytes. */
  const answering = async (answer: string) => {
    const server = net.createServer((socket) => {
      socket.on('error', () => undefined);
      socket.once('data', () => socket.write(answer));
    });
    await once(server.listen(0, '127.0.0.1'), 'listening');
    return server;
  };

  it('RFC 6455: hands over the socket of a WebSocket, under the path of the upstream', async () => {
    const server = http.createServer();
    const sockets = new WebSocketServer({ server });
    let asked: http.IncomingMessage | undefined;
    sockets.on('connection', (socket, request) => {
      asked = request;
      socket.send('hello');
    });
    await once(server.listen(0, '127.0.0.1'), 'listening');
    const answer = await upgrade(server);
    expect(answer.status).toBe(101);
    expect(answer.headers.map((one) => one.toLowerCase())).toContain('sec-websocket-accept');
    expect(asked).toMatchObject({ url: '/base/chat?a=b', headers: { connection: 'Upgrade' } });
    const { socket, head } = answer as unknown as { socket: net.Socket; head: Buffer };
    if (head.length === 0) await once(socket, 'readable');
    const frame = head.length > 0 ? head : (socket.read() as Buffer);
    expect(frame.subarray(2).toString()).toBe('hello');
    socket.destroy();
  });

  it('passes on what an upstream says that does not switch', async () => {
    const server = http.createServer((_, response) => response.writeHead(426).end('not here'));
    await once(server.listen(0, '127.0.0.1'), 'listening');
    const answer = await upgrade(server);
    expect(answer.status).toBe(426);
    expect(answer.socket).toBeUndefined();
    expect(await text((answer as unknown as { body: NodeJS.ReadableStream }).body)).toBe('not here');
  });

  it('Envoy CVE-2024-23326: a 200 with Upgrade is an answer, and no tunnel', async () => {
    const server = await answering(
      'HTTP/1.1 200 OK\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nContent-Length: 2\r\n\r\nhi and more',
    );
    const answer = await upgrade(server);
    expect(answer).toMatchObject({ status: 200, socket: undefined });
    expect(await text((answer as unknown as { body: NodeJS.ReadableStream }).body)).toBe('hi');
  });

  it('a signal ends it while the upstream thinks', async () => {
    const leaving = new AbortController();
    const waiting = upgrade(await answering(''), {}, leaving.signal);
    setTimeout(() => leaving.abort(), 50);
    await expect(waiting).rejects.toMatchObject({ name: 'AbortError' });
  });

  it('an upstream that cannot be reached is an error', async () => {
    const server = await answering('');
    const { port } = server.address() as AddressInfo;
    await new Promise((resolve) => server.close(resolve));
    const upstream = upstreams.of(routeUpstream.parse({ url: `http://127.0.0.1:${port}` }));
    const request = { call: {} as Call, path: '/', headers: HANDSHAKE, protocol: 'websocket' };
    await expect(upstream.upgrade(request)).rejects.toMatchObject({ code: 'ECONNREFUSED' });
  });
});
