import { hash } from 'node:crypto';
import type { OutgoingRequest } from '../../calls/answer.js';
import type { Call } from '../../calls/call.js';
import { HeaderList } from '../../calls/header-list.js';

/** Which stored answers a call is about. */
export interface CacheKey {
  /** Of the route, path and query: what a purge, or a change by POST, makes invalid as a whole. */
  readonly address: string;
  /** Path and query, as the upstream gets them. */
  readonly url: string;
  /** @param varying fields of the request by which the answers of the address differ */
  variant(varying: readonly string[]): string;
  /**
   * Whether the key tells apart all that the upstream got in these fields, once the request is sent: what policies after
   * the cache write there, it cannot know.
   */
  holds(varying: readonly string[]): boolean;
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

/** Guards keep these from the upstream and tell it instead who calls; an answer that varies by one may mean just that. */
const CREDENTIALS = ['authorization', 'cookie'];
/** Written after the cache without harm: credentials are made of the caller, who is in the key, and `identity` is a constant. */
const SAME_FOR_ALL = new Set([...CREDENTIALS, 'accept-encoding']);

export function cacheKey(call: Call, request: OutgoingRequest, perCaller: boolean): CacheKey {
  const url = request.path + request.query;
  const who = perCaller ? whoAsks(call) : [];
  const seen = new HeaderList([...request.headers.pairs]);
  const valuesOf = (name: string) =>
    CREDENTIALS.includes(name) ? [...seen.all(name), ...whoAsks(call)] : seen.all(name);
  return {
    url,
    address: digest([call.route.id, url]),
    // The upstream is told protocol and host, and may put them into links.
    variant: (varying) =>
      digest([
        call.protocol,
        call.host,
        isIdentified(call),
        who,
        ...varying.map((name) => [name, ...valuesOf(name)]),
      ]),
    holds: (varying) =>
      varying.every((name) => {
        if (SAME_FOR_ALL.has(name)) return true;
        const sent = request.headers.all(name);
        // One that is gone is gone for everybody.
        return sent.length === 0 || sent.join('\n') === seen.all(name).join('\n');
      }),
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
