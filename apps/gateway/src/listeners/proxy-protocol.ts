import type { Server, Socket } from 'node:net';
import { isIPv4, isIPv6 } from 'node:net';

/** The longest header of version 1, with its line end, and the part of version 2 that says how long the rest is. */
const V1_MAX = 107;
const V2_FIXED = 16;
/** Addresses and the extensions that cloud load balancers add; more is no honest header. */
const V2_MAX = 1_024;
const V2_SIGNATURE = Buffer.from('0d0a0d0a000d0a515549540a', 'hex');
const HEADER_TIMEOUT_MS = 5_000;

/** The address that a proxy says it speaks for. */
export interface ProxiedPeer {
  readonly address: string;
  readonly port: number;
}

export type ProxyHeader =
  | { readonly kind: 'incomplete' }
  | { readonly kind: 'malformed' }
  /** `peer` is undefined where the proxy speaks for itself: a health check. */
  | { readonly kind: 'header'; readonly length: number; readonly peer: ProxiedPeer | undefined };

const INCOMPLETE: ProxyHeader = { kind: 'incomplete' };
const MALFORMED: ProxyHeader = { kind: 'malformed' };

/** Reads the header of the PROXY protocol, version 1 or 2, at the beginning of a connection. */
export function readProxyHeader(bytes: Buffer): ProxyHeader {
  const compared = Math.min(bytes.length, V2_SIGNATURE.length);
  if (bytes.subarray(0, compared).equals(V2_SIGNATURE.subarray(0, compared))) return readVersion2(bytes);
  return readVersion1(bytes);
}

function readVersion1(bytes: Buffer): ProxyHeader {
  const begin = bytes.toString('latin1', 0, Math.min(bytes.length, 6));
  if (!'PROXY '.startsWith(begin)) return MALFORMED;
  const end = bytes.indexOf('\r\n');
  if (end < 0) return bytes.length < V1_MAX ? INCOMPLETE : MALFORMED;
  if (end > V1_MAX - 2) return MALFORMED;
  const [, family, source, destination, port, ...rest] = bytes.toString('latin1', 0, end).split(' ');
  const length = end + 2;
  if (family === 'UNKNOWN') return { kind: 'header', length, peer: undefined };
  const isAddress = family === 'TCP4' ? isIPv4 : isIPv6;
  const known = family === 'TCP4' || family === 'TCP6';
  if (!known || rest.length !== 1 || !isAddress(source ?? '') || !isAddress(destination ?? ''))
    return MALFORMED;
  if (!/^\d{1,5}$/.test(port!) || Number(port) > 65_535) return MALFORMED;
  return { kind: 'header', length, peer: { address: source!, port: Number(port) } };
}

function readVersion2(bytes: Buffer): ProxyHeader {
  if (bytes.length < V2_FIXED) return INCOMPLETE;
  const command = bytes[12]!;
  const family = bytes[13]!;
  const length = V2_FIXED + bytes.readUInt16BE(14);
  if (command >> 4 !== 2 || (command & 0x0f) > 1 || length > V2_MAX) return MALFORMED;
  if (bytes.length < length) return INCOMPLETE;
  const local = (command & 0x0f) === 0;
  if (local) return { kind: 'header', length, peer: undefined };
  if (family === 0x11 && length >= V2_FIXED + 12) {
    const address = [...bytes.subarray(16, 20)].join('.');
    return { kind: 'header', length, peer: { address, port: bytes.readUInt16BE(24) } };
  }
  if (family === 0x21 && length >= V2_FIXED + 36) {
    const words = Array.from({ length: 8 }, (_, i) => bytes.readUInt16BE(16 + 2 * i).toString(16));
    return { kind: 'header', length, peer: { address: words.join(':'), port: bytes.readUInt16BE(48) } };
  }
  return MALFORMED;
}

/**
 * Makes a server read the header of the PROXY protocol from each connection before anything else, and take its address
 * for the peer's. A connection without one, or from a peer that is not trusted, is closed: what it says it is cannot
 * be known.
 */
export function expectProxyProtocol(server: Server, isTrusted: (address: string) => boolean): void {
  const listeners = server.listeners('connection') as ((socket: Socket) => void)[];
  server.removeAllListeners('connection');
  server.on('connection', (socket: Socket) => {
    if (!isTrusted(socket.remoteAddress ?? '')) return void socket.destroy();
    readHeader(socket, () => {
      for (const listener of listeners) listener.call(server, socket);
    });
  });
}

function readHeader(socket: Socket, done: () => void): void {
  const timer = setTimeout(() => socket.destroy(), HEADER_TIMEOUT_MS);
  const fail = () => socket.destroy();
  let bytes: Buffer = Buffer.alloc(0);
  const read = () => {
    let chunk: Buffer | null;
    while ((chunk = socket.read() as Buffer | null) !== null) bytes = Buffer.concat([bytes, chunk]);
    const header = readProxyHeader(bytes);
    if (header.kind === 'incomplete') return;
    clearTimeout(timer);
    socket.off('readable', read).off('error', fail).off('end', fail);
    if (header.kind === 'malformed') return void socket.destroy();
    if (header.peer) standFor(socket, header.peer);
    if (bytes.length > header.length) socket.unshift(bytes.subarray(header.length));
    done();
  };
  socket.on('readable', read).on('error', fail).on('end', fail);
  socket.once('close', () => clearTimeout(timer));
}

/** Every layer above, TLS and HTTP/2 among them, asks the handle for the peer's address. */
function standFor(socket: Socket, { address, port }: ProxiedPeer): void {
  const internal = socket as unknown as {
    _peername?: unknown;
    _handle: { getpeername(out: Record<string, unknown>): number };
  };
  delete internal._peername;
  internal._handle.getpeername = (out) => {
    Object.assign(out, { address, port, family: isIPv6(address) ? 'IPv6' : 'IPv4' });
    return 0;
  };
}
