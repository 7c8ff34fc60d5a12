import { CandidateStream } from '../candidate-stream.js';
import type { ChatEvent } from '../chat.js';
import type { ServerSentEvent, StreamReader } from '../dialect.js';
import { countOf, objectOf, objectsOf, parseObject, textOf, type JsonObject } from '../json.js';
import { readStreamError } from '../provider-error.js';
import { CUT, UNREADABLE } from '../stream-faults.js';
import { readLogprobs } from './logprobs.js';
import { answerId, createdAt, failure, isBlocked, readCall } from './read-answer.js';
import { isFailure, readStop } from './stop-reason.js';
import { readUsage } from './usage.js';

interface Candidate {
  readonly parts: CandidateStream;
  calls: number;
}

export class GeminiStreamReader implements StreamReader {
  private events: ChatEvent[] = [];
  private id?: string;
  private ended = false;
  private readonly candidates = new Map<number, Candidate>();

  /** Each event is an answer of its own, of what is new. */
  read({ data }: ServerSentEvent): readonly ChatEvent[] {
    if (this.ended) return [];
    const answer = parseObject(data);
    if (!answer) this.finish({ type: 'error', error: UNREADABLE });
    else if (answer.error) this.finish({ type: 'error', error: readStreamError(answer) });
    else this.readAnswer(answer);
    return this.taken();
  }

  /** Nothing but its end says that a stream has ended. */
  end(): readonly ChatEvent[] {
    if (this.ended) return [];
    const whole =
      this.candidates.size > 0 && [...this.candidates.values()].every(({ parts }) => parts.stopped);
    this.finish(whole ? { type: 'end' } : { type: 'error', error: CUT });
    return this.taken();
  }

  private taken(): readonly ChatEvent[] {
    const { events } = this;
    this.events = [];
    return events;
  }

  private finish(last: ChatEvent): void {
    this.ended = true;
    this.events.push(last);
  }

  private readAnswer(answer: JsonObject): void {
    if (this.id === undefined) this.start(answer);
    if (isBlocked(answer)) this.candidate(0).parts.stop('content_filter');
    for (const candidate of objectsOf(answer.candidates)) if (!this.ended) this.readCandidate(candidate);
    const usage = readUsage(answer.usageMetadata);
    if (usage && !this.ended) this.events.push({ type: 'usage', usage });
  }

  private start(answer: JsonObject): void {
    this.id = answerId(answer);
    this.events.push({
      type: 'start',
      id: this.id,
      model: textOf(answer.modelVersion) ?? '',
      created: createdAt(answer),
    });
  }

  private candidate(index: number): Candidate {
    const known = this.candidates.get(index);
    if (known) return known;
    const candidate = { parts: new CandidateStream(index, (event) => this.events.push(event)), calls: 0 };
    this.candidates.set(index, candidate);
    return candidate;
  }

  private readCandidate(value: JsonObject): void {
    const index = countOf(value.index) ?? 0;
    const candidate = this.candidate(index);
    if (candidate.parts.stopped) return;
    for (const part of objectsOf(objectOf(value.content)?.parts)) this.readPart(candidate, part, index);
    const logprobs = readLogprobs(value.logprobsResult);
    if (logprobs.length > 0) this.events.push({ type: 'logprobs', candidate: index, logprobs });
    const reason = textOf(value.finishReason);
    if (reason && isFailure(reason)) this.fail(value, reason);
    else if (reason) candidate.parts.stop(readStop(reason));
  }

  private fail(candidate: JsonObject, reason: string): void {
    const { message, code } = failure(candidate, reason);
    this.finish({ type: 'error', error: { status: 502, message, code } });
  }

  private readPart(candidate: Candidate, part: JsonObject, index: number): void {
    const { parts } = candidate;
    const called = objectOf(part.functionCall);
    if (called) {
      const { arguments: args, ...of } = readCall(called, part, `${this.id}_${index}_${candidate.calls++}`);
      parts.pause();
      const call = parts.begin(of);
      parts.grow(call, JSON.stringify(args));
      return parts.finish(call);
    }
    const text = textOf(part.text);
    if (text) parts.flow(part.thought === true ? 'reasoning' : 'text', text);
  }
}
