import { type RequestListener, type Server as HttpServer } from 'node:http';
import {
  createServer as createHttp2Server,
  type Http2Server,
  type Http2Session,
  type ServerHttp2Session,
} from 'node:http2';
import { createServer as createHttpsServer, type Server as HttpsServer } from 'node:https';
import type { Server, Socket } from 'node:net';
import type { TLSSocket } from 'node:tls';
import { once } from 'node:events';
import {
  answerMalformed,
  proxyTrust,
  SERVER_LIMITS,
  StartError,
  trackIdleConnections,
} from '@gatehouse/http';
import {
  type BeforeApplicationShutdown,
  Inject,
  Injectable,
  Logger,
  type OnApplicationBootstrap,
} from '@nestjs/common';
import { HttpAdapterHost } from '@nestjs/core';
import { CONFIG, type Config } from '../config.js';
import { MAX_HEADERS } from '../proxy/find-route.js';
import { Proxy } from '../proxy/proxy.service.js';
import { RequestOrWebSocket } from '../proxy/websocket-request.js';
import { CertificateFolder } from './certificates.js';
import { boundResets } from './http2-abuse.js';
import { expectProxyProtocol } from './proxy-protocol.js';

const STREAMS = 100;
/** An HTTP/2 connection on which nothing happens. */
const IDLE_SESSION_MS = 120_000;

/** Knows the connections that have not agreed on TLS yet. @returns what ends them: a stop would wait for them */
function trackHandshakes(server: HttpsServer): () => void {
  const open = new Map<string, Socket>();
  const nameOf = ({ remoteAddress, remotePort }: Socket) => `${remoteAddress} ${remotePort}`;
  server.on('connection', (socket: Socket) => {
    const name = nameOf(socket);
    open.set(name, socket);
    socket.once('close', () => open.delete(name));
  });
  server.on('secureConnection', (socket: Socket) => open.delete(nameOf(socket)));
  return () => {
    for (const socket of open.values()) socket.destroy();
  };
}

/** The ports besides the plain HTTP/1.1 one: TLS (HTTP/1.1 and HTTP/2) and plaintext HTTP/2. */
@Injectable()
export class Listeners implements OnApplicationBootstrap, BeforeApplicationShutdown {
  private readonly logger = new Logger('Listeners');
  private readonly servers: { readonly server: Server; readonly endIdle: () => void }[] = [];
  private readonly sessions = new Set<Http2Session>();
  private certificates: CertificateFolder | undefined;

  constructor(
    @Inject(CONFIG) private readonly config: Config,
    private readonly adapter: HttpAdapterHost,
    private readonly proxy: Proxy,
  ) {}

  async onApplicationBootstrap(): Promise<void> {
    const { config } = this;
    if (config.proxyProtocol && config.trustProxy.length === 0) {
      throw new StartError('GATEHOUSE_TRUST_PROXY: is needed where GATEHOUSE_GATEWAY_PROXY_PROTOCOL is true');
    }
    if (config.proxyProtocol) this.readPeersFrom(this.adapter.httpAdapter.getHttpServer() as HttpServer);
    if (config.http2Port !== undefined) {
      await this.listen(this.plainHttp2(), config.http2Port, 'GATEHOUSE_GATEWAY_HTTP2_PORT', () => undefined);
    }
    if (config.tlsPort !== undefined) await this.listenWithTls(config.tlsPort);
  }

  async beforeApplicationShutdown(): Promise<void> {
    this.certificates?.close();
    const closed = this.servers.map(({ server }) => once(server, 'close'));
    for (const { server, endIdle } of this.servers) {
      server.close();
      endIdle();
    }
    // A session that is closed takes no new streams, and ends with its last one.
    for (const session of this.sessions) session.close();
    await Promise.all(closed);
  }

  private async listenWithTls(port: number): Promise<void> {
    const { tlsFolder, tlsMinVersion } = this.config;
    if (tlsFolder === undefined) {
      throw new StartError('GATEHOUSE_GATEWAY_TLS_DIR: is needed where GATEHOUSE_GATEWAY_TLS_PORT is set');
    }
    this.certificates = new CertificateFolder(tlsFolder, tlsMinVersion);
    const server = this.tls(this.certificates);
    await this.certificates
      .open((pair) => server.setSecureContext({ ...pair, minVersion: tlsMinVersion }))
      .catch((error: Error) => {
        throw new StartError(`GATEHOUSE_GATEWAY_TLS_DIR: ${error.message}`);
      });
    server.setSecureContext({ ...this.certificates.fallback, minVersion: tlsMinVersion });
    const endIdle = trackIdleConnections(server);
    const endHandshakes = trackHandshakes(server);
    await this.listen(server, port, 'GATEHOUSE_GATEWAY_TLS_PORT', () => {
      endIdle();
      endHandshakes();
    });
  }

  private plainHttp2(): Http2Server {
    const server = createHttp2Server({
      settings: { maxConcurrentStreams: STREAMS, maxHeaderListSize: SERVER_LIMITS.maxHeaderSize },
      maxHeaderListPairs: MAX_HEADERS + 4,
    });
    server.on('session', (session: ServerHttp2Session) => this.follow(session));
    server.on('request', this.proxy.serve as unknown as () => void);
    return server;
  }

  /** HTTP/1.1 is served by the server itself; connections that agree on HTTP/2 are handed to one that never listens. */
  private tls(certificates: CertificateFolder): HttpsServer {
    const server = createHttpsServer({
      ...SERVER_LIMITS,
      IncomingMessage: RequestOrWebSocket,
      requestTimeout: this.config.requestTimeout * 1_000,
      ALPNProtocols: ['h2', 'http/1.1'],
      minVersion: this.config.tlsMinVersion,
      requestCert: this.config.tlsClientCertificates === 'optional',
      // Whether a certificate is any good, the guard of a route decides.
      rejectUnauthorized: false,
      SNICallback: (name, done) => done(null, certificates.choose(name)),
    });
    const [http1] = server.listeners('secureConnection') as ((socket: TLSSocket) => void)[];
    server.off('secureConnection', http1!);
    const http2 = this.plainHttp2();
    server.on('secureConnection', (socket: TLSSocket) => {
      if (socket.alpnProtocol === 'h2') http2.emit('connection', socket);
      else http1!.call(server, socket);
    });
    server.on('clientError', answerMalformed as (error: Error, socket: unknown) => void);
    server.on('request', this.proxy.serve as RequestListener);
    server.on('upgrade', this.proxy.upgrade);
    return server;
  }

  private follow(session: ServerHttp2Session): void {
    this.sessions.add(session);
    session.once('close', () => this.sessions.delete(session));
    session.setTimeout(IDLE_SESSION_MS, () => session.close());
    // What a client breaks on its connection is no fault of ours; the session ends with it.
    session.on('error', () => undefined);
    boundResets(session);
  }

  private readPeersFrom(server: Server): void {
    expectProxyProtocol(server, proxyTrust(this.config.trustProxy));
  }

  private async listen(server: Server, port: number, setting: string, endIdle: () => void): Promise<void> {
    if (this.config.proxyProtocol) this.readPeersFrom(server);
    const { host } = this.config;
    server.listen(port, host);
    await once(server, 'listening').catch((error: Error) => {
      throw new StartError(`${setting}: ${error.message}`);
    });
    this.servers.push({ server, endIdle });
    this.logger.log(`${setting}: listening on ${host}:${port}`);
  }
}
