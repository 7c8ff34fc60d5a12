import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { connect as connectHttp2, constants, type ClientHttp2Session } from 'node:http2';
import { request as httpsRequest } from 'node:https';
import { connect, type Socket } from 'node:net';
import { connect as connectTls, type PeerCertificate, type TLSSocket } from 'node:tls';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { once } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';
import type { AddressInfo } from 'node:net';
import { freePort } from '../../apps/launcher/src/ports.js';
import { makeCertificate, spoilCertificate, type TestCertificate } from './certificates.js';
import { type LoneGateway, startLoneGateway } from './lone-gateway.js';

let upstream: Server;
let upstreamUrl: string;

/** Tells what it got; `/slow` takes half a second, `/echo` sends back what it is sent, `/trailers` has some. */
function answer(request: IncomingMessage, response: ServerResponse): void {
  if (request.url === '/echo') return void request.pipe(response);
  const tell = () => response.end(JSON.stringify({ url: request.url, headers: request.headers }));
  if (request.url === '/slow') return void setTimeout(tell, 500);
  if (request.url === '/trailers') {
    response.writeHead(200, { trailer: 'x-sum' });
    response.write('body');
    response.addTrailers({ 'x-sum': '42' });
    return void response.end();
  }
  if (request.url === '/broken') {
    response.write('half');
    return void setTimeout(() => response.destroy(), 50);
  }
  tell();
}

beforeAll(async () => {
  upstream = createServer(answer).listen(0, '127.0.0.1');
  await once(upstream, 'listening');
  upstreamUrl = `http://127.0.0.1:${(upstream.address() as AddressInfo).port}`;
});

afterAll(() => {
  upstream.closeAllConnections();
  upstream.close();
});

interface Answered {
  status: number;
  headers: Record<string, unknown>;
  body: string;
  trailers: Record<string, unknown>;
}

function call(
  session: ClientHttp2Session,
  headers: Record<string, string>,
  body?: string,
): Promise<Answered> {
  return new Promise((resolve, reject) => {
    const stream = session.request(headers, { endStream: body === undefined });
    const answered: Answered = { status: 0, headers: {}, body: '', trailers: {} };
    stream.on('response', (got) => {
      answered.status = Number(got[':status']);
      answered.headers = got;
    });
    stream.on('trailers', (got) => (answered.trailers = got));
    stream.setEncoding('utf8').on('data', (chunk: string) => (answered.body += chunk));
    stream.on('end', () => resolve(answered)).on('error', reject);
    if (body !== undefined) stream.end(body);
  });
}

