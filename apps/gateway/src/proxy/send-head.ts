import type { OutgoingHttpHeaders } from 'node:http';
import type { Call } from '../calls/call.js';

/** Answers that never have a body (RFC 9110 §6.4.1). */
export function hasNoBody(method: string, status: number): boolean {
  return method === 'HEAD' || status === 204 || status === 304;
}

/** Sends the head of an answer. @param headers names in lower case and values, in turn */
export function sendHead(call: Call, status: number, headers: string[]): void {
  call.status = status;
  if (call.raw.httpVersionMajor === 2) call.response.writeHead(status, membersOf(headers));
  else call.response.writeHead(status, headers);
}

/**
 * HTTP/2 has no connections of its own to speak of (RFC 9113 §8.2.2); Node wants its headers as an object, and refuses two
 * values of a field that it knows to have one. Combined they mean the same (RFC 9110 §5.3), but for cookies.
 */
function membersOf(headers: readonly string[]): OutgoingHttpHeaders {
  const members: Record<string, string> = {};
  const cookies: string[] = [];
  for (let i = 0; i < headers.length; i += 2) {
    const [name, value] = [headers[i]!, headers[i + 1]!];
    if (name === 'set-cookie') cookies.push(value);
    else members[name] = Object.hasOwn(members, name) ? `${members[name]}, ${value}` : value;
  }
  return cookies.length > 0 ? { ...members, 'set-cookie': cookies } : members;
}
