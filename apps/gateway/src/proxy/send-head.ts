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

/** HTTP/2 has no connections of its own to speak of (RFC 9113 §8.2.2); Node wants its headers as an object. */
function membersOf(headers: readonly string[]): OutgoingHttpHeaders {
  const members: Record<string, string | string[]> = {};
  for (let i = 0; i < headers.length; i += 2) {
    const [name, value] = [headers[i]!, headers[i + 1]!];
    const known = members[name];
    if (known === undefined) members[name] = value;
    else members[name] = [...(Array.isArray(known) ? known : [known]), value];
  }
  return members;
}
