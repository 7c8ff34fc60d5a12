import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { type ClientHttp2Session, connect as connectHttp2, constants } from 'node:http2';
import { type AddressInfo, connect, type Socket } from 'node:net';
import { once } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';
import { freePort } from '../../apps/launcher/src/ports.js';
import { Upstreams } from '../../apps/gateway/src/upstreams/upstreams.service.js';
import { type LoneGateway, startLoneGateway } from '../gateway/lone-gateway.js';

const MIB = Buffer.alloc(1_048_576, 'x');

/** What the upstream knows of a request. */
interface Seen {
  readonly url: string;
  readonly headers: IncomingMessage['headers'];
  body: string;
  /** Whether the request ended as a whole one. */
  complete: boolean;
  /** Whether the gateway left before the answer was over. */
  left: boolean;
}

let upstream: Server;
let gateway: LoneGateway;
let http2Port: number;
const seen: Seen[] = [];
/** Answers of `/wait`, which it gives when told to. */
const waiting: ServerResponse[] = [];

function answer(request: IncomingMessage, response: ServerResponse): void {
  const one: Seen = { url: request.url!, headers: request.headers, body: '', complete: false, left: false };
  seen.push(one);
  request.on('data', (chunk: Buffer) => (one.body += chunk.toString()));
  request.on('end', () => (one.complete = true));
  request.on('error', () => undefined);
  response.on('close', () => (one.left = !response.writableFinished));
  if (one.url === '/wait') return void waiting.push(response);
  if (one.url === '/endless') return pour(response);
  if (one.url === '/twice') {
    const twice = ['x-content-type-options', 'nosniff', 'x-content-type-options', 'nosniff'];
    response.writeHead(200, [...twice, 'set-cookie', 'a=1', 'set-cookie', 'b=2']);
    return void response.end('twice');
  }
  request.on('end', () => response.end(JSON.stringify({ body: one.body })));
}

function pour(response: ServerResponse): void {
  while (!response.destroyed && response.write(MIB));
  response.once('drain', () => pour(response));
}

beforeAll(async () => {
  upstream = createServer(answer).listen(0, '127.0.0.1');
  await once(upstream, 'listening');
  http2Port = await freePort();
  gateway = await startLoneGateway({
    GATEHOUSE_GATEWAY_HTTP2_PORT: String(http2Port),
    GATEHOUSE_GATEWAY_SEND_TIMEOUT: '1',
  });
  await gateway.add('upstreams', {
    name: 'api',
    targets: [{ host: '127.0.0.1', port: (upstream.address() as AddressInfo).port }],
  });
  await gateway.addRoute({ name: 'all', match: { paths: ['/'] }, upstream: { name: 'api' } });
});

afterAll(async () => {
  await gateway?.stop();
  upstream.closeAllConnections();
  upstream.close();
});

beforeEach(() => {
  seen.length = 0;
  waiting.length = 0;
});

async function until(holds: () => boolean, ms = 5_000): Promise<void> {
  const deadline = Date.now() + ms;
  while (!holds()) {
    if (Date.now() > deadline) throw new Error(`not within ${ms} ms: ${holds.toString()}`);
    await sleep(10);
  }
}

/** Requests that the gateway believes to be under way at the upstream. */
function underWay(): number {
  const { targets } = gateway.app.get(Upstreams, { strict: false }).find('api')!;
  return targets.all.reduce((sum, { active }) => sum + active, 0);
}

async function open(): Promise<Socket> {
  const socket = connect(gateway.port, '127.0.0.1');
  socket.on('error', () => undefined);
  await once(socket, 'connect');
  return socket;
}

function get(path: string, more = ''): string {
  return `GET ${path} HTTP/1.1\r\nHost: a.example\r\n${more}\r\n`;
}

async function isAlive(): Promise<boolean> {
  return (await fetch(`${gateway.url}/alive`)).status === 200;
}

