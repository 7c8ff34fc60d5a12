import type { Failure } from '../calls/failure.js';
import type { AiError } from '../dialects/chat.js';

/** The beginning of an answer. */
export interface ProviderHead {
  readonly status: number;
  /** By names in lower case. */
  readonly headers: Pick<ReadonlyMap<string, string>, 'get'>;
}

/** Reads what a target answers, and gives the caller what becomes of it. */
export interface AnswerReader {
  /** @returns false to hold what comes next */
  data(chunk: Buffer): boolean;
  end(): void;
  /** The answer has begun, and there will be no more of it: the caller is told so, as far as its form allows that. */
  cut(error: AiError): void;
}

/** Where readers put it. */
export interface AnswerSink {
  /**
   * From here on it is the caller's answer, and no other target is asked.
   * @param length bytes, where it is whole already
   */
  begin(contentType: string, length?: number): void;
  /** @returns false to hold what comes next */
  write(bytes: Buffer): boolean;
  /** The answer is whole. */
  done(): void;
  /** It ends here, and does not look whole. */
  breakOff(): void;
  /** There is no answer, and none has begun. */
  fail(failure: Failure): void;
}
