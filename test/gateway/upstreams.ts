import http from 'node:http';
import net, { type AddressInfo } from 'node:net';
import type { Configuration } from '../../apps/gateway/src/configuration/config-kind.js';
import { Dns } from '../../apps/gateway/src/upstreams/discovery/dns.service.js';
import { TlsFiles } from '../../apps/gateway/src/upstreams/transport/tls-files.service.js';
import { upstreamDefinition } from '../../apps/gateway/src/upstreams/upstream-definition.js';
import { UpstreamKind } from '../../apps/gateway/src/upstreams/upstream-kind.js';
import { Upstreams } from '../../apps/gateway/src/upstreams/upstreams.service.js';
import type { LoneGateway } from './lone-gateway.js';

/** A route to an upstream `pool`, which has no targets yet. */
export async function addPool(gateway: LoneGateway, path = '/pool'): Promise<void> {
  await gateway.add('upstreams', { name: 'pool', targets: [] });
  await gateway.addRoute({ name: 'pool', match: { paths: [path] }, upstream: { name: 'pool' } });
}

/** Puts upstreams in force, in place of those that were, past the configuration's store. */
export function putUpstreams(gateway: LoneGateway, ...definitions: object[]): void {
  const wanted = new Map(
    definitions.map((one) => {
      const definition = upstreamDefinition.parse(one);
      return [definition.name, { id: definition.name, name: definition.name, definition }];
    }),
  );
  const configuration = { version: '', of: () => wanted } as unknown as Configuration;
  gateway.app.get(Upstreams).prepare(configuration)();
}

/** The upstreams without a gateway: for what is sent straight through `Upstream`. */
export function upstreamsAlone(dnsServers: string[] = []): Upstreams {
  return new Upstreams(new UpstreamKind(), new TlsFiles(), new Dns({ dnsServers }), {
    allowPrivateAddresses: true,
  });
}

/** A server that can be told what to do, and says by a header who it is. */
export interface NodeServer {
  readonly name: string;
  readonly url: string;
  readonly port: number;
  readonly seen: http.IncomingMessage[];
  /** Connections that were opened. */
  connections: number;
  handler: http.RequestListener;
  stop(): Promise<void>;
}

export async function startNodeServer(
  name: string,
  handler: http.RequestListener = (_, response) => response.end(name),
): Promise<NodeServer> {
  const server = http.createServer((request, response) => {
    self.seen.push(request);
    response.setHeader('x-server', name);
    self.handler(request, response);
  });
  server.on('connection', () => self.connections++);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  const self: NodeServer = {
    name,
    port,
    url: `http://127.0.0.1:${port}`,
    seen: [],
    connections: 0,
    handler,
    stop: async () => {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
  return self;
}

/** A server that answers each request of a connection with bytes as they are. */
export async function startRawServer(
  answer: (socket: net.Socket, request: string, count: number) => void,
): Promise<{ url: string; port: number; connections: () => number; stop(): void }> {
  const sockets = new Set<net.Socket>();
  let count = 0;
  const server = net.createServer((socket) => {
    sockets.add(socket);
    socket.on('error', () => undefined);
    socket.on('data', (chunk) => answer(socket, chunk.toString('latin1'), ++count));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}`,
    port,
    connections: () => sockets.size,
    stop: () => {
      for (const socket of sockets) socket.destroy();
      server.close();
    },
  };
}

/** How often each server answered `count` calls, one after the other. */
export async function tally(
  url: string,
  count: number,
  init: (i: number) => RequestInit = () => ({}),
): Promise<Record<string, number>> {
  const counts: Record<string, number> = {};
  for (let i = 0; i < count; i++) {
    const answer = await fetch(url, init(i));
    const by = answer.headers.get('x-server') ?? String(answer.status);
    await answer.arrayBuffer();
    counts[by] = (counts[by] ?? 0) + 1;
  }
  return counts;
}

export async function until(condition: () => boolean | Promise<boolean>, ms = 5_000): Promise<void> {
  const end = Date.now() + ms;
  while (!(await condition())) {
    if (Date.now() > end) throw new Error('it did not become true in time');
    await pause(10);
  }
}

export function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}
