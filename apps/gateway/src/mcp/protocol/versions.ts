/** Each request says all that is needed: no handshake, no session. */
export const STATELESS = '2026-07-28';

/** Those that begin with `initialize`, the newest first. */
export const HANDSHAKE_VERSIONS = ['2025-11-25', '2025-06-18'] as const;

export type HandshakeVersion = (typeof HANDSHAKE_VERSIONS)[number];
export type Version = typeof STATELESS | HandshakeVersion;

/** The versions of MCP that are spoken here, to callers and to servers. */
export const VERSIONS: readonly Version[] = [STATELESS, ...HANDSHAKE_VERSIONS];

export function isHandshakeVersion(text: unknown): text is HandshakeVersion {
  return HANDSHAKE_VERSIONS.some((one) => one === text);
}

/** Older ones, of which what is asked of servers has not changed since. */
const OLDER_VERSIONS = ['2025-03-26', '2024-11-05'] as const;

/** What a server may speak that begins with `initialize`. */
export type PeerVersion = HandshakeVersion | (typeof OLDER_VERSIONS)[number];

export function isPeerVersion(text: unknown): text is PeerVersion {
  return isHandshakeVersion(text) || OLDER_VERSIONS.some((one) => one === text);
}

/** How the gateway names itself to callers and to servers. */
export const IMPLEMENTATION = { name: 'gatehouse', version: '0.1.0' } as const;

/** Members of `_meta` in which each request of a stateless version says who asks, and how. */
export const META = {
  protocolVersion: 'io.modelcontextprotocol/protocolVersion',
  clientCapabilities: 'io.modelcontextprotocol/clientCapabilities',
  clientInfo: 'io.modelcontextprotocol/clientInfo',
  serverInfo: 'io.modelcontextprotocol/serverInfo',
  logLevel: 'io.modelcontextprotocol/logLevel',
} as const;

/** What is said to the peer alone, and not passed on. */
export const RESERVED_META = 'io.modelcontextprotocol/';
