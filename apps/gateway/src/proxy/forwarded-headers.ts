import { Problem } from '@gatehouse/http';
import type { Caller } from '../guards/route-guard.js';
import type { ProxiedRequest } from './proxied-request.js';

/** RFC 9110 §7.6.1, and what Node has dealt with already (`Expect`). */
const HOP_BY_HOP = new Set([
  'connection',
  'expect',
  'host',
  'keep-alive',
  'proxy-authenticate',
  'proxy-authorization',
  'proxy-connection',
  'te',
  'trailer',
  'transfer-encoding',
  'upgrade',
]);

const OWN_COOKIE = /^(?:__Host-|__Secure-)?gh_gw/i;
const PLAIN_NAME = /^[a-z0-9-]+$/;
const ORDINARY_CONNECTION = new Set(['close', 'keep-alive', 'Keep-Alive', 'Close']);

/**
 * The headers that the upstream gets, names and values in turn. What the gateway says about the caller is said by
 * nobody else: such headers of the caller are dropped in any spelling.
 * @throws Problem 400 when there are two Host headers
 */
export function forwardedHeaders(request: ProxiedRequest): string[] {
  const { rawHeaders, headers } = request.raw;
  const { route, caller } = request.passage;
  const named = headers.connection === undefined ? undefined : connectionNames(headers.connection);
  const forwarded: string[] = [];
  let hosts = 0;
  for (let i = 0; i < rawHeaders.length; i += 2) {
    const name = rawHeaders[i]!.toLowerCase();
    if (name === 'host' && ++hosts > 1) throw new Problem(400, 'The request has two Host headers.');
    if (HOP_BY_HOP.has(name) || named?.has(name) || isReserved(name)) continue;
    // The token was for the gateway; passed on, any upstream could use it elsewhere.
    if (name === 'authorization' && route.guards.length > 0) continue;
    const value = name === 'cookie' ? withoutOwnCookies(rawHeaders[i + 1]!) : rawHeaders[i + 1]!;
    if (value !== '') forwarded.push(name, value);
  }
  addForwarding(request, forwarded);
  addCaller(caller, forwarded);
  return forwarded;
}

/** The headers of an upstream's answer that go on to the caller, names and values in turn. */
export function answerHeaders(raw: readonly Buffer[]): string[] {
  const headers: string[] = [];
  let named: Set<string> | undefined;
  for (let i = 0; i < raw.length; i += 2) {
    const name = raw[i]!.toString('latin1').toLowerCase();
    const value = raw[i + 1]!.toString('latin1');
    if (name === 'connection') named = connectionNames(value, named);
    else if (!HOP_BY_HOP.has(name) && name !== 'x-request-id' && !setsOwnCookie(name, value)) {
      headers.push(name, value);
    }
  }
  return named ? withoutNamed(headers, named) : headers;
}

/**
 * An upstream that could set the gateway's cookies could sign somebody in as somebody else. A cookie without a name is
 * sent back as its value alone (RFC 6265bis §5.8.3), which then looks like one with a name.
 */
function setsOwnCookie(name: string, value: string): boolean {
  return name === 'set-cookie' && OWN_COOKIE.test(value.replace(/^[\s=]+/, ''));
}

function withoutNamed(headers: string[], named: ReadonlySet<string>): string[] {
  const kept: string[] = [];
  for (let i = 0; i < headers.length; i += 2) {
    if (!named.has(headers[i]!)) kept.push(headers[i]!, headers[i + 1]!);
  }
  return kept;
}

/** The headers that a Connection header names; undefined when it has only its ordinary values. */
function connectionNames(connection: string, known?: Set<string>): Set<string> | undefined {
  if (ORDINARY_CONNECTION.has(connection)) return known;
  const names = known ?? new Set<string>();
  for (const name of connection.split(',')) names.add(name.trim().toLowerCase());
  return names;
}

/** What the gateway sets itself. CGI and its heirs turn `-`, and some every sign, into `_`: all signs are taken for one. */
function isReserved(name: string): boolean {
  if (name.charCodeAt(0) !== 0x78 && name !== 'forwarded') return false;
  const dashed = PLAIN_NAME.test(name) ? name : name.replace(/[^a-z0-9]/g, '-');
  return (
    dashed === 'forwarded' ||
    dashed.startsWith('x-forwarded') ||
    dashed.startsWith('x-gatehouse') ||
    dashed === 'x-request-id' ||
    dashed === 'x-real-ip'
  );
}

function withoutOwnCookies(cookie: string): string {
  if (!cookie.includes('gh_gw')) return cookie;
  return cookie
    .split(';')
    .map((pair) => pair.trim())
    .filter((pair) => !OWN_COOKIE.test(pair))
    .join('; ');
}

function addForwarding(request: ProxiedRequest, headers: string[]): void {
  const peer = request.raw.socket.remoteAddress ?? '';
  // Fastify took another address than the peer's only where the peer is a trusted proxy; then its list is kept.
  const list = request.ip === peer ? peer : `${String(request.raw.headers['x-forwarded-for'])}, ${peer}`;
  headers.push(
    'x-forwarded-for',
    list,
    'x-forwarded-proto',
    request.protocol,
    'x-forwarded-host',
    request.host,
    'x-request-id',
    request.id,
  );
}

function addCaller(caller: Caller, headers: string[]): void {
  const { subject, clientId, scopes, name, email, username } = caller;
  if (subject !== undefined) headers.push('x-gatehouse-subject', headerValue(subject));
  if (clientId !== undefined) headers.push('x-gatehouse-client', headerValue(clientId));
  if (scopes !== undefined) headers.push('x-gatehouse-scope', headerValue(scopes.join(' ')));
  if (name !== undefined) headers.push('x-gatehouse-name', headerValue(name));
  if (email !== undefined) headers.push('x-gatehouse-email', headerValue(email));
  if (username !== undefined) headers.push('x-gatehouse-username', headerValue(username));
}

/**
 * Names of people are not ASCII; in a header they are percent-encoded UTF-8, as upstreams are told in the docs. So is a
 * `%` of their own: to whoever decodes, it would begin something else.
 */
function headerValue(value: string): string {
  return /^[\x20-\x24\x26-\x7E]*$/.test(value) ? value : encodeURIComponent(value);
}
