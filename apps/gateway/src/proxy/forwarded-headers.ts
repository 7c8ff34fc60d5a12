import { Problem } from '@gatehouse/http';
import type { Call } from '../calls/call.js';
import { fieldValue } from '../calls/field-names.js';
import type { Caller } from '../guards/route-guard.js';
import { DROPPED, PassedNames } from './passed-names.js';

const OWN_COOKIE = /^(?:__Host-|__Secure-)?gh_gw/i;
const ORDINARY_CONNECTION = new Set(['close', 'keep-alive', 'Keep-Alive', 'Close']);

const answeredNames = new PassedNames((name) => name === 'x-request-id');

/**
 * The headers that the upstream gets, names and values in turn. What the gateway says about the caller is said by
 * nobody else: such headers of the caller are dropped in any spelling.
 * @throws Problem 400 when there are two Host headers
 */
export function forwardedHeaders(call: Call): string[] {
  const { rawHeaders, headers } = call.raw;
  const { connection } = headers;
  const named = connection === undefined ? undefined : connectionNames(connection);
  const { headers: consumedHeaders } = call.route.consumed;
  const { forwardedNames } = call.site;
  const forwarded: string[] = [];
  let cookies = '';
  let hosts = 0;
  for (let i = 0; i < rawHeaders.length; i += 2) {
    const name = forwardedNames.of(rawHeaders[i]!);
    if (name === DROPPED) {
      if (isHost(rawHeaders[i]!) && ++hosts > 1) throw new Problem(400, 'The request has two Host headers.');
      continue;
    }
    // What was for the gateway stays here: passed on, any upstream could use it elsewhere.
    if (named?.has(name) || consumedHeaders.has(name)) continue;
    const value = rawHeaders[i + 1]!;
    if (name === 'cookie') cookies = joinedCookies(cookies, withoutOwnCookies(value));
    else if (value !== '') forwarded.push(name, value);
  }
  if (cookies !== '') forwarded.push('cookie', cookies);
  // RFC 9110 §10.1.4: of what TE says, trailers alone may be passed on; gRPC insists on it.
  if (headers.te === 'trailers' && call.raw.httpVersionMajor === 2) forwarded.push('te', 'trailers');
  addForwarding(call, forwarded);
  addCaller(call.caller, forwarded);
  return forwarded;
}

/** The headers of an upstream's answer that go on to the caller, names and values in turn. */
export function answerHeaders(raw: readonly (Buffer | string)[]): string[] {
  const headers: string[] = [];
  let named: Set<string> | undefined;
  for (let i = 0; i < raw.length; i += 2) {
    const spelling = textOf(raw[i]!);
    const name = answeredNames.of(spelling);
    const value = textOf(raw[i + 1]!);
    if (name === DROPPED) {
      if (spelling.toLowerCase() === 'connection') named = connectionNames(value, named);
    } else if (name !== 'set-cookie' || !setsOwnCookie(value)) headers.push(name, value);
  }
  return named ? withoutNamed(headers, named) : headers;
}

function textOf(part: Buffer | string): string {
  return typeof part === 'string' ? part : part.toString('latin1');
}

function isHost(spelling: string): boolean {
  return spelling.length === 4 && spelling.toLowerCase() === 'host';
}

/**
 * An upstream that could set the gateway's cookies could sign somebody in as somebody else. A cookie without a name is
 * sent back as its value alone (RFC 6265bis §5.8.3), which then looks like one with a name.
 */
export function setsOwnCookie(value: string): boolean {
  return OWN_COOKIE.test(value.replace(/^[\s=]+/, ''));
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

/** RFC 9113 §8.2.3: HTTP/2 may send a cookie a line; elsewhere there is one line for all. */
function joinedCookies(some: string, others: string): string {
  return some === '' || others === '' ? some + others : `${some}; ${others}`;
}

function withoutOwnCookies(cookie: string): string {
  if (!cookie.includes('gh_gw')) return cookie;
  return cookie
    .split(';')
    .map((pair) => pair.trim())
    .filter((pair) => !OWN_COOKIE.test(pair))
    .join('; ');
}

function addForwarding(call: Call, headers: string[]): void {
  const peer = call.raw.socket.remoteAddress ?? '';
  // Another address than the peer's was taken only where the peer is a trusted proxy; then its list is kept.
  const list = call.ip === peer ? peer : `${String(call.headers['x-forwarded-for'])}, ${peer}`;
  headers.push(
    'x-forwarded-for',
    list,
    'x-forwarded-proto',
    call.protocol,
    'x-forwarded-host',
    call.host,
    'x-request-id',
    call.id,
  );
}

function addCaller(caller: Caller, headers: string[]): void {
  const { subject, clientId, scopes, name, email, username, consumer, issuer } = caller;
  if (subject !== undefined) headers.push('x-gatehouse-subject', fieldValue(subject));
  if (clientId !== undefined) headers.push('x-gatehouse-client', fieldValue(clientId));
  if (issuer !== undefined) headers.push('x-gatehouse-issuer', issuer);
  if (consumer !== undefined) headers.push('x-gatehouse-consumer', fieldValue(consumer));
  if (scopes !== undefined) headers.push('x-gatehouse-scope', fieldValue(scopes.join(' ')));
  if (name !== undefined) headers.push('x-gatehouse-name', fieldValue(name));
  if (email !== undefined) headers.push('x-gatehouse-email', fieldValue(email));
  if (username !== undefined) headers.push('x-gatehouse-username', fieldValue(username));
}
