import type { AiError, ChatEvent } from '../dialects/chat.js';
import type { StreamReader, StreamWriter } from '../dialects/dialect.js';
import { EventStreamParser } from '../../wire/event-stream.js';
import type { AnswerSink } from './answer-reader.js';
import { EVENT_STREAM, says, StreamedAnswer, type StreamWatch } from './streamed-answer.js';

/** A stream that the caller gets in another dialect. */
export class ConvertedStream extends StreamedAnswer {
  private readonly events = new EventStreamParser();

  constructor(
    sink: AnswerSink,
    watch: StreamWatch,
    private readonly reader: StreamReader,
    private readonly writer: StreamWriter,
  ) {
    super(sink, watch, EVENT_STREAM);
  }

  protected read(chunk: Buffer): boolean {
    return this.convert(this.events.push(chunk).flatMap((event) => this.reader.read(event)));
  }

  protected readEnd(): void {
    const last = this.events.end().flatMap((event) => this.reader.read(event));
    this.convert([...last, ...this.reader.end()]);
  }

  protected errorBytes(error: AiError): Buffer {
    return Buffer.from(this.writer.write({ type: 'error', error }));
  }

  private convert(events: readonly ChatEvent[]): boolean {
    let text = '';
    let hasSaid = false;
    let isBroken = false;
    for (const event of events) {
      if (!this.see(event)) return true;
      text += this.writer.write(event);
      hasSaid ||= says(event);
      isBroken ||= event.type === 'error';
    }
    const flowing = text === '' || this.write(Buffer.from(text));
    if (hasSaid) this.release();
    if (isBroken) this.finish();
    return flowing;
  }
}
