import CachePolicy from 'http-cache-semantics';
import type { AnswerHead, OutgoingRequest } from '../../calls/answer.js';
import type { Call } from '../../calls/call.js';
import type { CacheSettings } from './cache-definition.js';
import { isIdentified } from './cache-key.js';
import { membersOf } from './stored-answer.js';

/** How long what can be revalidated is kept beyond its freshness. */
const REVALIDATION_SECONDS = 300;

/** A caller's own conditions are about what the caller has, not about what is stored. */
export const CONDITIONS = ['if-none-match', 'if-modified-since', 'if-match', 'if-unmodified-since'];

/** A call as RFC 9111 looks at it: by what the upstream would get. */
export function askedBy(
  call: Call,
  { path, query, headers: sent }: OutgoingRequest,
  settings: CacheSettings,
): CachePolicy.HttpRequest {
  const { 'cache-control': control, pragma, ...headers } = membersOf(sent);
  // Kept with the answer, a credential would lie about for as long as that.
  for (const name of [...CONDITIONS, 'authorization', 'cookie']) delete headers[name];
  if (settings.obey_callers)
    Object.assign(
      headers,
      control === undefined ? {} : { 'cache-control': control },
      pragma === undefined ? {} : { pragma },
    );
  // The guard keeps the credential, and a cookie is one, too: what counts is that the upstream knows who asks.
  if (isIdentified(call)) headers.authorization = 'known';
  return { method: 'GET', url: path + query, headers };
}

/** What may be done with an answer; undefined: it must not be stored. */
export function freshnessOf(
  asked: CachePolicy.HttpRequest,
  { status, headers }: AnswerHead,
  settings: CacheSettings,
): CachePolicy | undefined {
  // Set-Cookie is for one caller, whatever else the answer says; a part is no whole.
  if (headers.has('set-cookie') || status === 206 || headers.all('vary').join().includes('*'))
    return undefined;
  const members = withDefaults(membersOf(headers), settings);
  if (asked.headers.authorization !== undefined && !settings.per_caller && !isForAll(members))
    return undefined;
  const options = { shared: !settings.per_caller, cacheHeuristic: 0, immutableMinTimeToLive: 0 };
  const policy = new CachePolicy(asked, { status, headers: members }, options);
  return policy.storable() && secondsOf(policy, settings) > 0 ? policy : undefined;
}

/** How long an answer is kept, fresh or not. */
export function secondsOf(policy: CachePolicy, { max_ttl: most }: CacheSettings): number {
  const { etag: etag, 'last-modified': modified } = policy.responseHeaders();
  const usable = policy.timeToLive() / 1_000;
  const more = etag !== undefined || modified !== undefined ? REVALIDATION_SECONDS : 0;
  return Math.min(most, usable + more);
}

/**
 * What an identified caller was answered is others' to see only where the answer says so itself; must-revalidate, which
 * RFC 9111 §3.5 takes for it too, is said by many without meaning it.
 */
function isForAll(members: CachePolicy.Headers): boolean {
  return /(?:^|[\s,])(?:public|s-maxage=)/i.test(String(members['cache-control'] ?? ''));
}

function withDefaults(members: CachePolicy.Headers, settings: CacheSettings): CachePolicy.Headers {
  const { ttl, stale_while_revalidate: whileRevalidate, stale_if_error: ifError } = settings;
  const said = members['cache-control'] as string | undefined;
  const silent = said === undefined && members.expires === undefined && members.pragma === undefined;
  if (silent && ttl === 0) return members;
  const directives = [said ?? (silent ? `max-age=${ttl}` : '')];
  if (whileRevalidate > 0 && !said?.includes('stale-while-revalidate')) {
    directives.push(`stale-while-revalidate=${whileRevalidate}`);
  }
  if (ifError > 0 && !said?.includes('stale-if-error')) directives.push(`stale-if-error=${ifError}`);
  const control = directives.filter((one) => one !== '').join(', ');
  return control === '' ? members : { ...members, 'cache-control': control };
}

/** Fields by which the answers of an address differ. */
export function varyOf(
  { headers }: Pick<AnswerHead, 'headers'>,
  { key_headers: more }: CacheSettings,
): readonly string[] {
  const named = headers
    .all('vary')
    .join()
    .split(',')
    .map((name) => name.trim().toLowerCase())
    .filter((name) => name !== '');
  return [...new Set([...more, ...named])].sort();
}

/** Whether a stale answer may still stand in for an error (RFC 5861 §4). */
export function mayRescue(policy: CachePolicy): boolean {
  return isWithin(policy, 'stale-if-error');
}

/** Whether it may be given while somebody else asks anew (RFC 5861 §3). */
export function mayServeStale(policy: CachePolicy): boolean {
  return isWithin(policy, 'stale-while-revalidate');
}

function isWithin(policy: CachePolicy, directive: 'stale-if-error' | 'stale-while-revalidate'): boolean {
  const control = controlOf(policy);
  if (/must-revalidate|proxy-revalidate|no-cache/.test(control)) return false;
  const seconds = Number(new RegExp(`${directive}=(\\d+)`).exec(control)?.[1] ?? 0);
  return seconds > 0 && policy.age() <= policy.maxAge() + seconds;
}

/** Fresh answers need no validation, must-revalidate or not (RFC 9111 §5.2.2.2): the library asks for it always. */
export function isFreshAnyway(policy: CachePolicy): boolean {
  return !policy.stale() && controlOf(policy).includes('must-revalidate');
}

function controlOf(policy: CachePolicy): string {
  return String(policy.toObject().resh['cache-control'] ?? '');
}
