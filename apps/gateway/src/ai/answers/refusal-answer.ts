import { failureOfAnswer, type Speaker } from '../calls/error-answer.js';
import type { AnswerReader, AnswerSink, ProviderHead } from './answer-reader.js';

/** What an error says has room in this. */
const MAX_REFUSAL = 65_536;

/** An answer that is an error. */
export class RefusalAnswer implements AnswerReader {
  private readonly chunks: Buffer[] = [];
  private size = 0;

  constructor(
    private readonly sink: AnswerSink,
    private readonly speaker: Speaker,
    private readonly head: ProviderHead,
  ) {}

  data(chunk: Buffer): boolean {
    this.size += chunk.length;
    if (this.size <= MAX_REFUSAL) this.chunks.push(chunk);
    else this.end();
    return true;
  }

  end(): void {
    const body = Buffer.concat(this.chunks).toString();
    this.sink.fail(failureOfAnswer({ ...this.head, body }, this.speaker));
  }

  cut(): void {
    this.sink.breakOff();
  }
}
