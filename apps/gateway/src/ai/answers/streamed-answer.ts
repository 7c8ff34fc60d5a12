import type { AiError, ChatEvent } from '../dialects/chat.js';
import { EventStreamError } from '../../wire/event-stream.js';
import { type Failure, UNREADABLE } from '../calls/failure.js';
import type { AnswerReader, AnswerSink } from './answer-reader.js';

/** Start-up frames are few; whoever sends more is answered with them. */
const MAX_HELD = 262_144;

/** What a stream of a target is told by, as it goes along. */
export interface StreamWatch {
  /** What it says, whether the caller gets it in these words or not. */
  see(event: ChatEvent): void;
  /** Whose fault an error is that came in it. */
  failureOf(error: AiError): Failure;
  /** What the caller may be told of an error that came in the middle. */
  told(error: AiError): AiError;
  /** Whether the caller may be told an error in these words. */
  mayTell(text: string): boolean;
}

/**
 * A stream of events. Its beginning is held back until something has been said, so that with an error before another
 * target can still be asked, and nobody will have noticed.
 */
export abstract class StreamedAnswer implements AnswerReader {
  private held: Buffer[] | undefined = [];
  private heldBytes = 0;
  protected over = false;

  constructor(
    private readonly sink: AnswerSink,
    protected readonly watch: StreamWatch,
    private readonly contentType: string,
  ) {}

  data(chunk: Buffer): boolean {
    if (this.over) return true;
    try {
      return this.read(chunk);
    } catch (error) {
      return this.unreadable(error);
    }
  }

  end(): void {
    if (this.over) return;
    try {
      this.readEnd();
    } catch (error) {
      this.unreadable(error);
    }
    if (this.over) return;
    this.release();
    this.finish();
  }

  cut(error: AiError): void {
    if (this.over) return;
    this.sink.write(this.errorBytes(error));
    this.finish();
  }

  protected abstract read(chunk: Buffer): boolean;
  protected abstract readEnd(): void;
  protected abstract errorBytes(error: AiError): Buffer;

  /** @returns false where it was an error before anything was said: there will be no answer from this target */
  protected see(event: ChatEvent): boolean {
    this.watch.see(event);
    if (event.type !== 'error' || !this.held) return true;
    this.over = true;
    this.sink.fail(this.watch.failureOf(event.error));
    return false;
  }

  protected write(bytes: Buffer): boolean {
    if (!this.held) return this.sink.write(bytes);
    this.held.push(bytes);
    this.heldBytes += bytes.length;
    if (this.heldBytes > MAX_HELD) this.release();
    return true;
  }

  /** Something has been said: the caller gets what there is, and from here on everything at once. */
  protected release(): void {
    const { held } = this;
    if (!held) return;
    this.held = undefined;
    this.sink.begin(this.contentType);
    if (held.length > 0) this.sink.write(Buffer.concat(held));
  }

  protected finish(): void {
    this.over = true;
    this.sink.done();
  }

  private unreadable(error: unknown): boolean {
    if (!(error instanceof EventStreamError)) throw error;
    if (this.held) {
      this.over = true;
      this.sink.fail(UNREADABLE);
    } else this.cut(UNREADABLE.error);
    return true;
  }
}

/** Whether an event is more than a beginning. */
export function says(event: ChatEvent): boolean {
  switch (event.type) {
    case 'delta':
      return event.text !== '';
    case 'part_start':
      return event.of.type === 'tool_call';
    case 'signature':
    case 'stop':
    case 'end':
      return true;
    default:
      return false;
  }
}
