import { type Failure, UNREADABLE } from '../calls/failure.js';
import type { AiError } from '../dialects/chat.js';
import { UnreadableAnswer } from '../dialects/dialect.js';
import { type JsonObject, parseObject } from '../../wire/json.js';
import type { AnswerReader, AnswerSink } from './answer-reader.js';

/** Bytes of an answer that is read whole: images are large. */
const MAX_ANSWER = 64 * 1_024 * 1_024;

/** An answer in one piece of JSON. */
export class WholeAnswer implements AnswerReader {
  private readonly chunks: Buffer[] = [];
  private size = 0;

  /** @param answerOf what the caller gets of it @throws UnreadableAnswer where it is none */
  constructor(
    private readonly sink: AnswerSink,
    private readonly answerOf: (body: JsonObject, bytes: Buffer) => Buffer,
  ) {}

  data(chunk: Buffer): boolean {
    this.size += chunk.length;
    if (this.size > MAX_ANSWER) this.sink.fail(UNREADABLE);
    else this.chunks.push(chunk);
    return true;
  }

  end(): void {
    const answer = this.read(Buffer.concat(this.chunks));
    if (!Buffer.isBuffer(answer)) return this.sink.fail(answer);
    this.sink.begin('application/json', answer.length);
    this.sink.write(answer);
    this.sink.done();
  }

  cut(_error: AiError): void {
    this.sink.breakOff();
  }

  private read(bytes: Buffer): Buffer | Failure {
    const body = parseObject(bytes.toString());
    if (!body) return UNREADABLE;
    try {
      return this.answerOf(body, bytes);
    } catch (error) {
      if (error instanceof UnreadableAnswer) return UNREADABLE;
      throw error;
    }
  }
}
