import { createHash, randomBytes } from 'node:crypto';
import { once } from 'node:events';
import http from 'node:http';
import { createServer } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { freePort } from '../../apps/launcher/src/ports.js';
import {
  type Echo,
  type GatewayUnderTest,
  rawExchange,
  send,
  startGateway,
  startUpstream,
  statusesOf,
  type Upstream,
} from './gateway.js';

const MIB = 1_048_576;

describe('forwarding', () => {
  let gateway: GatewayUnderTest;
  const upstreams: Upstream[] = [];

  beforeAll(async () => {
    gateway = await startGateway();
  });
  afterAll(async () => {
    await gateway?.stop();
    await Promise.all(upstreams.map((one) => one.stop()));
  });

  let count = 0;
  async function route(handler?: http.RequestListener, more: Record<string, unknown> = {}) {
    const upstream = await startUpstream(handler);
    upstreams.push(upstream);
    const path = `/r${++count}`;
    await gateway.addRoute({
      name: `r${count}`,
      match: { paths: [path] },
      upstream: { url: upstream.url },
      ...more,
    });
    return { path, upstream };
  }

  /** A route to an upstream that answers these bytes to whatever it is sent. */
  async function rawRoute(bytes: string) {
    const server = createServer((socket) =>
      socket.on('error', () => undefined).once('data', () => socket.write(bytes)),
    );
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    upstreams.push({ url: '', seen: [], stop: async () => void server.close() });
    const path = `/r${++count}`;
    const { port } = server.address() as { port: number };
    const url = `http://127.0.0.1:${port}`;
    await gateway.addRoute({ name: `r${count}`, match: { paths: [path] }, upstream: { url } });
    return path;
  }

  function open(path: string, options: http.RequestOptions = {}): http.ClientRequest {
    const { hostname, port } = new URL(gateway.url);
    return http.request({ hostname, port, path, agent: false, ...options });
  }

  async function response(request: http.ClientRequest): Promise<http.IncomingMessage> {
    const [answer] = (await once(request, 'response')) as [http.IncomingMessage];
    return answer;
  }

  it('a request arrives with its method, path, query and body, whatever the content type', async () => {
    const { path } = await route();
    for (const type of [
      'application/json',
      'text/plain',
      'application/x-www-form-urlencoded',
      'x/y; z="a b"',
    ]) {
      const answer = await send(gateway.url, {
        path: `${path}/a%20b?x=1&x=2`,
        method: 'PATCH',
        headers: { 'content-type': type },
        body: '{"not json',
      });
      const seen = JSON.parse(answer.text) as Echo;
      expect(seen).toMatchObject({ method: 'PATCH', url: `${path}/a%20b?x=1&x=2`, body: '{"not json' });
      expect(seen.headers['content-type']).toBe(type);
    }
  });

  it('strip_prefix leaves the matched path out, and the upstream keeps its own base path', async () => {
    const { path, upstream } = await route(undefined, { strip_prefix: true });
    await send(gateway.url, { path: `${path}/x/?q` });
    await send(gateway.url, { path });
    await send(gateway.url, { path: `${path}/` });
    expect(upstream.seen.map((one) => one.url)).toEqual(['/x/?q', '/', '/']);
  });

  it('methods of every kind pass; CONNECT and TRACE do not (RFC 9110 §9.3)', async () => {
    const { path, upstream } = await route();
    for (const method of ['GET', 'DELETE', 'OPTIONS', 'PUT', 'PROPFIND', 'REPORT']) {
      const answer = await send(gateway.url, { path, method });
      expect([method, answer.status]).toEqual([method, 200]);
    }
    const before = upstream.seen.length;
    expect(
      statusesOf(await rawExchange(gateway.url, `TRACE ${path} HTTP/1.1\r\nHost: localhost\r\n\r\n`)),
    ).not.toContain(200);
    expect(
      statusesOf(await rawExchange(gateway.url, 'CONNECT a.example:443 HTTP/1.1\r\nHost: a.example\r\n\r\n')),
    ).not.toContain(200);
    expect(upstream.seen).toHaveLength(before);
  });

  it('HEAD, 204 and 304 have no body, and the connection stays usable', async () => {
    const { path } = await route((request, answer) => {
      if (request.url!.endsWith('204')) answer.writeHead(204).end();
      else if (request.url!.endsWith('304')) answer.writeHead(304, { etag: '"a"' }).end();
      else
        answer.writeHead(200, { 'content-length': '5' }).end(request.method === 'HEAD' ? undefined : 'hello');
    });
    const head = (method: string, end: string) =>
      `${method} ${path}/${end} HTTP/1.1\r\nHost: localhost\r\n\r\n`;
    const received = await rawExchange(
      gateway.url,
      head('HEAD', '200') + head('GET', '204') + head('GET', '304') + head('GET', '200'),
    );
    expect(statusesOf(received)).toEqual([200, 204, 304, 200]);
    expect(received.endsWith('hello')).toBe(true);
    expect(received.match(/hello/g)).toHaveLength(1);
  });

  it.each([
    ['204 No Content', ''],
    ['304 Not Modified', 'content-length: 5\r\n'],
  ])('RFC 9110 §8.6: %s with a length is passed on without waiting for a body', async (status, length) => {
    const path = await rawRoute(`HTTP/1.1 ${status}\r\nContent-Length: 5\r\n\r\n`);
    const received = await rawExchange(gateway.url, `GET ${path} HTTP/1.1\r\nHost: localhost\r\n\r\n`);
    expect(received).toContain(`HTTP/1.1 ${status}\r\n`);
    expect(received).toContain(length);
  });

  it('informational answers are not taken for the final one', async () => {
    const { path } = await route((_, answer) => {
      answer.writeEarlyHints({ link: '</style.css>; rel=preload; as=style' });
      answer.end('final');
    });
    expect(await send(gateway.url, { path })).toMatchObject({ status: 200, text: 'final' });
  });

  it('several Set-Cookie headers stay several; the gateway’s own cookies are not the upstream’s to set', async () => {
    const { path } = await route((_, answer) => {
      answer.setHeader('set-cookie', [
        'a=1; Path=/',
        'b=2',
        'gh_gw_session=forged',
        '=gh_gw_session=forged',
        '__Host-gh_gw_session=forged',
      ]);
      answer.end();
    });
    const { headers } = await send(gateway.url, { path });
    expect(headers['set-cookie']).toEqual(['a=1; Path=/', 'b=2']);
  });

  it('hop-by-hop headers of an answer stay behind, with those its Connection names', async () => {
    const { path } = await route((_, answer) => {
      answer.writeHead(200, {
        connection: 'close, x-inner',
        'x-inner': 'secret',
        'x-outer': 'kept',
        'proxy-authenticate': 'Basic',
      });
      answer.end('ok');
    });
    const { headers } = await send(gateway.url, { path });
    expect(headers).toMatchObject({ 'x-outer': 'kept' });
    expect(headers['x-inner']).toBeUndefined();
    expect(headers['proxy-authenticate']).toBeUndefined();
  });

  it('an upload of 64 MiB streams through: it has begun to arrive before it has been sent', async () => {
    let firstChunkAt = 0;
    const { path } = await route((request, answer) => {
      const hash = createHash('sha256');
      request.on('data', (chunk: Buffer) => {
        firstChunkAt ||= Date.now();
        hash.update(chunk);
      });
      request.on('end', () => answer.end(hash.digest('hex')));
    });
    const request = open(path, { method: 'POST' });
    const expected = createHash('sha256');
    let halfAt = 0;
    for (let i = 0; i < 64; i++) {
      const chunk = randomBytes(MIB);
      expected.update(chunk);
      if (!request.write(chunk)) await once(request, 'drain');
      if (i === 31) {
        await sleep(100);
        halfAt = Date.now();
      }
    }
    request.end();
    const answer = await response(request);
    expect((await answer.toArray()).join('')).toBe(expected.digest('hex'));
    expect(firstChunkAt).toBeLessThan(halfAt);
  });

  it('a slow upstream holds the caller back (back-pressure on uploads)', async () => {
    let resume: () => void = () => undefined;
    const { path } = await route((request, answer) => {
      request.pause();
      resume = () => {
        request.resume();
        request.on('end', () => answer.end('done'));
      };
    });
    const request = open(path, { method: 'POST' });
    let accepted = 0;
    for (let i = 0; i < 200; i++) {
      if (!request.write(Buffer.alloc(MIB))) {
        const drained = await Promise.race([
          once(request, 'drain').then(() => true),
          sleep(700).then(() => false),
        ]);
        if (!drained) break;
      }
      accepted++;
    }
    expect(accepted).toBeLessThan(60);
    resume();
    request.end();
    const answer = await response(request);
    expect((await answer.toArray()).join('')).toBe('done');
  });

  it('a slow caller holds the upstream back (back-pressure on downloads)', async () => {
    let sent = 0;
    let finished = false;
    const { path } = await route((_, answer) => {
      const more = () => {
        while (sent < 200) {
          sent++;
          if (!answer.write(Buffer.alloc(MIB))) return void answer.once('drain', more);
        }
        finished = true;
        answer.end();
      };
      more();
    });
    const request = open(path);
    request.end();
    const answer = await response(request);
    answer.pause();
    await sleep(1_000);
    expect(finished).toBe(false);
    expect(sent).toBeLessThan(60);
    let received = 0;
    for await (const chunk of answer) received += (chunk as Buffer).length;
    expect(received).toBe(200 * MIB);
  });

  it('an answer streams: its first part is there while the upstream still writes (SSE)', async () => {
    let end: () => void = () => undefined;
    const { path } = await route((_, answer) => {
      answer.writeHead(200, { 'content-type': 'text/event-stream' });
      answer.write('data: 1\n\n');
      end = () => answer.end('data: 2\n\n');
    });
    const request = open(path);
    request.end();
    const answer = await response(request);
    const [first] = (await once(answer, 'data')) as [Buffer];
    expect(first.toString()).toBe('data: 1\n\n');
    end();
    const [second] = (await once(answer, 'data')) as [Buffer];
    expect(second.toString()).toBe('data: 2\n\n');
  });

  it('when the caller goes away, so does the request to the upstream', async () => {
    let closed: (how: string) => void = () => undefined;
    const gone = new Promise<string>((resolve) => (closed = resolve));
    const { path, upstream } = await route((_, answer) => {
      answer.write('begun');
      answer.on('close', () => closed('closed'));
    });
    const request = open(path);
    request.on('error', () => undefined);
    request.end();
    await response(request);
    request.destroy();
    expect(await Promise.race([gone, sleep(2_000).then(() => 'still open')])).toBe('closed');
    expect(upstream.seen).toHaveLength(1);
  });

  it('when the caller goes away in the middle of an upload, the upstream sees an aborted request, not a whole one', async () => {
    let ended: (how: string) => void = () => undefined;
    const how = new Promise<string>((resolve) => (ended = resolve));
    const { path } = await route((request) => {
      request.on('data', () => undefined);
      request.on('end', () => ended('whole'));
      request.on('error', () => ended('aborted'));
    });
    const request = open(path, { method: 'POST' });
    request.on('error', () => undefined);
    request.write(Buffer.alloc(100_000));
    await sleep(200);
    request.destroy();
    expect(await how).toBe('aborted');
  });

  it('an upstream that nobody listens at: 502 problem details (RFC 9457)', async () => {
    const port = await freePort();
    await gateway.addRoute({
      name: 'nobody',
      match: { paths: ['/nobody'] },
      upstream: { url: `http://127.0.0.1:${port}` },
    });
    const answer = await send(gateway.url, { path: '/nobody' });
    expect(answer.status).toBe(502);
    expect(answer.headers['content-type']).toMatch(/^application\/problem\+json/);
    expect(answer.text).not.toContain(String(port));
    const upload = await send(gateway.url, { path: '/nobody', method: 'POST', body: Buffer.alloc(3 * MIB) });
    expect(upload.status).toBe(502);
  });

  it('an upstream that hangs up before it answers: 502', async () => {
    const { path } = await route((request) => request.socket.destroy());
    expect((await send(gateway.url, { path })).status).toBe(502);
  });

  it('an upstream that hangs up in the middle: the answer breaks off, it does not end', async () => {
    const { path } = await route((_, answer) => {
      answer.writeHead(200, { 'transfer-encoding': 'chunked' });
      answer.write('half');
      setTimeout(() => answer.destroy(), 50);
    });
    await expect(send(gateway.url, { path })).rejects.toThrow('aborted');
  });

  it('an upstream that does not speak HTTP: 502', async () => {
    const server = createServer((socket) => socket.end('SSH-2.0-OpenSSH\r\n'));
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    const { port } = server.address() as { port: number };
    await gateway.addRoute({
      name: 'ssh',
      match: { paths: ['/ssh'] },
      upstream: { url: `http://127.0.0.1:${port}` },
    });
    expect((await send(gateway.url, { path: '/ssh' })).status).toBe(502);
    server.close();
  });

  it('an answer that comes before the upload has ended is passed on, and the connection does not hang', async () => {
    const { path } = await route((_, answer) => answer.writeHead(413).end('too much'));
    const head = `POST ${path} HTTP/1.1\r\nHost: localhost\r\nContent-Length: 2000000\r\n\r\n`;
    const body = 'x'.repeat(2_000_000);
    const next = `GET ${path} HTTP/1.1\r\nHost: localhost\r\n\r\n`;
    expect(statusesOf(await rawExchange(gateway.url, head + body + next))).toEqual([413, 413]);
  });

  it('and one that never ends is cut off after the answer', async () => {
    const { path } = await route((_, answer) => answer.writeHead(413).end('too much'));
    const request = open(path, { method: 'POST', headers: { 'content-length': '100000000' } });
    const closed = once(request, 'close');
    request.on('error', () => undefined);
    request.write(Buffer.alloc(100_000));
    const answer = await response(request);
    expect(answer.statusCode).toBe(413);
    answer.resume();
    expect(await Promise.race([closed.then(() => 'closed'), sleep(5_000).then(() => 'open')])).toBe('closed');
  });

  it('a caller that goes away after such an answer, or while it waits for a connection, ends no process', async () => {
    const { path } = await route((_, answer) => answer.writeHead(413).end('too much'));
    const early = open(path, { method: 'POST', headers: { 'content-length': '1000' } });
    early.on('error', () => undefined);
    early.write('begun');
    (await response(early)).resume();
    // Past the moment in which the rest of an upload is still read.
    await once(early, 'close');
    const { path: silent, upstream } = await route(() => undefined);
    const uploads = Array.from({ length: 300 }, () => {
      const upload = open(silent, { method: 'POST', headers: { 'content-length': '1000' } });
      upload.on('error', () => undefined);
      upload.write('begun');
      return upload;
    });
    while (upstream.seen.length < 256) await sleep(20);
    for (const upload of uploads.reverse()) upload.destroy();
    await sleep(200);
    expect((await send(gateway.url, { path: '/health/live' })).status).toBe(200);
  });

  it('RFC 9110 §10.1.1: Expect: 100-continue is answered, and not forwarded', async () => {
    const { path } = await route();
    const request = open(path, {
      method: 'POST',
      headers: { expect: '100-continue', 'content-length': '4' },
    });
    const continued = once(request, 'continue');
    request.flushHeaders();
    await continued;
    request.end('body');
    const answer = await response(request);
    const seen = JSON.parse((await answer.toArray()).join('')) as Echo;
    expect(seen.body).toBe('body');
    expect(seen.headers.expect).toBeUndefined();
  });
});
