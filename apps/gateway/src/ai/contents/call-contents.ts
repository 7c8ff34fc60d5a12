import { EventStreamError } from '../../wire/event-stream.js';
import { isStreamType, parserOf } from '../answers/stream-form.js';
import type { AnswerHandler } from '../../upstreams/upstream.js';
import { AssembledAnswer } from '../dialects/assemble-answer.js';
import type { ChatEvent } from '../dialects/chat.js';
import { UnreadableAnswer } from '../dialects/dialect.js';
import { AiProblem } from '../errors/ai-problem.js';
import type { Asked } from '../requests/asked.js';
import { RecordedAnswer } from './recorded-answer.js';

/** What was said in a call. Texts that are longer than they may be are cut. */
export interface Contents {
  readonly request: Text;
  /** In the caller's dialect, streams as the answer that they are; undefined: there is none, or it is no text. */
  readonly answer: Text | undefined;
}

export interface Text {
  readonly text: string;
  readonly isCut: boolean;
}

/** A stream says much beside the text. */
const OVERHEAD = 16;

/** Gathers what is said in a call, as guardrails leave it. */
export class CallContents {
  private asked: Asked | undefined;
  private body: string | undefined;
  private recorded: RecordedAnswer | undefined;
  private streamed: AssembledAnswer | undefined;
  private characters = 0;

  /** @param maxBytes of a request, and of an answer */
  constructor(private readonly maxBytes: number) {}

  /** What goes to the provider. */
  takeRequest(asked: Asked): void {
    this.asked = asked;
  }

  /** An answer that is whole. */
  takeAnswer(body: string): void {
    this.body = body;
  }

  /** An event of one that is streamed. */
  takeEvent(event: ChatEvent): void {
    if (event.type === 'delta') this.characters += event.text.length;
    if (this.characters <= this.maxBytes * OVERHEAD) (this.streamed ??= new AssembledAnswer()).take(event);
  }

  /** Where nobody else looks at the answer, it is looked at on its way to the caller. */
  recording(caller: AnswerHandler): AnswerHandler {
    return (this.recorded = new RecordedAnswer(caller, this.maxBytes * OVERHEAD));
  }

  /** @returns undefined where nothing was asked */
  get contents(): Contents | undefined {
    if (!this.asked) return undefined;
    const answer = this.body ?? this.assembled() ?? this.passed();
    return {
      request: this.cut(this.asked.members.bytes.toString()),
      answer: answer === undefined ? undefined : this.cut(answer),
    };
  }

  private passed(): string | undefined {
    if (!this.recorded) return undefined;
    const { type, body } = this.recorded;
    if (!isStreamType(type)) return type.includes('json') ? body.toString() : undefined;
    if (this.asked?.operation.name === 'chat') this.read(body);
    return this.assembled() ?? body.toString();
  }

  private read(body: Buffer): void {
    const { dialect } = this.asked!;
    const parser = parserOf(dialect);
    const reader = dialect.reader();
    try {
      const events = [...parser.push(body), ...parser.end()].flatMap((event) => reader.read(event));
      for (const event of events) this.takeEvent(event);
    } catch (error) {
      if (!(error instanceof EventStreamError)) throw error;
    }
  }

  private assembled(): string | undefined {
    if (!this.streamed || !this.asked) return undefined;
    try {
      const answer = this.streamed.answer();
      if (answer.candidates.length === 0) return undefined;
      return JSON.stringify(this.asked.dialect.writeAnswer(answer, this.asked.chat));
    } catch (error) {
      // A call of a tool that was cut is none; and what was passed through need not be understood here.
      if (error instanceof UnreadableAnswer || error instanceof AiProblem) return undefined;
      throw error;
    }
  }

  private cut(text: string): Text {
    const bytes = Buffer.from(text);
    if (bytes.length <= this.maxBytes) return { text, isCut: false };
    return { text: bytes.subarray(0, this.maxBytes).toString(), isCut: true };
  }
}
