import type { IncomingMessage } from 'node:http';
import type { TLSSocket } from 'node:tls';
import proxyAddr from '@fastify/proxy-addr';
import type { Origin, OriginOf } from '../calls/call.js';

/**
 * Who is at the other end: the peer, or what proxies that we trust say of it in X-Forwarded-*, as Fastify has it for the
 * gateway's own endpoints.
 * @param trusted addresses and networks of proxies
 */
export function originReader(trusted: readonly string[]): OriginOf {
  if (trusted.length === 0) return peerOf;
  const trust = proxyAddr.compile([...trusted]);
  return (request) => {
    const peer = peerOf(request);
    if (!trust(peer.ip, 0)) return peer;
    const { 'x-forwarded-host': host, 'x-forwarded-proto': protocol } = request.headers;
    return {
      ip: proxyAddr(request, trust),
      protocol: typeof protocol === 'string' ? lastOf(protocol) : peer.protocol,
      host: typeof host === 'string' ? lastOf(host) : peer.host,
    };
  };
}

function peerOf({ socket, headers }: IncomingMessage): Origin {
  return {
    ip: socket.remoteAddress ?? '',
    protocol: (socket as TLSSocket).encrypted ? 'https' : 'http',
    host: headers.host ?? (headers[':authority'] as string | undefined) ?? '',
  };
}

/** The proxy next to us wrote the last one. */
function lastOf(list: string): string {
  return list.slice(list.lastIndexOf(',') + 1).trim();
}