describe('pipelined requests (RFC 9112 §9.3.2)', () => {
  it('are answered in their order, each begun when the one before it is done', async () => {
    const socket = await open();
    let received = '';
    socket.on('data', (chunk: Buffer) => (received += chunk.toString()));
    socket.write(get('/wait') + get('/second') + get('/third', 'Connection: close\r\n'));
    await until(() => waiting.length === 1);
    await sleep(50);
    expect(seen.map(({ url }) => url)).toEqual(['/wait']);
    waiting[0]!.end('first');
    await once(socket, 'close');
    expect(received.match(/HTTP\/1\.1 200/g)).toHaveLength(3);
    expect(seen.map(({ url }) => url)).toEqual(['/wait', '/second', '/third']);
  });

  it('leave nothing behind when their connection dies', async () => {
    const socket = await open();
    socket.write(get('/wait').repeat(200));
    await until(() => waiting.length === 1);
    socket.resetAndDestroy();
    await until(() => seen[0]!.left && underWay() === 0);
    expect(seen).toHaveLength(1);
    expect(await isAlive()).toBe(true);
  });

  it.each(['websocket', 'x', 'h2c'])(
    'one that asks for %s behind another ends no process',
    async (protocol) => {
      const socket = await open();
      const upgrade = `Connection: Upgrade\r\nUpgrade: ${protocol}\r\n`;
      socket.write(get('/wait') + get('/behind', upgrade));
      await until(() => waiting.length === 1 || socket.destroyed);
      waiting[0]?.end();
      await sleep(50);
      socket.destroy();
      expect(await isAlive()).toBe(true);
    },
  );
});

describe('requests for another protocol (RFC 9110 §7.8)', () => {
  it.each([
    ['with Content-Length', 'Content-Length: 5\r\n\r\nhello'],
    ['in chunks', 'Transfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n\r\n'],
  ])('keep their body %s, where the protocol is not spoken', async (_, rest) => {
    const socket = await open();
    const upgrade = 'Connection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\nHTTP2-Settings: AAMAAABkAAQ\r\n';
    socket.write(`POST /posted HTTP/1.1\r\nHost: a.example\r\n${upgrade}${rest}`);
    const [first] = (await once(socket, 'data')) as [Buffer];
    expect(first.toString()).toContain('HTTP/1.1 200');
    expect(seen).toEqual([expect.objectContaining({ url: '/posted', body: 'hello', complete: true })]);
    socket.destroy();
  });

  it('one for WebSocket that is refused leaves no connection behind, whatever its client does', async () => {
    const accepted = once(gateway.app.getHttpServer() as Server, 'connection') as Promise<[Socket]>;
    const socket = connect({ port: gateway.port, host: '127.0.0.1', allowHalfOpen: true });
    socket.on('error', () => undefined);
    socket.write(`${get('/.gatehouse/nothing', 'Connection: Upgrade\r\nUpgrade: websocket\r\n')}more`);
    const [side] = await accepted;
    await until(() => side.destroyed);
    socket.destroy();
  }, 10_000);
});

const [DATA, HEADERS, RST_STREAM, SETTINGS, END_HEADERS] = [0, 1, 3, 4, 4];

/** RFC 9113 §4.1. */
function frame(type: number, flags: number, stream: number, payload: Buffer): Buffer {
  const head = Buffer.from([0, 0, payload.length, type, flags, 0, 0, 0, stream]);
  return Buffer.concat([head, payload]);
}

/** A field whose name is in HPACK's table (RFC 7541 §6.2.1). */
function literal(index: number, value: string): Buffer {
  return Buffer.concat([Buffer.from([index, value.length]), Buffer.from(value)]);
}

