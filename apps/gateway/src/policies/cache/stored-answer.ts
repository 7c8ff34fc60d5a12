import type { IncomingHttpHeaders } from 'node:http';
import type CachePolicy from 'http-cache-semantics';
import type { Answer } from '../../calls/answer.js';
import type { Call } from '../../calls/call.js';
import { HeaderList } from '../../calls/header-list.js';
import { ABOUT_THE_BODY } from '../bodies/changed-body.js';
import type { CacheEntry } from './cache-entry.js';

/** A stored answer as it is given: with its age, or as 304 to whoever has it already (RFC 9111 §4.3.2). */
export function storedAnswer(
  { policy, body }: CacheEntry,
  asked: IncomingHttpHeaders,
  how: string,
  cacheStatus: string,
): Answer {
  const headers = listOf(policy.responseHeaders());
  headers.set('x-cache', how);
  headers.append('cache-status', `gatehouse; ${cacheStatus}`);
  const { st: status } = policy.toObject();
  if (status === 200 && hasIt(asked, headers)) {
    for (const name of ['content-length', 'content-type', 'content-encoding']) headers.delete(name);
    return { status: 304, headers, body: null };
  }
  headers.delete('content-length');
  return { status, headers, body };
}

/** Without what is about this one call: its id, and what limits, guards and CORS tell its caller. */
export function withoutOwn({ answerHeaders }: Call, headers: HeaderList): HeaderList {
  const left = new HeaderList([...headers.pairs]);
  for (const name of ['x-request-id', 'x-cache', 'cache-status']) left.delete(name);
  const { pairs } = answerHeaders;
  for (let i = 0; i < pairs.length; i += 2) left.deleteOne(pairs[i]!, pairs[i + 1]!);
  return left;
}

/** Fields without those that were true of the body before policies after the cache changed it. @param now of the answer */
export function trueOfBody({ pairs }: HeaderList, now: HeaderList): HeaderList {
  const left = new HeaderList([...pairs]);
  for (const name of [...ABOUT_THE_BODY, 'content-encoding']) if (!now.has(name)) left.delete(name);
  return left;
}

export function listOf(fields: CachePolicy.Headers): HeaderList {
  const headers = new HeaderList();
  for (const [name, value] of Object.entries(fields)) {
    for (const one of [value ?? []].flat()) headers.append(name, one);
  }
  return headers;
}

export function membersOf({ pairs }: HeaderList): CachePolicy.Headers {
  const members: Record<string, string> = {};
  for (let i = 0; i < pairs.length; i += 2) {
    const [name, value] = [pairs[i]!, pairs[i + 1]!];
    members[name] = members[name] === undefined ? value : `${members[name]}, ${value}`;
  }
  return members;
}

/** RFC 9110 §13.2.2: If-None-Match goes before If-Modified-Since. */
function hasIt(asked: IncomingHttpHeaders, headers: HeaderList): boolean {
  const match = asked['if-none-match'];
  if (match !== undefined) {
    const etag = headers.get('etag');
    if (match.trim() === '*') return true;
    return etag !== undefined && match.split(',').some((one) => weak(one) === weak(etag));
  }
  const [since, modified] = [asked['if-modified-since'], headers.get('last-modified')];
  return since !== undefined && modified !== undefined && Date.parse(modified) <= Date.parse(since);
}

function weak(etag: string): string {
  return etag.trim().replace(/^W\//, '');
}