describe('plaintext HTTP/2 (GATEHOUSE_GATEWAY_HTTP2_PORT)', () => {
  let gateway: LoneGateway;
  let session: ClientHttp2Session;
  let http2Port: number;

  beforeAll(async () => {
    http2Port = await freePort();
    gateway = await startLoneGateway({ GATEHOUSE_GATEWAY_HTTP2_PORT: String(http2Port) });
    await gateway.addRoute({ name: 'all', match: { paths: ['/'] }, upstream: { url: upstreamUrl } });
    session = connectHttp2(`http://127.0.0.1:${http2Port}`);
  });

  afterAll(async () => {
    session.destroy();
    await gateway.stop();
  });

  it('RFC 9113 §8.3.1: is matched and forwarded by :method, :path and :authority', async () => {
    const { status, body } = await call(session, { ':path': '/a?b=c', ':authority': 'api.example' });
    expect(status).toBe(200);
    const told = JSON.parse(body) as { url: string; headers: Record<string, string> };
    expect(told.url).toBe('/a?b=c');
    expect(told.headers['x-forwarded-host']).toBe('api.example');
    expect(Object.keys(told.headers).filter((name) => name.startsWith(':'))).toEqual([]);
  });

  it('streams bodies both ways', async () => {
    const stream = session.request({ ':path': '/echo', ':method': 'POST' }, { endStream: false });
    stream.write('one');
    const [first] = (await once(stream, 'data')) as [Buffer];
    expect(first.toString()).toBe('one');
    stream.end('two');
    const [second] = (await once(stream, 'data')) as [Buffer];
    expect(second.toString()).toBe('two');
  });

  it('RFC 9110 §6.5: passes trailers on', async () => {
    const { trailers, body } = await call(session, { ':path': '/trailers' });
    expect(body).toBe('body');
    expect(trailers['x-sum']).toBe('42');
  });

  it('RFC 9113 §8.1: an answer that broke off does not end like a whole one', async () => {
    const stream = session.request({ ':path': '/broken' });
    stream.resume();
    const [error] = (await once(stream, 'error')) as [NodeJS.ErrnoException];
    expect(error.message).toContain('NGHTTP2_INTERNAL_ERROR');
  });

  it("serves the gateway's own endpoints, too", async () => {
    const { status, body } = await call(session, { ':path': '/health/live' });
    expect([status, body]).toEqual([200, '{"status":"ok"}']);
  });

  it('RFC 9110 §15.5.5: says of an unknown address what HTTP/1.1 does', async () => {
    const { status, headers } = await call(session, { ':path': '/.gatehouse/nothing' });
    expect(status).toBe(404);
    expect(headers['content-type']).toContain('application/problem+json');
  });

  it('HTTP/2 rapid reset: a client that only begins and resets is sent away', async () => {
    const attacker = connectHttp2(`http://127.0.0.1:${http2Port}`);
    attacker.on('error', () => undefined);
    const gone = once(attacker, 'goaway') as Promise<[number]>;
    for (let i = 0; i < 1_000 && !attacker.destroyed; i++) {
      const stream = attacker.request({ ':path': '/slow' });
      stream.on('error', () => undefined);
      stream.close(constants.NGHTTP2_CANCEL);
      if (i % 50 === 0) await sleep(5);
    }
    expect((await gone)[0]).toBe(constants.NGHTTP2_ENHANCE_YOUR_CALM);
    expect((await call(session, { ':path': '/still-served' })).status).toBe(200);
  }, 20_000);

  it('lets a running call end at a stop', async () => {
    const port = await freePort();
    const other = await startLoneGateway({ GATEHOUSE_GATEWAY_HTTP2_PORT: String(port) });
    await other.addRoute({ name: 'all', match: { paths: ['/'] }, upstream: { url: upstreamUrl } });
    const client = connectHttp2(`http://127.0.0.1:${port}`);
    const running = call(client, { ':path': '/slow' });
    await sleep(100);
    const [{ status }] = await Promise.all([running, other.stop()]);
    expect(status).toBe(200);
  });
});