describe('callers who leave', () => {
  let session: ClientHttp2Session;
  beforeAll(() => {
    session = connectHttp2(`http://127.0.0.1:${http2Port}`);
    session.on('error', () => undefined);
  });
  afterAll(() => session.destroy());

  it('an HTTP/2 stream that is reset ends its request to the upstream', async () => {
    const stream = session.request({ ':path': '/wait' });
    stream.on('error', () => undefined);
    await until(() => waiting.length === 1);
    stream.close(constants.NGHTTP2_CANCEL);
    await until(() => seen[0]!.left && underWay() === 0);
  });

  it('RFC 9113 §8.1: an upload that was reset does not reach the upstream as a whole one', async () => {
    // Node's own client ends its body before it resets.
    const socket = connect(http2Port, '127.0.0.1');
    socket.on('error', () => undefined);
    socket.write('PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n');
    socket.write(frame(SETTINGS, 0, 0, Buffer.alloc(0)));
    // RFC 7541: `:method` POST and `:scheme` http are in its table, `:path` and `:authority` with other values.
    const fields = Buffer.concat([Buffer.from([0x83, 0x86]), literal(0x44, '/wait'), literal(0x41, 'a')]);
    socket.write(frame(HEADERS, END_HEADERS, 1, fields));
    socket.write(frame(DATA, 0, 1, Buffer.from('half of it')));
    await until(() => seen[0]?.body === 'half of it');
    socket.write(frame(RST_STREAM, 0, 1, Buffer.from([0, 0, 0, constants.NGHTTP2_CANCEL])));
    await until(() => seen[0]!.left && underWay() === 0);
    socket.destroy();
    expect(seen[0]!.complete).toBe(false);
  });

  it('CVE-2025-8671: resets by any code count, not those of cancelled calls alone', async () => {
    const attacker = connectHttp2(`http://127.0.0.1:${http2Port}`);
    attacker.on('error', () => undefined);
    const gone = once(attacker, 'goaway') as Promise<[number]>;
    for (let i = 0; i < 1_000 && !attacker.destroyed; i++) {
      const stream = attacker.request({ ':path': '/wait' });
      stream.on('error', () => undefined);
      stream.close(i % 2 ? constants.NGHTTP2_INTERNAL_ERROR : constants.NGHTTP2_FLOW_CONTROL_ERROR);
      if (i % 50 === 0) await sleep(5);
    }
    expect((await gone)[0]).toBe(constants.NGHTTP2_ENHANCE_YOUR_CALM);
    expect(await isAlive()).toBe(true);
  }, 20_000);
});

describe('GATEHOUSE_GATEWAY_SEND_TIMEOUT: callers who read nothing', () => {
  it('HTTP/1.1: the answer is broken off, and the upstream let go', async () => {
    const socket = await open();
    socket.pause();
    socket.write(get('/endless'));
    await until(() => seen.length === 1);
    await until(() => seen[0]!.left && underWay() === 0, 10_000);
    socket.destroy();
  }, 15_000);

  it('HTTP/2: the stream is', async () => {
    const session = connectHttp2(`http://127.0.0.1:${http2Port}`, { settings: { initialWindowSize: 1_000 } });
    session.on('error', () => undefined);
    const stream = session.request({ ':path': '/endless' });
    stream.on('error', () => undefined);
    stream.pause();
    await until(() => seen.length === 1);
    await until(() => seen[0]!.left && underWay() === 0, 10_000);
    session.destroy();
  }, 15_000);
});

describe('fields of HTTP/2', () => {
  it('RFC 9113 §8.2.3: cookies that came one a line reach the upstream in one', async () => {
    const session = connectHttp2(`http://127.0.0.1:${http2Port}`);
    const stream = session.request({ ':path': '/cookies', cookie: ['a=1', 'b=2'] });
    stream.resume();
    await once(stream, 'end');
    session.destroy();
    expect(seen[0]!.headers.cookie).toBe('a=1; b=2');
  });

  it('RFC 9110 §5.3: a field that the upstream sent twice is no failure', async () => {
    const session = connectHttp2(`http://127.0.0.1:${http2Port}`);
    const stream = session.request({ ':path': '/twice' });
    const [headers] = (await once(stream, 'response')) as [Record<string, unknown>];
    session.destroy();
    expect(headers).toMatchObject({
      ':status': 200,
      'x-content-type-options': 'nosniff, nosniff',
      'set-cookie': ['a=1', 'b=2'],
    });
  });
});
