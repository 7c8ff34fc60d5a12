import type { AiError, ChatEvent } from '../dialects/chat.js';
import type { EventParser, StreamReader, StreamWriter } from '../dialects/dialect.js';
import type { AnswerSink } from './answer-reader.js';
import { says, StreamedAnswer, type StreamWatch } from './streamed-answer.js';

/** What reads the provider's stream, and writes the caller's. */
interface Conversion {
  readonly parser: EventParser;
  readonly reader: StreamReader;
  readonly writer: StreamWriter;
  /** The media type of what is written. */
  readonly type: string;
}

/** A stream that the caller gets in another dialect. */
export class ConvertedStream extends StreamedAnswer {
  constructor(
    sink: AnswerSink,
    watch: StreamWatch,
    private readonly between: Conversion,
  ) {
    super(sink, watch, between.type);
  }

  protected read(chunk: Buffer): boolean {
    const { parser, reader } = this.between;
    return this.convert(parser.push(chunk).flatMap((event) => reader.read(event)));
  }

  protected readEnd(): void {
    const { parser, reader } = this.between;
    const last = parser.end().flatMap((event) => reader.read(event));
    this.convert([...last, ...reader.end()]);
  }

  protected errorBytes(error: AiError): Buffer {
    return Buffer.from(this.between.writer.write({ type: 'error', error }));
  }

  private told(event: ChatEvent): ChatEvent {
    return event.type === 'error' ? { type: 'error', error: this.watch.told(event.error) } : event;
  }

  private convert(events: readonly ChatEvent[]): boolean {
    let text = '';
    let hasSaid = false;
    let isBroken = false;
    for (const event of events) {
      if (!this.see(event)) return true;
      text += this.between.writer.write(this.told(event));
      hasSaid ||= says(event);
      isBroken ||= event.type === 'error';
    }
    const flowing = text === '' || this.write(Buffer.from(text));
    if (hasSaid) this.release();
    if (isBroken) this.finish();
    return flowing;
  }
}
