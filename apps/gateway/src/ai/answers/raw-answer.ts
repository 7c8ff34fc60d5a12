import type { AnswerReader, AnswerSink } from './answer-reader.js';

/** An answer that is neither JSON nor a stream of events, such as sound: the caller gets it as it comes. */
export class RawAnswer implements AnswerReader {
  private begun = false;

  constructor(
    private readonly sink: AnswerSink,
    private readonly contentType: string,
  ) {}

  data(chunk: Buffer): boolean {
    this.begin();
    return this.sink.write(chunk);
  }

  end(): void {
    this.begin();
    this.sink.done();
  }

  cut(): void {
    this.sink.breakOff();
  }

  private begin(): void {
    if (!this.begun) this.sink.begin(this.contentType);
    this.begun = true;
  }
}