describe('TLS (GATEHOUSE_GATEWAY_TLS_PORT, GATEHOUSE_GATEWAY_TLS_DIR)', () => {
  const folder = mkdtempSync(join(tmpdir(), 'gatehouse-tls-'));
  let gateway: LoneGateway;
  let port: number;
  let one: TestCertificate;

  beforeAll(async () => {
    one = makeCertificate(folder, 'one', ['one.example', '*.wild.example']);
    makeCertificate(join(folder, 'nested'), 'tls', ['two.example']);
    makeCertificate(folder, 'default', ['default.example']);
    port = await freePort();
    gateway = await startLoneGateway({
      GATEHOUSE_GATEWAY_TLS_PORT: String(port),
      GATEHOUSE_GATEWAY_TLS_DIR: folder,
    });
    await gateway.addRoute({ name: 'all', match: { paths: ['/'] }, upstream: { url: upstreamUrl } });
  });

  afterAll(async () => {
    await gateway.stop();
    rmSync(folder, { recursive: true });
  });

  function handshake(servername: string | undefined, options = {}): Promise<TLSSocket> {
    return new Promise((resolve, reject) => {
      const socket = connectTls({
        host: '127.0.0.1',
        port,
        servername,
        rejectUnauthorized: false,
        ...options,
      });
      socket.once('secureConnect', () => resolve(socket)).once('error', reject);
    });
  }

  async function certificateFor(servername: string | undefined): Promise<PeerCertificate> {
    const socket = await handshake(servername);
    const certificate = socket.getPeerCertificate();
    socket.destroy();
    return certificate;
  }

  it.each([
    ['one.example', 'one'],
    ['ONE.example', 'one'],
    ['a.wild.example', 'one'],
    ['two.example', 'tls'],
    ['a.b.wild.example', 'default'],
    ['unknown.example', 'default'],
    [undefined, 'default'],
  ])('RFC 6066 §3: %s is served with the certificate %s', async (servername, expected) => {
    expect((await certificateFor(servername)).subject.CN).toBe(expected);
  });

  it('takes HTTP/1.1 calls, and says https to the upstream', async () => {
    const told = await new Promise<{ headers: Record<string, string> }>((resolve, reject) => {
      httpsRequest(`https://127.0.0.1:${port}/x`, { rejectUnauthorized: false }, (response) => {
        let body = '';
        response.setEncoding('utf8').on('data', (chunk: string) => (body += chunk));
        response.on('end', () => resolve(JSON.parse(body) as { headers: Record<string, string> }));
      })
        .on('error', reject)
        .end();
    });
    expect(told.headers['x-forwarded-proto']).toBe('https');
  });

  it('RFC 7301: takes HTTP/2 calls where the client offers it', async () => {
    const session = connectHttp2(`https://127.0.0.1:${port}`, { rejectUnauthorized: false });
    const { status, body } = await call(session, { ':path': '/x' });
    session.destroy();
    expect(status).toBe(200);
    expect((JSON.parse(body) as { headers: Record<string, string> }).headers['x-forwarded-proto']).toBe(
      'https',
    );
  });

  it('RFC 8996: refuses TLS 1.1', async () => {
    const old = { maxVersion: 'TLSv1.1', minVersion: 'TLSv1.1', ciphers: 'DEFAULT@SECLEVEL=0' };
    await expect(handshake('one.example', old)).rejects.toThrow(/protocol version|alert|unsupported/i);
  });

  it('reads a changed certificate anew, without a stop and without a failed call; a faulty one changes nothing', async () => {
    const before = (await certificateFor('one.example')).fingerprint256;
    const held = await handshake('one.example');
    one = makeCertificate(folder, 'one', ['one.example']);
    const deadline = Date.now() + 5_000;
    let now = before;
    while (now === before && Date.now() < deadline) {
      await sleep(50);
      now = (await certificateFor('one.example')).fingerprint256;
    }
    expect(now).not.toBe(before);
    held.write('GET /held HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n');
    expect(await text(held)).toContain('HTTP/1.1 200');
    spoilCertificate(one);
    await sleep(500);
    expect((await certificateFor('one.example')).fingerprint256).toBe(now);
  }, 15_000);

  it('GATEHOUSE_GATEWAY_TLS_MIN_VERSION=TLSv1.3 refuses TLS 1.2, which is taken otherwise', async () => {
    const at12 = { maxVersion: 'TLSv1.2' };
    (await handshake('two.example', at12)).destroy();
    const strictPort = await freePort();
    makeCertificate(folder, 'one', ['one.example']);
    const strict = await startLoneGateway({
      GATEHOUSE_GATEWAY_TLS_PORT: String(strictPort),
      GATEHOUSE_GATEWAY_TLS_DIR: folder,
      GATEHOUSE_GATEWAY_TLS_MIN_VERSION: 'TLSv1.3',
    });
    await expect(handshake('two.example', { ...at12, port: strictPort })).rejects.toThrow();
    await expect(handshake(undefined, { ...at12, port: strictPort })).rejects.toThrow();
    await strict.stop();
  });

  it('a handshake that is never finished holds up no stop', async () => {
    const idlePort = await freePort();
    const other = await startLoneGateway({
      GATEHOUSE_GATEWAY_TLS_PORT: String(idlePort),
      GATEHOUSE_GATEWAY_TLS_DIR: folder,
    });
    const socket = connect(idlePort, '127.0.0.1');
    socket.on('error', () => undefined);
    await once(socket, 'connect');
    await other.stop();
    socket.destroy();
  }, 15_000);
});

async function text(socket: Socket | TLSSocket): Promise<string> {
  let all = '';
  for await (const chunk of socket) all += (chunk as Buffer).toString('latin1');
  return all;
}

