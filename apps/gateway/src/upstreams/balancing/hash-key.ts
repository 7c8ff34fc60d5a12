import type { Call } from '../../calls/call.js';
import type { BalancingDefinition } from '../upstream-definition.js';

export type HashKey = (call: Call) => string;

/** What of a call decides its target. Where it is missing, the caller's address does: all such calls on one target would hurt. */
export function hashKey({ header, cookie, of }: NonNullable<BalancingDefinition['hash_on']>): HashKey {
  if (header !== undefined) return (call) => [call.headers[header]].flat()[0] ?? call.ip;
  if (cookie !== undefined) return (call) => cookieOf(call.headers.cookie, cookie) ?? call.ip;
  if (of === 'path') return (call) => call.path;
  if (of === 'consumer') {
    return (call) => call.caller.consumer ?? call.caller.clientId ?? call.caller.subject ?? call.ip;
  }
  return (call) => call.ip;
}

function cookieOf(header: string | undefined, name: string): string | undefined {
  if (header === undefined) return undefined;
  const start = header.startsWith(`${name}=`) ? 0 : header.indexOf(`; ${name}=`) + 2;
  if (start === 1) return undefined;
  const end = header.indexOf(';', start);
  return header.slice(start + name.length + 1, end < 0 ? undefined : end);
}
