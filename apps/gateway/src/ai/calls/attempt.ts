import { Logger } from '@nestjs/common';
import type { Call } from '../../calls/call.js';
import type { AnswerHandler } from '../../upstreams/upstream.js';
import type { AnswerReader, AnswerSink } from '../answers/answer-reader.js';
import { answerReader } from '../answers/choose-reader.js';
import { isStreamType } from '../answers/stream-form.js';
import type { StreamWatch } from '../answers/streamed-answer.js';
import type { AiError, ChatEvent } from '../dialects/chat.js';
import type { AiModel } from '../models/ai-models.service.js';
import type { AiTarget } from '../models/ai-target.js';
import type { ServiceTier } from '../prices/service-tiers.js';
import { dollarsOf } from '../prices/nano-dollars.js';
import { CredentialError } from '../providers/ai-provider.js';
import type { ProviderKey } from '../providers/provider-key.js';
import type { AiCall } from '../records/ai-call.js';
import type { AttemptAccount } from '../records/attempt-account.js';
import type { Asked } from '../requests/asked.js';
import type { Outgoing } from '../requests/outgoing.js';
import { wasNotSent } from '../../upstreams/transport/upstream-fault.js';
import { AnswerFields } from './answer-fields.js';
import { authorized, failureOfCredential } from './authorized.js';
import { AttemptClocks } from './attempt-clocks.js';
import { failureOfError, isSafe, type Speaker, toldError } from './error-answer.js';
import { BROKEN, type Failure, faultOf, LATE, UNREACHABLE, UNREADABLE } from './failure.js';
import { requestHeaders } from './request-headers.js';

const logger = new Logger('AI');

/** Why an attempt is given up: no fault of the upstream, by which it has no code. */
const GIVEN_UP = new Error('the answer is not needed any more');

/** What an attempt is about. */
export interface AttemptOf {
  readonly call: Call;
  readonly aiCall: AiCall;
  readonly asked: Asked;
  readonly outgoing: Outgoing;
  readonly target: AiTarget;
  readonly key: ProviderKey;
  /** Service tiers that are asked for, and have a price of their own. */
  readonly tiers: readonly ServiceTier[];
  /** How fast a stream must be; undefined: it need not. */
  readonly slowStream: AiModel['slow_stream'];
  /** Header fields that the answer gets, names and values in turn. */
  readonly answerHeaders: readonly string[];
}

/** One request to one target with one key, and what becomes of its answer. */
export class Attempt implements AnswerHandler, AnswerSink, StreamWatch {
  private readonly speaker: Speaker;
  private readonly startedAt = performance.now();
  private readonly clocks: AttemptClocks;
  private settle: (failure?: Failure) => void;
  private cancel: ((reason: Error) => void) | undefined;
  private resume: () => void = () => undefined;
  private reader: AnswerReader | undefined;
  /** Since it was sent. */
  private account: AttemptAccount | undefined;
  private state: 'waiting' | 'answering' | 'over' = 'waiting';
  /** With a status of success. */
  private hasAnswered = false;
  private hasEnded = false;
  private caller: AnswerHandler;
  private gone: AbortSignal;

  constructor(private readonly of: AttemptOf) {
    const { outgoing, target, key, slowStream } = of;
    this.speaker = {
      type: target.provider.type,
      dialect: outgoing.dialect,
      isUnderstood: !outgoing.isConverted,
      secret: key.secret,
    };
    this.clocks = new AttemptClocks(
      target.timeouts,
      slowStream,
      () => this.account?.seen ?? 0,
      (failure) => this.broke(failure),
    );
  }

  /**
   * @param caller who gets the answer, once there is one
   * @param gone aborted when the caller has gone
   * @returns why there is no answer; undefined once it has begun, and the rest takes its course
   */
  run(caller: AnswerHandler, gone: AbortSignal): Promise<Failure | undefined> {
    if (gone.aborted) return Promise.resolve(undefined);
    this.caller = caller;
    this.gone = gone;
    const { asked, outgoing, target, key } = this.of;
    const headers = requestHeaders(asked, outgoing, target.provider, key);
    gone.addEventListener('abort', this.abandon);
    this.clocks.sent(asked.stream);
    target.health.began();
    return new Promise((settle) => {
      this.settle = settle;
      const credential = authorized(headers, outgoing, target.provider, key);
      if (!credential) this.send(headers);
      else credential.then((fields) => this.send({ ...headers, ...fields })).catch(this.unauthorized);
    });
  }

  private send(headers: Readonly<Record<string, string>>): void {
    if (this.state === 'over') return;
    const { call, aiCall, outgoing, target, key, tiers } = this.of;
    const { path, body } = outgoing;
    this.account = aiCall.try(target, key, tiers);
    call.tries = aiCall.tries;
    const fields: string[] = [];
    for (const name in headers) fields.push(name, headers[name]!);
    target.provider.upstream.send({ call, method: 'POST', path, headers: fields, body }, this);
  }

  private readonly unauthorized = (error: unknown): void => {
    if (error instanceof CredentialError) logger.warn(`${this.of.target.provider.name}: ${error.message}`);
    else logger.error(error);
    if (this.state === 'waiting') this.fail(failureOfCredential(error));
  };

