import type { AiError, ChatEvent } from '../../dialects/chat.js';
import type { EventParser, StreamReader, StreamWriter } from '../../dialects/dialect.js';
import { UNREADABLE } from '../../calls/failure.js';
import { EventStreamError } from '../../../wire/event-stream.js';
import { GuardedParts } from './guarded-parts.js';

interface Ways {
  readonly parser: EventParser;
  readonly reader: StreamReader;
  readonly writer: StreamWriter;
  readonly parts: GuardedParts;
}

/** A stream in the caller's dialect, of which the caller gets what guardrails let through. */
export class GuardedStream {
  constructor(private readonly ways: Ways) {}

  /** @returns what the caller gets @throws Blocked */
  push(chunk: Buffer): string {
    return this.read(() => this.ways.parser.push(chunk).flatMap((event) => this.ways.reader.read(event)));
  }

  /** @throws Blocked */
  end(): string {
    return this.read(() => [
      ...this.ways.parser.end().flatMap((event) => this.ways.reader.read(event)),
      ...this.ways.reader.end(),
    ]);
  }

  /** What is held back since before this was called the last time. @throws Blocked */
  age(): string {
    return this.written(this.ways.parts.age());
  }

  get isHolding(): boolean {
    return this.ways.parts.areHolding;
  }

  /** How the caller is told that it ends here. */
  failure(error: AiError): string {
    return this.ways.writer.write({ type: 'error', error });
  }

  private read(read: () => readonly ChatEvent[]): string {
    try {
      return this.written(read().flatMap((event) => this.ways.parts.take(event)));
    } catch (error) {
      if (error instanceof EventStreamError) return this.failure(UNREADABLE.error);
      throw error;
    }
  }

  private written(events: readonly ChatEvent[]): string {
    return events.map((event) => this.ways.writer.write(event)).join('');
  }
}
