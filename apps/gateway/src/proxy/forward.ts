import { Readable } from 'node:stream';
import type { OutgoingRequest } from '../calls/answer.js';
import type { Call } from '../calls/call.js';
import { HeaderList } from '../calls/header-list.js';
import { firstAnswer, type GivenAnswer } from '../policies/first-answer.js';
import { ObservingStream } from '../policies/observing-stream.js';
import { bodyLimitOf, type PolicyChain } from '../policies/policy-chain.js';
import type { UpstreamRequest } from '../upstreams/upstream.js';
import { decodeRequestBody } from './decode-body.js';
import { forwardedHeaders } from './forwarded-headers.js';
import { readWhole, requestBody, UnreadRequest } from './request-body.js';
import { sendAnswer } from './send-answer.js';
import { UpstreamAnswer } from './upstream-answer.js';

/** Sends the call to its upstream, and the upstream's answer to the caller. */
export function forward(call: Call): void {
  const path = call.route.forwardedPath(call);
  const query = forwardedQuery(call);
  send(call, { method: call.method, path, query, headers: forwardedHeaders(call) });
}

/** The same with the policies that see the request; one that answers it itself keeps it from the upstream. */
export async function forwardThroughPolicies(call: Call): Promise<void> {
  const { route } = call;
  const { chain } = route;
  const outgoing: OutgoingRequest = {
    method: call.method,
    path: route.forwardedPath(call),
    query: forwardedQuery(call),
    headers: new HeaderList(forwardedHeaders(call)),
  };
  const early =
    chain.request && (await firstAnswer(chain.request, (policy) => policy.onRequest(call, outgoing)));
  if (early) return sendAnswer(call, early.answer, chain.outside(early.by));
  let body: UpstreamRequest['body'];
  const readers = chain.requestBody?.filter((policy) => policy.wantsRequestBody?.(call) ?? true);
  if (readers && readers.length > 0) {
    const changed = await changedBody(call, outgoing, readers);
    if ('by' in changed) return sendAnswer(call, changed.answer, chain.outside(changed.by));
    body = throughStreams(call, outgoing, changed.body);
  } else body = throughStreams(call, outgoing, requestBody(call));
  if (route.answer) return sendAnswer(call, route.answer(call));
  if (call.gone) return;
  send(call, { ...outgoing, headers: outgoing.headers.pairs }, body);
}

interface Ready {
  readonly method: string;
  readonly path: string;
  readonly query: string;
  readonly headers: string[];
}

/** @param read what policies made of the body; undefined: nobody has read it */
function send(call: Call, ready: Ready, read?: UpstreamRequest['body']): void {
  const { route } = call;
  const { method, path, query, headers } = ready;
  const { upstream, part } = route.choose!(call);
  call.part = part;
  const host = route.forwardedHost?.(call);
  if (host !== undefined) headers.push('host', host);
  if (call.upgrade) return call.site.tunnels.begin(call, upstream, path + query, headers);
  const answer = new UpstreamAnswer(call);
  call.pending = answer;
  call.upstreamStartedAt = performance.now();
  if (read === undefined && upstream.readsWhole) {
    return upstream.send(new UnreadRequest(call, method, path + query, headers), answer);
  }
  const body = mirrored(call, ready, read === undefined ? requestBody(call) : read);
  upstream.send({ call, method, path: path + query, headers, body }, answer);
}

/** The same body, of which a copy goes elsewhere where the route says so. */
function mirrored(call: Call, { headers, ...rest }: Ready, body: UpstreamRequest['body']) {
  const { mirror } = call.route;
  return mirror ? mirror(call, { ...rest, headers: new HeaderList(headers) }, body) : body;
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

async function changedBody(
  call: Call,
  outgoing: OutgoingRequest,
  readers: NonNullable<PolicyChain['requestBody']>,
): Promise<GivenAnswer | { readonly body: Buffer | null }> {
  let body = await readDecoded(call, outgoing, bodyLimitOf(readers));
  const had = body.length;
  for (const policy of readers) {
    const changed = await policy.onRequestBody(call, outgoing, body);
    if (!Buffer.isBuffer(changed)) return { answer: changed, by: policy };
    body = changed;
  }
  if (had === 0 && body.length === 0) return { body: null };
  outgoing.headers.set('content-length', String(body.length));
  return { body };
}

/** @throws Problem 413, 400, 415 */
async function readDecoded(call: Call, { headers }: OutgoingRequest, limit: number): Promise<Buffer> {
  const body = await readWhole(call, limit);
  const encoding = headers.all('content-encoding').join(',');
  if (encoding === '') return body;
  headers.delete('content-encoding');
  return decodeRequestBody(body, encoding, limit);
}

function throughStreams(call: Call, outgoing: OutgoingRequest, body: Readable | Buffer | null) {
  const { requestStream } = call.route.chain;
  if (body === null || !requestStream) return body;
  const streams = requestStream.flatMap((policy) => policy.onRequestStream(call, outgoing) ?? []);
  if (streams.length === 0) return body;
  if (!streams.every((one) => one instanceof ObservingStream)) outgoing.headers.delete('content-length');
  const first: Readable = Buffer.isBuffer(body) ? Readable.from([body], { objectMode: false }) : body;
  const last = streams.reduce((from: Readable, to) => {
    from.once('error', (error) => to.destroy(error));
    to.once('error', (error) => {
      call.refuse(error);
      from.destroy();
    });
    return from.pipe(to);
  }, first);
  last.on('error', () => undefined);
  return last;
}