describe('the PROXY protocol (GATEHOUSE_GATEWAY_PROXY_PROTOCOL)', () => {
  let gateway: LoneGateway;
  const folder = mkdtempSync(join(tmpdir(), 'gatehouse-proxy-'));
  let [http2Port, tlsPort] = [0, 0];

  beforeAll(async () => {
    makeCertificate(folder, 'one', ['one.example']);
    [http2Port, tlsPort] = [await freePort(), await freePort()];
    gateway = await startLoneGateway({
      GATEHOUSE_GATEWAY_PROXY_PROTOCOL: 'true',
      GATEHOUSE_TRUST_PROXY: '127.0.0.1',
      GATEHOUSE_GATEWAY_HTTP2_PORT: String(http2Port),
      GATEHOUSE_GATEWAY_TLS_PORT: String(tlsPort),
      GATEHOUSE_GATEWAY_TLS_DIR: folder,
    });
    await gateway.addRoute({ name: 'all', match: { paths: ['/'] }, upstream: { url: upstreamUrl } });
  });

  afterAll(async () => {
    await gateway.stop();
    rmSync(folder, { recursive: true });
  });

  const get = 'GET /x HTTP/1.1\r\nHost: a.example\r\nConnection: close\r\n\r\n';

  async function send(...parts: (string | Buffer)[]): Promise<string> {
    const socket = connect(gateway.port, '127.0.0.1');
    for (const part of parts) {
      socket.write(part);
      await sleep(20);
    }
    return text(socket).catch((error: Error) => error.message);
  }

  const v1 = 'PROXY TCP4 203.0.113.7 198.51.100.1 40000 443\r\n';

  it('version 1: its address is the peer, and what follows is the request', async () => {
    expect(await send(v1 + get)).toContain('"x-forwarded-for":"203.0.113.7"');
  });

  it('may come in pieces', async () => {
    expect(await send(v1.slice(0, 3), v1.slice(3, 30), v1.slice(30) + get)).toContain('203.0.113.7');
  });

  it('version 1 of IPv6', async () => {
    const header = 'PROXY TCP6 2001:db8::7 2001:db8::1 40000 443\r\n';
    expect(await send(header + get)).toContain('"x-forwarded-for":"2001:db8::7"');
  });

  it('version 2: the address of the binary header', async () => {
    expect(await send(Buffer.concat([version2([192, 0, 2, 9]), Buffer.from(get)]))).toContain(
      '"x-forwarded-for":"192.0.2.9"',
    );
  });

  it("the proxy's own health check (UNKNOWN, LOCAL) keeps the proxy's address", async () => {
    expect(await send(`PROXY UNKNOWN\r\n${get}`)).toContain('"x-forwarded-for":"127.0.0.1"');
    expect(await send(Buffer.concat([version2([1, 2, 3, 4], 0x20), Buffer.from(get)]))).toContain(
      '"x-forwarded-for":"127.0.0.1"',
    );
  });

  it.each([
    ['no header', get],
    ['an unknown family', `PROXY UDP4 1.2.3.4 1.2.3.4 1 1\r\n${get}`],
    ['no address', `PROXY TCP4 evil 1.2.3.4 1 1\r\n${get}`],
    ['a port too high', `PROXY TCP4 1.2.3.4 1.2.3.4 99999 1\r\n${get}`],
    ['a header without an end', `PROXY TCP4 ${'1'.repeat(200)}`],
  ])('closes a connection with %s, and answers nothing', async (_what, bytes) => {
    const got = await send(bytes);
    expect(got).not.toContain('HTTP/1.1');
  });

  it('holds for HTTP/2', async () => {
    const socket = connect(http2Port, '127.0.0.1');
    socket.write(v1);
    const session = connectHttp2(`http://127.0.0.1:${http2Port}`, { createConnection: () => socket });
    const { body } = await call(session, { ':path': '/x' });
    session.destroy();
    expect(body).toContain('"x-forwarded-for":"203.0.113.7"');
  });

  it('holds for TLS', async () => {
    const socket = connect(tlsPort, '127.0.0.1');
    socket.write(v1);
    const secure = connectTls({ socket, rejectUnauthorized: false, servername: 'one.example' });
    await once(secure, 'secureConnect');
    secure.write(get);
    expect(await text(secure)).toContain('"x-forwarded-for":"203.0.113.7"');
  });

  it('only of trusted proxies: without GATEHOUSE_TRUST_PROXY it does not start', async () => {
    await expect(startLoneGateway({ GATEHOUSE_GATEWAY_PROXY_PROTOCOL: 'true' })).rejects.toThrow(
      'GATEHOUSE_TRUST_PROXY',
    );
  });
});

function version2(address: readonly number[], command = 0x21): Buffer {
  const addresses = Buffer.from([...address, 198, 51, 100, 1, 0x9c, 0x40, 0x01, 0xbb]);
  const fixed = Buffer.from('0d0a0d0a000d0a515549540a00000000', 'hex');
  fixed[12] = command;
  fixed[13] = 0x11;
  fixed.writeUInt16BE(addresses.length, 14);
  return Buffer.concat([fixed, addresses]);
}
