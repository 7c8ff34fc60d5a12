import http from 'node:http';
import https from 'node:https';
import type { AddressInfo } from 'node:net';
import { type LoneGateway, startLoneGateway } from '../gateway/lone-gateway.js';
import { rawExchange, statusesOf } from '../gateway/gateway.js';
import {
  addPool,
  pause,
  putUpstreams,
  startNodeServer,
  startRawServer,
  until,
} from '../gateway/upstreams.js';
import { createAuthority, readCertificate } from '../support/certificates.js';

const OK = 'HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok';

describe('security of what upstreams answer', () => {
  let gateway: LoneGateway;
  const stops: (() => void)[] = [];

  beforeAll(async () => {
    gateway = await startLoneGateway();
    await addPool(gateway, '/');
  });
  afterAll(async () => {
    await gateway?.stop();
    for (const stop of stops) stop();
  });

  /** An upstream of one connection that answers the n-th request with what `answer` says. */
  const answering = async (answer: (count: number) => string, settings: object = {}) => {
    const raw = await startRawServer((socket, _, count) =>
      socket.write(Buffer.from(answer(count), 'latin1')),
    );
    stops.push(raw.stop);
    putUpstreams(gateway, {
      name: 'pool',
      targets: [{ url: raw.url }],
      connections: { max: 1 },
      ...settings,
    });
    return raw;
  };
  const ask = async (path = '/') => {
    const answer = await fetch(gateway.url + path);
    return { status: answer.status, text: await answer.text(), headers: answer.headers };
  };

  it('APISIX CVE-2026-31923: the certificate of an https upstream is verified by default', async () => {
    const authority = createAuthority();
    const files = readCertificate(authority.issue('upstream', ['IP:127.0.0.1']));
    let reached = 0;
    const server = https.createServer(files, (_, response) => response.end(String(++reached)));
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const url = `https://127.0.0.1:${(server.address() as AddressInfo).port}`;
    putUpstreams(gateway, { name: 'pool', targets: [{ url }] });
    expect((await ask()).status).toBe(502);
    putUpstreams(gateway, { name: 'pool', targets: [{ url }], http2: true });
    expect((await ask()).status).toBe(502);
    putUpstreams(gateway, { name: 'pool', targets: [{ url }], health_check: { interval: 0.05 } });
    await pause(300);
    expect(reached).toBe(0);
    putUpstreams(gateway, { name: 'pool', targets: [{ url }], tls: { ca_file: authority.ca } });
    expect((await ask()).status).toBe(200);
    server.close();
    authority.remove();
  });

  it.each([
    ['two lengths', 'Content-Length: 2\r\nContent-Length: 40\r\n\r\nok'],
    ['two equal lengths', 'Content-Length: 2\r\nContent-Length: 2\r\n\r\nok'],
    ['a list of lengths', 'Content-Length: 2, 40\r\n\r\nok'],
    [
      'both length and coding',
      `Content-Length: 40\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nok\r\n0\r\n\r\n`,
    ],
    ['a coding that is not the last', 'Transfer-Encoding: chunked, gzip\r\nContent-Length: 2\r\n\r\nok'],
    ['a signed length', 'Content-Length: +2\r\n\r\nok'],
    ['a length that is none', 'Content-Length: 2x\r\n\r\nok'],
    ['a space before the colon', 'Content-Length : 2\r\n\r\nok'],
    ['a bare line feed', 'X-A: 1\nContent-Length: 2\r\n\r\nok'],
    ['a bare carriage return', 'X-A: 1\rX-B: 2\r\nContent-Length: 2\r\n\r\nok'],
    ['NUL in a header', 'X-A: 1\u0000\r\nContent-Length: 2\r\n\r\nok'],
    ['a chunk size that is none', 'Transfer-Encoding: chunked\r\n\r\n0x2\r\nok\r\n0\r\n\r\n'],
  ])(
    'undici CVE-2026-1525 and its class: an answer with %s never passes for a whole one',
    async (_, rest) => {
      await answering(() => `HTTP/1.1 200 OK\r\n${rest}`, { timeouts: { response: 2, idle: 1 } });
      const received = await rawExchange(gateway.url, 'GET / HTTP/1.1\r\nHost: a\r\n\r\n', 2_500);
      const [status] = statusesOf(received);
      // A fault that is only seen in the body breaks the answer off instead.
      const whole = status === 200 && received.includes('ok') && /\r\n(?:0\r\n\r\n|ok)$/.test(received);
      expect(whole).toBe(false);
      expect([undefined, 200, 502, 504]).toContain(status);
    },
  );

  it('undici CVE-2026-1525: a request with two lengths reaches no upstream', async () => {
    const server = await startNodeServer('one');
    stops.push(() => void server.stop());
    putUpstreams(gateway, { name: 'pool', targets: [{ url: server.url }] });
    const head = 'POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 2\r\nContent-Length: 2\r\n\r\nok';
    expect(statusesOf(await rawExchange(gateway.url, head))).toEqual([400]);
    expect(server.seen).toHaveLength(0);
  });

  it('Node CVE-2026-48931: an answer that comes on an idle connection is nobody else’s', async () => {
    const poison = 'HTTP/1.1 200 OK\r\nContent-Length: 6\r\n\r\npoison';
    const raw = await startRawServer((socket, _, count) => {
      socket.write(OK);
      if (count === 1) setTimeout(() => socket.write(poison), 50);
    });
    stops.push(raw.stop);
    putUpstreams(gateway, { name: 'pool', targets: [{ url: raw.url }], connections: { max: 1 } });
    expect((await ask()).text).toBe('ok');
    await pause(150);
    for (let i = 0; i < 3; i++) expect((await ask()).text).toBe('ok');
    expect(raw.connections()).toBeGreaterThan(1);
  });

  it('Node CVE-2026-48931: nor is a second answer that comes with the first', async () => {
    await answering((count) =>
      count === 1 ? `${OK}HTTP/1.1 200 OK\r\nContent-Length: 6\r\n\r\npoison` : OK,
    );
    const answers = await Promise.all([ask(), ask(), ask()]);
    for (const { status, text } of answers)
      expect([200, 502]).toContain(status === 200 && text === 'ok' ? 200 : status === 502 ? 502 : 0);
    expect((await ask()).text).toBe('ok');
  });

  it('a late answer to a call that was given up is not the next one’s', async () => {
    const raw = await startRawServer((socket, request) => {
      const late = request.startsWith('GET /slow');
      const body = late ? 'slow' : 'fast';
      setTimeout(() => socket.write(`HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\n${body}`), late ? 400 : 0);
    });
    stops.push(raw.stop);
    putUpstreams(gateway, { name: 'pool', targets: [{ url: raw.url }], connections: { max: 1 } });
    const leaving = new AbortController();
    const left = fetch(`${gateway.url}/slow`, { signal: leaving.signal }).catch(() => 'left');
    await pause(100);
    leaving.abort();
    expect(await left).toBe('left');
    expect((await ask('/fast')).text).toBe('fast');
    await pause(400);
    expect((await ask('/fast')).text).toBe('fast');
  });

  it('an early answer to an upload leaves nothing of it to the next call', async () => {
    const requests: string[] = [];
    const raw = await startRawServer((socket, text) => {
      requests.push(text);
      if (/^(?:GET|POST) /.test(text)) socket.write(OK);
    });
    stops.push(raw.stop);
    putUpstreams(gateway, { name: 'pool', targets: [{ url: raw.url }], connections: { max: 1 } });
    const upload = http.request(gateway.url, { method: 'POST', headers: { 'content-length': '60000' } });
    upload.on('error', () => undefined);
    const answered = new Promise<number>((resolve) =>
      upload.on('response', (one) => resolve(one.statusCode!)),
    );
    upload.write('x');
    expect(await answered).toBe(200);
    expect((await ask()).text).toBe('ok');
    upload.destroy();
    // Each connection begins with the head of a request, and nothing of the upload stands before the GET.
    expect(requests.at(-1)).toMatch(/^GET /);
    expect(raw.connections()).toBe(2);
  });

  it('Envoy CVE-2024-23326: a 101 that nobody asked for ends the call, and is no tunnel', async () => {
    await answering(() => 'HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: x\r\n\r\n');
    expect((await ask()).status).toBe(502);
  });

  it('heads without an end, and larger than 64 KiB, end the call', async () => {
    await answering(() => `HTTP/1.1 200 OK\r\nX-A: ${'a'.repeat(100_000)}\r\n\r\n`);
    expect((await ask()).status).toBe(502);
    await answering(() => `HTTP/1.1 200 OK\r\nX-A: `, { timeouts: { response: 0.1 } });
    expect((await ask()).status).toBe(504);
  });

  it('a body that ends before its length is broken off, not made whole', async () => {
    const raw = await startRawServer((socket) =>
      socket.end('HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nhalf'),
    );
    stops.push(raw.stop);
    putUpstreams(gateway, { name: 'pool', targets: [{ url: raw.url }] });
    await expect(ask()).rejects.toThrow();
  });

  it('hydra#3775 and its class: calls that come at once open no more connections than there may be', async () => {
    const server = await startNodeServer('one', (_, response) => setTimeout(() => response.end('ok'), 20));
    stops.push(() => void server.stop());
    putUpstreams(gateway, { name: 'pool', targets: [{ url: server.url }], connections: { max: 3 } });
    await Promise.all(Array.from({ length: 30 }, () => ask()));
    await until(() => server.seen.length === 30);
    expect(server.connections).toBeLessThanOrEqual(3);
  });
});
