import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import { Server as TlsServer, type TLSSocket } from 'node:tls';

/**
 * Knows the connections of a server that carry no request right now. `server.close()` waits for connections that were
 * opened ahead of need (browsers do that) and for those whose last answer had already begun, for as long as clients
 * keep them; so a stop would never be a clean one.
 * @returns what ends them, and from then on each other one after its answer
 */
export function trackIdleConnections(server: Server): () => void {
  const idle = new Set<Socket>();
  let closing = false;
  // With TLS, a request's socket is the one inside.
  server.on(server instanceof TlsServer ? 'secureConnection' : 'connection', (socket: Socket) => {
    if (closing) return void socket.destroy();
    // Its requests are streams, of which this server sees none.
    if ((socket as TLSSocket).alpnProtocol === 'h2') return;
    idle.add(socket);
    socket.once('close', () => idle.delete(socket));
  });
  server.on('request', ({ socket }: IncomingMessage, response: ServerResponse) => {
    idle.delete(socket);
    // The socket is kept from here: a request whose body was not read to its end has none any more.
    response.on('close', () => {
      if (socket.destroyed) return;
      if (closing) socket.end();
      else idle.add(socket);
    });
  });
  return () => {
    closing = true;
    for (const socket of idle) socket.destroy();
  };
}
