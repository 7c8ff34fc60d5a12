import { once } from 'node:events';
import http from 'node:http';
import http2 from 'node:http2';
import type { AddressInfo } from 'node:net';
import { buffer } from 'node:stream/consumers';
import * as grpc from '@grpc/grpc-js';
import { Upstreams } from '../../apps/gateway/src/upstreams/upstreams.service.js';
import type { Call } from '../../apps/gateway/src/calls/call.js';
import { UpstreamsHealthController } from '../../apps/gateway/src/upstreams/upstreams-health.controller.js';
import { routeUpstream } from '../../apps/gateway/src/upstreams/upstream-definition.js';
import { freePort } from '../../apps/launcher/src/ports.js';
import { createAuthority, readCertificate } from '../support/certificates.js';
import { send } from './gateway.js';
import { type LoneGateway, startLoneGateway } from './lone-gateway.js';
import { addPool, pause, putUpstreams, startNodeServer, tally, until, upstreamsAlone } from './upstreams.js';

const asIs = (value: Buffer) => value;

/** Messages are bytes: what is tested is the way, not the encoding. */
const ECHO: grpc.ServiceDefinition = {
  unary: method('/echo.Echo/Unary', false, false),
  chat: method('/echo.Echo/Chat', true, true),
  fail: method('/echo.Echo/Fail', false, false),
  count: method('/echo.Echo/Count', false, true),
};

function method(path: string, requestStream: boolean, responseStream: boolean) {
  const form = {
    requestSerialize: asIs,
    requestDeserialize: asIs,
    responseSerialize: asIs,
    responseDeserialize: asIs,
  };
  return { path, requestStream, responseStream, ...form } as grpc.MethodDefinition<Buffer, Buffer>;
}

