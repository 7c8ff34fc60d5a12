import net from 'node:net';
import tls from 'node:tls';
import { errors } from 'undici';
import type { ClientTls } from './client-tls.js';
import { markUnsent } from './upstream-fault.js';

export interface ConnectorSettings {
  /** A name, which is looked up for each connection, or an address. */
  readonly host: string;
  readonly port: number;
  readonly timeoutMs: number;
  /** Undefined: plaintext. */
  readonly tls: ClientTls | undefined;
  /** How a name is looked up; undefined: as the system does. Addresses are not. */
  readonly lookup: net.LookupFunction | undefined;
}

type Connected = (error: Error | null, socket: net.Socket | null) => void;

const TCP_KEEP_ALIVE_MS = 60_000;
/** What Node reads at once of a socket; a TLS record has no more than 16 KiB. */
const READ_BYTES = 65_536;

/** Opens connections to one server. */
export class Connector {
  /** The newest session of each state of the certificates: resumed, it would vouch for nothing that was checked anew. */
  private session: { of: tls.SecureContext; ticket: Buffer } | undefined;

  constructor(private readonly settings: ConnectorSettings) {}

  /** Of the certificates: a connection of another version has had its day. */
  get version(): number {
    return this.settings.tls?.version ?? 0;
  }

  /** @param protocols what is offered by ALPN (RFC 7301) @param connected called once */
  connect(protocols: readonly string[], connected: Connected): void {
    let socket: net.Socket;
    try {
      socket = this.open(protocols);
    } catch (error) {
      queueMicrotask(() => connected(markUnsent(error as Error), null));
      return;
    }
    const { host, port, timeoutMs } = this.settings;
    let done: Connected | undefined = connected;
    const finish = (error: Error | null) => {
      clearTimeout(timer);
      const first = done;
      done = undefined;
      first?.(error && markUnsent(error), error ? null : socket);
    };
    const timer = setTimeout(() => {
      finish(new errors.ConnectTimeoutError(`no connection to ${host}:${port} within ${timeoutMs} ms`));
      socket.destroy();
    }, timeoutMs);
    socket.once(this.settings.tls ? 'secureConnect' : 'connect', () => finish(null));
    socket.on('error', finish);
    socket.once('close', () => finish(closedEarly()));
  }

  private open(protocols: readonly string[]): net.Socket {
    const { host, port, lookup, tls: secure } = this.settings;
    const socket = secure
      ? this.secured(secure, protocols)
      : net.connect({ host, port, lookup, noDelay: true, highWaterMark: READ_BYTES } as net.NetConnectOpts);
    return socket.setKeepAlive(true, TCP_KEEP_ALIVE_MS);
  }

  private secured(secure: ClientTls, protocols: readonly string[]): tls.TLSSocket {
    const { host, port, lookup } = this.settings;
    const { context, verify, serverName } = secure;
    const socket = tls.connect({
      host,
      port,
      lookup,
      highWaterMark: READ_BYTES,
      secureContext: context,
      rejectUnauthorized: verify,
      ALPNProtocols: [...protocols],
      // An address is no server name (RFC 6066 §3), but what the certificate has to be for.
      ...(net.isIP(serverName) ? { servername: '' } : { servername: serverName }),
      checkServerIdentity: (_, certificate) => tls.checkServerIdentity(serverName, certificate),
      ...(this.session?.of === context ? { session: this.session.ticket } : {}),
    } as tls.ConnectionOptions);
    socket.setNoDelay(true);
    socket.on('session', (ticket: Buffer) => (this.session = { of: context, ticket }));
    return socket;
  }
}

function closedEarly(): Error {
  return Object.assign(new Error('the connection was closed while it was made'), { code: 'ECONNRESET' });
}
