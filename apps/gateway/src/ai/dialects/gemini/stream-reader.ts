import { CandidateStream } from '../candidate-stream.js';
import { EventReader } from '../event-reader.js';
import { objectOf, objectsOf, textOf, type JsonObject } from '../../../wire/json.js';
import { readStreamError } from '../provider-error.js';
import { readLogprobs } from './logprobs.js';
import { answerId, createdAt, failure, isBlocked, readCall } from './read-answer.js';
import { isFailure, readStop } from './stop-reason.js';
import { readUsage } from './usage.js';

interface Candidate {
  readonly parts: CandidateStream;
  calls: number;
}

export class GeminiStreamReader extends EventReader {
  private id?: string;
  private readonly candidates = new Map<number, Candidate>();

  /** Nothing but its end says that a stream has ended. */
  protected isWhole(): boolean {
    return this.candidates.size > 0 && [...this.candidates.values()].every(({ parts }) => parts.stopped);
  }

  /** Each event is an answer of its own, of what is new. */
  protected readBody(answer: JsonObject): void {
    if (answer.error) return this.fail(readStreamError(answer));
    if (this.id === undefined) this.start(answer);
    if (isBlocked(answer)) this.candidate(0).parts.stop('content_filter');
    for (const candidate of objectsOf(answer.candidates)) if (!this.ended) this.readCandidate(candidate);
    const usage = readUsage(answer.usageMetadata);
    if (usage && !this.ended) this.emit({ type: 'usage', usage });
  }

  private start(answer: JsonObject): void {
    this.id = answerId(answer);
    this.emit({
      type: 'start',
      id: this.id,
      model: textOf(answer.modelVersion) ?? '',
      created: createdAt(answer),
    });
  }

  private candidate(index: number): Candidate {
    const known = this.candidates.get(index);
    if (known) return known;
    const candidate = { parts: new CandidateStream(index, (event) => this.emit(event)), calls: 0 };
    this.candidates.set(index, candidate);
    return candidate;
  }

  private readCandidate(value: JsonObject): void {
    const index = this.candidateIndex(value.index);
    if (index === undefined) return;
    const candidate = this.candidate(index);
    if (candidate.parts.stopped) return;
    for (const part of objectsOf(objectOf(value.content)?.parts)) this.readPart(candidate, part, index);
    const logprobs = readLogprobs(value.logprobsResult);
    if (logprobs.length > 0) this.emit({ type: 'logprobs', candidate: index, logprobs });
    const reason = textOf(value.finishReason);
    if (reason && isFailure(reason)) this.failFor(value, reason);
    else if (reason) candidate.parts.stop(readStop(reason));
  }

  private failFor(candidate: JsonObject, reason: string): void {
    const { message, code } = failure(candidate, reason);
    this.fail({ status: 502, message, code });
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
