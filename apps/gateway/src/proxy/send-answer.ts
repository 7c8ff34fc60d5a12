import { Readable } from 'node:stream';
import type { Answer, AnswerHead } from '../calls/answer.js';
import type { Call } from '../calls/call.js';
import { HeaderList } from '../calls/header-list.js';
import { firstAnswer } from '../policies/first-answer.js';
import { NO_POLICIES, type PolicyChain } from '../policies/policy-chain.js';
import { bodyPath } from './body-path.js';
import { hasNoBody, sendHead } from './send-head.js';
import { dropUnreadBody } from './unread-body.js';

/**
 * Gives an answer of the gateway's own, through the policies that see it.
 * @param chain left out: all policies of the route
 */
export async function sendAnswer(call: Call, answer: Answer, chain = chainOf(call)): Promise<void> {
  const head: AnswerHead = { status: answer.status, headers: new HeaderList([...answer.headers.pairs]) };
  head.headers.pairs.push('x-request-id', call.id, ...call.answerHeaders.pairs);
  const { body } = answer;
  const other =
    chain.response && (await firstAnswer(chain.response, (policy) => policy.onResponse(call, head)));
  const { response } = call;
  if (other || call.gone || response.headersSent) {
    if (body instanceof Readable) body.destroy();
    return other && sendAnswer(call, other.answer, chain.outside(other.by));
  }
  if (body === null || hasNoBody(call.method, head.status)) sendWithoutBody(call, head, body);
  else if (body instanceof Readable) streamBody(call, head, body, chain);
  else sendWhole(call, head, typeof body === 'string' ? Buffer.from(body) : body, chain);
  dropUnreadBody(call.raw);
}

function chainOf({ route }: Call): PolicyChain {
  return route?.chain ?? NO_POLICIES;
}

function sendWithoutBody(call: Call, head: AnswerHead, body: Answer['body']): void {
  if (body instanceof Readable) body.destroy();
  else if (body !== null && head.status !== 304 && head.status !== 204) {
    head.headers.set('content-length', String(Buffer.byteLength(body)));
  } else if (head.status >= 200 && head.status !== 204 && head.status !== 304) {
    head.headers.set('content-length', '0');
  }
  sendHead(call, head.status, head.headers.pairs);
  call.response.end();
}

function sendWhole(call: Call, head: AnswerHead, body: Buffer, chain: PolicyChain): void {
  if (!chain.responseBody && !chain.responseStream) {
    head.headers.set('content-length', String(body.length));
    sendHead(call, head.status, head.headers.pairs);
    call.bytesOut += body.length;
    call.response.end(body);
    return;
  }
  const path = bodyPath(call, head, chain, () => undefined);
  if (body.length > 0) path.write(body);
  path.end([]);
}

function streamBody(call: Call, head: AnswerHead, body: Readable, chain: PolicyChain): void {
  const path = bodyPath(call, head, chain, () => body.resume());
  call.response.once('close', () => body.destroy());
  body.on('data', (chunk: Buffer) => {
    if (!path.write(chunk)) body.pause();
  });
  body.on('end', () => path.end([]));
  body.on('error', (error) => path.fail(error));
}
