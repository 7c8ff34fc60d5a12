import { isObject, parseObject } from '../../wire/json.js';
import { parserOf } from '../answers/stream-form.js';
import { answerEvents } from '../dialects/answer-events.js';
import { assembleAnswer } from '../dialects/assemble-answer.js';
import type { ChatAnswer } from '../dialects/chat.js';
import { UnreadableAnswer } from '../dialects/dialect.js';
import { AiProblem } from '../errors/ai-problem.js';
import type { Asked } from '../requests/asked.js';
import { UNREADABLE } from '../calls/failure.js';
import type { AnswerChecks } from './answers/guarded-answer.js';
import { GuardedParts } from './answers/guarded-parts.js';
import { GuardedStream } from './answers/guarded-stream.js';
import { Blocked } from './blocked.js';
import { OutputChecks } from './check-output.js';
import type { Guarding } from './check-request.js';
import { guardTexts } from './guard-texts.js';
import { isFinding, type Rail } from './guardrails.js';
import { readTexts, writeTexts } from './texts/json-texts.js';

/** Holds the answer to a call to the guardrails of its route; a cached one, too. */
export class AnswerCheck implements AnswerChecks {
  readonly holdTime: number;
  readonly stream: (() => GuardedStream) | undefined;
  private readonly rails: readonly Rail[];
  private readonly output: OutputChecks;

  /**
   * @param repairs how often the model was asked again
   * @param noted told before the caller gets the head of an answer, and where it was ended
   * @throws AiProblem 400
   */
  constructor(
    private readonly asked: Asked,
    private readonly guarding: Guarding,
    repairs: number,
    private readonly noted: { readonly flags: () => void; readonly blocked: (problem: AiProblem) => void },
  ) {
    const rails = guarding.rails.answer;
    this.rails = rails;
    this.output = new OutputChecks(asked, rails, repairs);
    // A stream is written anew, for which it must be known what was asked: before anybody is.
    if (asked.stream) void asked.chat;
    const all = [...rails, ...guarding.rails.request];
    this.holdTime = Math.max(...all.map(({ hold_time: seconds }) => seconds));
    this.stream = rails.every(isFinding) ? () => this.guardedStream() : undefined;
  }

  async whole(bytes: Buffer, isStream: boolean): Promise<Buffer> {
    const body = isStream ? this.assembled(bytes) : bytes;
    const checked = await this.body(body.toString());
    this.noted.flags();
    return isStream ? this.streamed(checked) : Buffer.from(checked);
  }

  raw(): void {
    const blocking = this.rails.find(({ unreadable }) => unreadable === 'block');
    if (blocking) throw new Blocked(blocking.name, 'answer', { why: 'it is nothing that it can read' });
  }

  blocked(problem: AiProblem): void {
    this.noted.blocked(problem);
  }

  private async body(source: string): Promise<string> {
    const parsed = parseObject(source);
    if (!parsed) throw unreadable();
    readable(() => this.output.demand(parsed, this.guarding.events));
    const { texts, unreadable: others } = readTexts(source);
    if (others.length > 0) this.raw();
    const { placeholders, judged } = this.guarding;
    const watch = { ...this.guarding, on: 'answer' } as const;
    const masked = await guardTexts(texts, this.rails, watch, { ...judged, on: 'answer' });
    this.guarding.contents?.takeAnswer(writeTexts(source, masked));
    return writeTexts(
      source,
      masked.map((text) => placeholders.restore(text)),
    );
  }

  private guardedStream(): GuardedStream {
    const { asked, guarding, rails } = this;
    const watch = { ...guarding, on: 'answer', rails: rails.filter(isFinding) } as const;
    const size = Math.max(0, ...rails.map(({ hold_characters: characters }) => characters));
    return new GuardedStream({
      parser: parserOf(asked.dialect),
      reader: asked.dialect.reader(),
      writer: asked.dialect.writer(asked.chat),
      parts: new GuardedParts(watch, size, (event) => guarding.contents?.takeEvent(event)),
    });
  }

  /** A stream that was held back, as the answer that it is. */
  private assembled(bytes: Buffer): Buffer {
    const { dialect, chat } = this.asked;
    const parser = parserOf(dialect);
    const reader = dialect.reader();
    const events = [...parser.push(bytes), ...parser.end()].flatMap((event) => reader.read(event));
    const answer = readable(() => assembleAnswer([...events, ...reader.end()]));
    return Buffer.from(JSON.stringify(dialect.writeAnswer(answer, chat)));
  }

  private streamed(source: string): Buffer {
    const { dialect, chat } = this.asked;
    const body = parseObject(source);
    const answer: ChatAnswer = readable(() => dialect.readAnswer(isObject(body) ? body : {}));
    const writer = dialect.writer(chat);
    return Buffer.from([...answerEvents(answer)].map((event) => writer.write(event)).join(''));
  }
}

/** @throws AiProblem 502 where it is none */
function readable<Value>(read: () => Value): Value {
  try {
    return read();
  } catch (error) {
    if (error instanceof UnreadableAnswer) throw unreadable();
    throw error;
  }
}

function unreadable(): AiProblem {
  const { status, message, code } = UNREADABLE.error;
  return new AiProblem(status, message, code);
}
