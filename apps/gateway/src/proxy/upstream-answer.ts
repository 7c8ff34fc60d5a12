import type { AnswerHead } from '../calls/answer.js';
import type { Call } from '../calls/call.js';
import { HeaderList } from '../calls/header-list.js';
import { firstAnswer, type GivenAnswer } from '../policies/first-answer.js';
import type { AnswerHandler } from '../upstreams/upstream.js';
import { type BodyPath, bodyPath, endAnswer } from './body-path.js';
import { answerHeaders } from './forwarded-headers.js';
import { sendChunk } from './send-chunk.js';
import { sendAnswer } from './send-answer.js';
import { sendHead } from './send-head.js';
import { dropUnreadBody } from './unread-body.js';
import { upstreamProblem } from './upstream-problem.js';

const CALLER_LEFT = new Error('the caller went away');

/** Takes an upstream's answer to the caller, chunk by chunk. */
export class UpstreamAnswer implements AnswerHandler {
  private cancel: ((reason: Error) => void) | undefined;
  /** Set where the answer does not go straight to the caller. */
  private path: BodyPath | undefined;
  /** What came while policies were still thinking about the head. */
  private held: (() => void)[] | undefined;
  /** Somebody else answers: what the upstream still says is of no interest. */
  private over = false;

  constructor(private readonly call: Call) {}

  onStart(cancel: (reason: Error) => void): void {
    this.cancel = cancel;
    if (this.call.gone) cancel(CALLER_LEFT);
  }

  /** The caller has gone: the upstream need not go on. */
  abandon(): void {
    this.over = true;
    this.cancel?.(CALLER_LEFT);
  }

  onHead(status: number, raw: readonly (Buffer | string)[], resume: () => void): boolean {
    if (this.over) return true;
    const { call } = this;
    call.upstreamHeadAt = performance.now();
    const headers = answerHeaders(raw);
    headers.push('x-request-id', call.id);
    const added = call.answerHeaders.pairs;
    for (let i = 0; i < added.length; i++) headers.push(added[i]!);
    const { response, responseBody, responseStream } = call.route.chain;
    if (response || responseBody || responseStream) {
      return this.throughPolicies({ status, headers: new HeaderList(headers) }, resume);
    }
    sendHead(call, status, headers);
    // RFC 9110 §8.6: the length in an answer without a body is that of another one; the sender would miss the bytes.
    if (status === 204 || status === 304) call.response.end();
    call.response.on('drain', resume);
    return true;
  }

  onData(chunk: Buffer): boolean {
    if (this.over) return true;
    if (this.held) {
      this.held.push(() => this.path?.write(chunk));
      return false;
    }
    if (this.path) return this.path.write(chunk);
    return sendChunk(this.call, chunk);
  }

  onEnd(trailers: readonly (Buffer | string)[]): void {
    // There is nothing left that could be cancelled.
    this.cancel = undefined;
    if (this.over) return;
    if (this.held) return void this.held.push(() => this.onEnd(trailers));
    const passed = trailers.length > 0 ? answerHeaders(trailers) : NO_TRAILERS;
    if (this.path) this.path.end(passed);
    else endAnswer(this.call, passed);
    dropUnreadBody(this.call.raw);
  }

  onError(error: Error): void {
    const { call } = this;
    if (this.over || call.gone || call.response.writableEnded) return;
    if (this.held) return void this.held.push(() => this.onError(error));
    this.over = true;
    if (this.path) this.path.fail(error);
    else call.refuse(upstreamProblem(call, error));
  }

  private throughPolicies(head: AnswerHead, resume: () => void): boolean {
    const { call } = this;
    const { response: policies } = call.route.chain;
    try {
      const given = policies && firstAnswer(policies, (policy) => policy.onResponse(call, head));
      if (!(given instanceof Promise)) {
        this.decide(head, given, resume);
        return true;
      }
      this.held = [];
      given
        .then((found) => this.decide(head, found, resume))
        .catch((error: unknown) => this.instead(() => call.refuse(error)));
      return false;
    } catch (error) {
      this.instead(() => call.refuse(error));
      return true;
    }
  }

  private decide(head: AnswerHead, given: GivenAnswer | undefined, resume: () => void): void {
    const held = this.held ?? [];
    this.held = undefined;
    if (this.over) return;
    const { call } = this;
    const { chain } = call.route;
    if (given) {
      return this.instead(() => {
        sendAnswer(call, given.answer, chain.outside(given.by)).catch((error: unknown) => call.refuse(error));
      });
    }
    this.path = bodyPath(call, head, chain, resume);
    for (const step of held) step();
    resume();
  }

  private instead(answer: () => void): void {
    this.over = true;
    this.held = undefined;
    this.cancel?.(new Error('a policy has answered'));
    answer();
  }
}

const NO_TRAILERS: readonly string[] = [];
