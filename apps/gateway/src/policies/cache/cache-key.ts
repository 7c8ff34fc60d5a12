import { hash } from 'node:crypto';
import type { OutgoingRequest } from '../../calls/answer.js';
import type { Call } from '../../calls/call.js';

/** Which stored answers a call is about. */
export interface CacheKey {
  /** Of the route, path and query: what a purge, or a change by POST, makes invalid as a whole. */
  readonly address: string;
  /** Path and query, as the upstream gets them. */
  readonly url: string;
  variant(varying: readonly string[]): string;
}

/**
 * Fields that some upstreams answer by and no honest Vary names. The gateway's own X-Forwarded-* are in the key; these
 * are not sent where an answer may be stored: it would be everybody's.
 */
export const UNKEYED = [
  'x-original-url',
  'x-rewrite-url',
  'x-original-host',
  'x-host',
  'x-http-host-override',
  'x-http-method',
  'x-http-method-override',
  'x-method-override',
];

export function cacheKey(call: Call, { path, query }: OutgoingRequest, perCaller: boolean): CacheKey {
  const url = path + query;
  const who = perCaller ? whoAsks(call) : [];
  return {
    url,
    address: digest([call.route.id, url]),
    // The upstream is told both, and may put them into links.
    variant: (varying) =>
      digest([
        call.protocol,
        call.host,
        ...who,
        ...varying.map((name) => [name, call.headers[name] ?? null]),
      ]),
  };
}

/** Who asks, and with which rights: two credentials of a consumer may be answered differently. */
function whoAsks({ caller, headers }: Call): unknown[] {
  const { issuer, subject, clientId, consumer, credential, scopes } = caller;
  return [issuer, subject, clientId, consumer, credential, scopes, headers.authorization, headers.cookie];
}

/** As JSON, so that no part of one can be taken for one of another. */
function digest(parts: unknown[]): string {
  return hash(
    'sha256',
    JSON.stringify(parts, (_, value: unknown) => value ?? null),
    'base64url',
  );
}

/** Whether somebody said who they are: their answers are shared only where these say so (RFC 9111 §3.5). */
export function isIdentified({ caller, headers }: Call): boolean {
  return (
    caller.subject !== undefined ||
    caller.clientId !== undefined ||
    caller.consumer !== undefined ||
    headers.authorization !== undefined ||
    headers.cookie !== undefined
  );
}
