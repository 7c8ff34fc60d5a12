import type { Answer, OutgoingRequest } from '../calls/answer.js';
import type { Call } from '../calls/call.js';
import { HeaderList } from '../calls/header-list.js';
import { firstAnswer } from '../policies/first-answer.js';
import type { UpstreamRequest } from '../upstreams/upstream.js';
import { forwardedHeaders } from './forwarded-headers.js';
import { readWhole, requestBody } from './request-body.js';
import { UpstreamAnswer } from './upstream-answer.js';

/** Sends the call to its upstream, and the upstream's answer to the caller. */
export function forward(call: Call): void {
  const path = call.route.forwardedPath(call);
  const query = forwardedQuery(call);
  send(call, { method: call.method, path, query, headers: forwardedHeaders(call) }, requestBody(call));
}

/**
 * The same with the policies that see the request.
 * @returns an answer of one of them: the upstream is not asked then
 */
export async function forwardThroughPolicies(call: Call): Promise<Answer | undefined> {
  const { chain } = call.route;
  const outgoing: OutgoingRequest = {
    method: call.method,
    path: call.route.forwardedPath(call),
    query: forwardedQuery(call),
    headers: new HeaderList(forwardedHeaders(call)),
  };
  const answer =
    chain.request && (await firstAnswer(chain.request, (policy) => policy.onRequest(call, outgoing)));
  if (answer) return answer;
  const body = chain.requestBody ? await changedBody(call, outgoing) : streamedBody(call, outgoing);
  if (body !== null && 'status' in body) return body;
  if (call.route.answer) return call.route.answer(call);
  if (call.gone) return undefined;
  send(call, { ...outgoing, headers: outgoing.headers.pairs }, body);
  return undefined;
}

interface Ready {
  readonly method: string;
  readonly path: string;
  readonly query: string;
  readonly headers: string[];
}

function send(call: Call, { method, path, query, headers }: Ready, body: UpstreamRequest['body']): void {
  const { route } = call;
  const { upstream, part } = route.choose!(call);
  call.part = part;
  const host = route.forwardedHost?.(call);
  if (host !== undefined) headers.push('host', host);
  const copied = route.mirror
    ? route.mirror(call, { method, path, query, headers: new HeaderList(headers) }, body)
    : body;
  const answer = new UpstreamAnswer(call);
  call.pending = answer;
  call.upstreamStartedAt = performance.now();
  upstream.send({ call, method, path: path + query, headers, body: copied }, answer);
}

/** The query without what of it was for the guards. */
function forwardedQuery({ query, route }: Call): string {
  const { query: consumed } = route.consumed;
  if (consumed.size === 0 || query === '') return query;
  const kept = query
    .slice(1)
    .split('&')
    .filter((pair) => !consumed.has(decodedName(pair)));
  return kept.length > 0 ? `?${kept.join('&')}` : '';
}

function decodedName(pair: string): string {
  return new URLSearchParams(pair).keys().next().value ?? '';
}

async function changedBody(call: Call, outgoing: OutgoingRequest): Promise<Buffer | Answer | null> {
  const { chain } = call.route;
  let body = await readWhole(call, chain.requestBodyLimit);
  const had = body.length;
  for (const policy of chain.requestBody!) {
    const changed = await policy.onRequestBody(call, outgoing, body);
    if (!Buffer.isBuffer(changed)) return changed;
    body = changed;
  }
  if (had === 0 && body.length === 0) return null;
  outgoing.headers.set('content-length', String(body.length));
  return body;
}

function streamedBody(call: Call, outgoing: OutgoingRequest) {
  const body = requestBody(call);
  const { requestStream } = call.route.chain;
  if (body === null || !requestStream) return body;
  const streams = requestStream.flatMap((policy) => policy.onRequestStream(call, outgoing) ?? []);
  if (streams.length === 0) return body;
  outgoing.headers.delete('content-length');
  const last = streams.reduce((from, to) => {
    from.once('error', (error) => to.destroy(error));
    to.once('error', (error) => {
      call.refuse(error);
      from.destroy();
    });
    return from.pipe(to) as never;
  }, body as never);
  (last as typeof body).on('error', () => undefined);
  return last as typeof body;
}