describe('HTTP/2 upstreams', () => {
  const authority = createAuthority();
  const files = authority.issue('h2', ['IP:127.0.0.1']);
  let gateway: LoneGateway;
  let server: grpc.Server;
  let client: grpc.Client;
  let grpcPort: number;
  let cancelled = 0;
  const seen: grpc.Metadata[] = [];

  beforeAll(async () => {
    const http2Port = await freePort();
    gateway = await startLoneGateway({ GATEHOUSE_GATEWAY_HTTP2_PORT: String(http2Port) });
    await addPool(gateway, '/');
    server = new grpc.Server();
    server.addService(ECHO, {
      unary: (call: grpc.ServerUnaryCall<Buffer, Buffer>, done: grpc.sendUnaryData<Buffer>) => {
        seen.push(call.metadata);
        const trailer = new grpc.Metadata();
        trailer.set('x-trailer', 'there');
        done(null, call.request, trailer);
      },
      fail: (_: unknown, done: grpc.sendUnaryData<Buffer>) =>
        done({ code: grpc.status.NOT_FOUND, details: 'gone' }),
      chat: (call: grpc.ServerDuplexStream<Buffer, Buffer>) => {
        call.on('data', (chunk: Buffer) => call.write(chunk));
        call.on('end', () => call.end());
        call.on('cancelled', () => cancelled++);
      },
      count: (call: grpc.ServerWritableStream<Buffer, Buffer>) => {
        const piece = Buffer.alloc(65_536, 'x');
        for (let i = 0; i < 100; i++) call.write(piece);
        call.end();
      },
    });
    grpcPort = await new Promise<number>((resolve, reject) => {
      server.bindAsync('127.0.0.1:0', grpc.ServerCredentials.createInsecure(), (error, port) =>
        error ? reject(error) : resolve(port),
      );
    });
    client = new grpc.Client(`127.0.0.1:${http2Port}`, grpc.credentials.createInsecure());
  });
  afterAll(async () => {
    client?.close();
    server?.forceShutdown();
    await gateway?.stop();
    authority.remove();
  });
  beforeEach(() => putUpstreams(gateway));

  const put = (url: string, settings: object = {}) =>
    putUpstreams(gateway, { name: 'pool', targets: [{ url }], http2: true, ...settings });
  const putGrpc = (settings: object = {}) => put(`http://127.0.0.1:${grpcPort}`, settings);
  const unary = (path: string, message: string) =>
    new Promise<{ value?: string; error?: grpc.ServiceError; trailer?: string }>((resolve) => {
      let trailer: string | undefined;
      const call = client.makeUnaryRequest(path, asIs, asIs, Buffer.from(message), (error, value) => {
        setImmediate(() =>
          resolve({
            ...(error ? { error } : {}),
            ...(value ? { value: value.toString() } : {}),
            ...(trailer ? { trailer } : {}),
          }),
        );
      });
      call.on('status', ({ metadata }) => (trailer = metadata.get('x-trailer')[0] as string | undefined));
    });

  describe('gRPC', () => {
    it('a call and its trailers come through, and so does an error', async () => {
      putGrpc();
      expect(await unary('/echo.Echo/Unary', 'hello')).toEqual({ value: 'hello', trailer: 'there' });
      const { error } = await unary('/echo.Echo/Fail', '');
      expect(error).toMatchObject({ code: grpc.status.NOT_FOUND, details: 'gone' });
    });

    it('http2 switched off: no gRPC', async () => {
      putGrpc({ http2: false });
      expect((await unary('/echo.Echo/Unary', 'hello')).error).toBeDefined();
    });

    it('both directions flow at the same time, message by message', async () => {
      putGrpc();
      const chat = client.makeBidiStreamRequest('/echo.Echo/Chat', asIs, asIs);
      const received: string[] = [];
      chat.on('data', (chunk: Buffer) => received.push(chunk.toString()));
      chat.on('error', () => undefined);
      for (const message of ['one', 'two', 'three']) {
        chat.write(Buffer.from(message));
        await until(() => received.at(-1) === message);
      }
      chat.end();
      await new Promise((resolve) => chat.on('status', resolve));
      expect(received).toEqual(['one', 'two', 'three']);
    });

    it('large answers flow as fast as they are read', async () => {
      putGrpc();
      const call = client.makeServerStreamRequest('/echo.Echo/Count', asIs, asIs, Buffer.alloc(0));
      let bytes = 0;
      for await (const chunk of call) {
        bytes += (chunk as Buffer).length;
        if (bytes === 65_536) await pause(100);
      }
      expect(bytes).toBe(6_553_600);
    });

    it('a caller that cancels ends the stream at the upstream', async () => {
      putGrpc();
      cancelled = 0;
      const chat = client.makeBidiStreamRequest('/echo.Echo/Chat', asIs, asIs);
      chat.on('error', () => undefined);
      chat.write(Buffer.from('x'));
      await new Promise((resolve) => chat.once('data', resolve));
      chat.cancel();
      await until(() => cancelled === 1);
    });
  });

  describe('over node:http2', () => {
    const open: http2.Http2Server[] = [];
    afterEach(() => {
      for (const one of open.splice(0)) one.close();
    });
    const sessions = new Set<http2.ServerHttp2Session>();
    const start = async (
      listener: (stream: http2.ServerHttp2Stream, headers: http2.IncomingHttpHeaders) => void,
      secure = false,
      settings: http2.Settings = {},
    ) => {
      const made = secure
        ? http2.createSecureServer({ ...readCertificate(files), settings })
        : http2.createServer({ settings });
      sessions.clear();
      made.on('session', (session) => {
        sessions.add(session);
        session.on('error', () => undefined);
      });
      made.on('stream', (stream, headers) => {
        stream.on('error', () => undefined);
        listener(stream, headers);
      });
      open.push(made as http2.Http2Server);
      await new Promise<void>((resolve) => made.listen(0, '127.0.0.1', resolve));
      return `${secure ? 'https' : 'http'}://127.0.0.1:${(made.address() as AddressInfo).port}`;
    };
    const ok = (stream: http2.ServerHttp2Stream) => {
      stream.respond({ ':status': 200, 'x-server': 'h2' });
      stream.end('ok');
    };

    it('with TLS by ALPN, its certificate verified', async () => {
      const url = await start(ok, true);
      put(url);
      expect(await tally(gateway.url, 1)).toEqual({ 502: 1 });
      put(url, { tls: { ca_file: authority.ca } });
      expect(await tally(gateway.url, 2)).toEqual({ h2: 2 });
    });

    it('bodies go both ways, and many calls share a connection', async () => {
      put(
        await start((stream) => {
          stream.respond();
          stream.pipe(stream);
        }),
      );
      const bodies = Array.from({ length: 20 }, (_, i) => String(i).repeat(50_000));
      const answers = await Promise.all(
        bodies.map(async (body) => (await fetch(gateway.url, { method: 'POST', body })).text()),
      );
      expect(answers).toEqual(bodies);
      expect(sessions.size).toBe(1);
    });

    it('connections.max and the streams of each bound what runs; the rest waits', async () => {
      const held: http2.ServerHttp2Stream[] = [];
      const url = await start((stream) => void held.push(stream), false, { maxConcurrentStreams: 1 });
      put(url, { connections: { max: 2, max_pending: 1 } });
      const calls = [fetch(gateway.url)];
      await until(() => held.length === 1);
      calls.push(fetch(gateway.url));
      await until(() => held.length === 2);
      calls.push(fetch(gateway.url));
      await pause(100);
      expect((await fetch(gateway.url)).status).toBe(503);
      ok(held[0]!);
      await until(() => held.length === 3);
      ok(held[1]!);
      ok(held[2]!);
      expect((await Promise.all(calls)).map(({ status }) => status)).toEqual([200, 200, 200]);
    });

    it('response and idle timeouts', async () => {
      put(await start(() => undefined), { timeouts: { response: 0.1 } });
      expect((await fetch(gateway.url)).status).toBe(504);
      const half = await start((stream) => {
        stream.respond();
        stream.write('half');
      });
      put(half, { timeouts: { idle: 0.1 } });
      await expect(fetch(gateway.url).then((one) => one.text())).rejects.toThrow();
    });

    const health = () => {
      const [target] = gateway.app.get(UpstreamsHealthController, { strict: false }).health('pool').targets;
      return { requests: target!.requests, errors: target!.errors };
    };
    const sendTo = (headers: string[], method = 'GET') =>
      send(gateway.url, { path: '/', method, headers: ['host', 'localhost', ...headers] });

    it.each(['user-agent', 'range', 'x-content-type-options'])(
      'RFC 9110 §5.3: two %s, which HTTP/2 cannot carry, are the fault of the caller',
      async (name) => {
        put(await start(ok), { outliers: { consecutive_failures: 1 }, retries: {} });
        expect((await sendTo([name, 'a', name, 'b'])).status).toBe(400);
        expect(health()).toEqual({ requests: 1, errors: 0 });
        expect(await tally(gateway.url, 1)).toEqual({ h2: 1 });
      },
    );

    it('RFC 9110 §13.1.2: two If-None-Match are one list', async () => {
      let match: unknown;
      const url = await start((stream, headers) => {
        match = headers['if-none-match'];
        ok(stream);
      });
      put(url);
      expect((await sendTo(['if-none-match', '"a"', 'if-none-match', '"b"'])).status).toBe(200);
      expect(match).toBe('"a", "b"');
    });

    it('an upload may take longer than timeouts.response, which begins at its end', async () => {
      put(await start((stream) => void stream.resume().on('end', () => ok(stream))), {
        timeouts: { response: 0.2 },
      });
      const upload = http.request(gateway.url, { method: 'POST' });
      for (let i = 0; i < 3; i++) {
        upload.write('x');
        await pause(250);
      }
      upload.end();
      const [answer] = (await once(upload, 'response')) as [http.IncomingMessage];
      expect([answer.statusCode, health().errors]).toEqual([200, 0]);
    });

    it('an upstream that takes no more of an upload is late', async () => {
      put(await start((stream) => void stream.pause()), { timeouts: { response: 0.3 } });
      const upload = http.request(gateway.url, { method: 'POST' });
      upload.on('error', () => undefined);
      upload.write(Buffer.alloc(20_000_000));
      const [answer] = (await once(upload, 'response')) as [http.IncomingMessage];
      expect([answer.statusCode, health().errors]).toEqual([504, 1]);
      upload.destroy();
    });

    it('a caller who reads slowly is no silence of the upstream', async () => {
      const body = Buffer.alloc(20_000_000, 'x');
      const url = await start((stream) => {
        stream.respond();
        stream.end(body);
      });
      put(url, { timeouts: { idle: 0.5 } });
      const [answer] = (await once(http.get(gateway.url), 'response')) as [http.IncomingMessage];
      await pause(1_200);
      expect([(await buffer(answer)).length, health().errors]).toEqual([body.length, 0]);
    });

    it('RFC 9113 §8.7: a refused stream was not processed, and is sent again, whatever its method', async () => {
      let count = 0;
      const url = await start((stream) => {
        if (++count === 1) stream.close(http2.constants.NGHTTP2_REFUSED_STREAM);
        else ok(stream);
      });
      put(url, { retries: { on: ['connect'], budget: { min_per_second: 10 } } });
      expect((await fetch(gateway.url, { method: 'POST' })).status).toBe(200);
      expect(count).toBe(2);
    });

    it.each(['onHead', 'onData', 'onEnd'] as const)(
      'what %s of a handler throws ends its exchange alone',
      async (hook) => {
        const upstreams = upstreamsAlone();
        const url = await start(ok);
        const thrown = new Error('thrown');
        const error = await new Promise<Error>((resolve) => {
          const handler = {
            onStart: () => undefined,
            onHead: () => true,
            onData: () => true,
            onEnd: () => undefined,
            onError: resolve,
            [hook]: () => {
              throw thrown;
            },
          };
          const call = { raw: {} } as Call;
          const request = { call, method: 'GET', path: '/', headers: [], body: null };
          upstreams.of(routeUpstream.parse({ url, http2: true })).send(request, handler);
        });
        expect(error).toBe(thrown);
        upstreams.onApplicationShutdown();
      },
    );

    it('after GOAWAY, new calls take a new connection', async () => {
      put(await start(ok));
      expect(await tally(gateway.url, 1)).toEqual({ h2: 1 });
      for (const session of sessions) session.goaway();
      await pause(50);
      expect(await tally(gateway.url, 2)).toEqual({ h2: 2 });
      expect(sessions.size).toBe(2);
      // The server never closes the old one; the gateway does not wait for that.
      const { targets } = gateway.app.get(Upstreams).find('pool')!;
      await until(() => targets.all[0]!.open === 1);
    });

    it('a server that speaks HTTP/1.1 only is a 502', async () => {
      const plain = await startNodeServer('plain');
      put(plain.url, { timeouts: { response: 1 } });
      expect((await fetch(gateway.url)).status).toBe(502);
      await plain.stop();
    });
  });
});