  onStart(cancel: (reason: Error) => void): void {
    this.cancel = cancel;
    if (this.state === 'over') cancel(GIVEN_UP);
  }

  onHead(status: number, raw: readonly (Buffer | string)[], resume: () => void): boolean {
    if (this.state === 'over') return true;
    this.resume = resume;
    this.hasAnswered = status >= 200 && status < 300;
    const { asked, outgoing } = this.of;
    const head = { status, headers: new AnswerFields(raw) };
    this.reader = answerReader(head, { asked, outgoing, sink: this, watch: this, speaker: this.speaker });
    return true;
  }

  onData(chunk: Buffer): boolean {
    if (this.state === 'over') return true;
    if (this.state === 'answering') this.clocks.heard();
    const flowing = this.read((reader) => reader.data(chunk)) ?? true;
    if (!flowing) this.clocks.held();
    return flowing;
  }

  onEnd(): void {
    this.hasEnded = true;
    if (this.state !== 'over') this.read((reader) => reader.end());
  }

  onError(error: Error): void {
    this.hasEnded = true;
    if (wasNotSent(error)) this.account?.ended('refused');
    if (this.reader) this.broke(BROKEN);
    else this.broke(isLate(error) ? LATE : UNREACHABLE);
  }

  begin(contentType: string, length?: number): void {
    const { aiCall, asked, target, key, answerHeaders } = this.of;
    this.state = 'answering';
    this.clocks.began(asked.operation.name === 'chat' && asked.stream);
    if (asked.stream) aiCall.firstTokenAt = performance.now();
    key.worked();
    target.health.answered(asked.stream, performance.now() - this.startedAt);
    const headers = ['content-type', contentType, ...answerHeaders];
    if (length !== undefined) headers.push(...this.costField(), 'content-length', String(length));
    if (isStreamType(contentType)) headers.push('cache-control', 'no-cache');
    this.caller.onHead(200, headers, () => {
      if (this.state === 'answering') this.clocks.heard();
      this.resume();
    });
    this.settle();
  }

  /** An answer that is whole has told what was used before the caller gets any of it. */
  private costField(): readonly string[] {
    const { aiCall } = this.of;
    const cost = aiCall.usage && aiCall.spent().cost;
    return cost === undefined ? [] : ['x-gatehouse-cost', dollarsOf(cost)];
  }

  write(bytes: Buffer): boolean {
    return this.caller.onData(bytes);
  }

  done(): void {
    this.account?.ended('whole');
    this.close();
    this.caller.onEnd([]);
  }

  breakOff(): void {
    this.close();
    this.caller.onError(GIVEN_UP);
  }

  fail(failure: Failure): void {
    this.account?.ended(failure === UNREADABLE ? 'broken' : 'refused');
    this.close();
    this.settle(failure);
  }

  see(event: ChatEvent): void {
    this.of.aiCall.see(event);
    this.account?.see(event);
    if (event.type !== 'error' || this.state !== 'answering') return;
    this.account?.ended('broken');
    this.tell('upstream_stream_failed');
  }

  failureOf(error: AiError): Failure {
    return failureOfError(error, this.speaker);
  }

  told(error: AiError): AiError {
    return toldError(error, this.speaker);
  }

  mayTell(text: string): boolean {
    return isSafe(text, this.speaker);
  }

  private readonly abandon = (): void => {
    this.account?.ended('unheard');
    this.close();
    this.settle();
  };

  /** What a provider says must not get the connection into disorder, whatever a dialect makes of it. */
  private read<Value>(read: (reader: AnswerReader) => Value): Value | undefined {
    try {
      return read(this.reader!);
    } catch (error) {
      logger.error(error);
      this.broke(UNREADABLE);
      return undefined;
    }
  }

  /** There will be nothing more from this target. */
  private broke(failure: Failure): void {
    if (this.state === 'over') return;
    // An answer that is whole was made before any of it came.
    const isMade = !this.of.asked.stream && this.hasAnswered;
    this.account?.ended(failure === LATE || (failure === BROKEN && isMade) ? 'unheard' : 'broken');
    if (this.state === 'waiting') return this.fail(failure);
    this.tell(faultOf(failure));
    this.reader!.cut(failure.error);
  }

  /** What became of an answer that had begun. */
  private tell(fault: string): void {
    const { aiCall, call } = this.of;
    aiCall.fault = fault;
    call.fault = fault;
  }

  private close(): void {
    if (this.state !== 'over') this.of.target.health.ended();
    this.state = 'over';
    this.gone.removeEventListener('abort', this.abandon);
    this.clocks.stop();
    if (!this.hasEnded) this.cancel?.(GIVEN_UP);
  }
}

const CONNECT_TIMEOUTS = new Set(['UND_ERR_CONNECT_TIMEOUT', 'ETIMEDOUT']);

function isLate(error: Error): boolean {
  return CONNECT_TIMEOUTS.has((error as NodeJS.ErrnoException).code ?? '');
}
