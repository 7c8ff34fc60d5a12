import type { AiError, ChatEvent } from '../dialects/chat.js';
import type { ServerSentEvent } from '../../wire/event-stream.js';
import type { CallerDialect, StreamReader } from '../dialects/dialect.js';
import { EventStreamError, EventStreamParser } from '../../wire/event-stream.js';
import { isObject, parseObject } from '../../wire/json.js';
import type { AnswerSink } from './answer-reader.js';
import { errorEvent } from './error-event.js';
import { EventFrames } from './event-frames.js';
import { says, StreamedAnswer, type StreamWatch } from './streamed-answer.js';

/** Images come in events of their own. */
const MAX_FRAME = 16 * 1_024 * 1_024;

export interface PassedStreamOptions {
  readonly dialect: CallerDialect;
  /** Whether it is a chat: other streams say something with each event. */
  readonly isChat: boolean;
  /** Whether it has an event with the usage for which the caller did not ask. */
  readonly hidesUsage: boolean;
  readonly contentType: string;
}

/** A stream that the caller gets as it is, byte for byte. */
export class PassedStream extends StreamedAnswer {
  private readonly frames = new EventFrames();
  private readonly events = new EventStreamParser(MAX_FRAME);
  private readonly reader: StreamReader | undefined;

  constructor(
    sink: AnswerSink,
    watch: StreamWatch,
    private readonly options: PassedStreamOptions,
  ) {
    super(sink, watch, options.contentType);
    this.reader = options.isChat ? options.dialect.reader() : undefined;
  }

  protected read(chunk: Buffer): boolean {
    let flowing = true;
    for (const frame of this.frames.push(chunk)) {
      flowing = this.pass(frame, this.events.push(frame));
      if (this.over) return true;
    }
    if (this.frames.pending > MAX_FRAME) {
      throw new EventStreamError(`An event is larger than ${MAX_FRAME} bytes`);
    }
    return flowing;
  }

  protected readEnd(): void {
    const rest = this.frames.end();
    if (rest.length > 0) this.pass(rest, [...this.events.push(rest), ...this.events.end()]);
    if (this.over) return;
    for (const event of this.reader?.end() ?? []) {
      if (!this.see(event)) return;
      if (event.type === 'error') this.write(this.errorBytes(event.error));
    }
  }

  protected errorBytes(error: AiError): Buffer {
    return errorEvent(this.options.dialect, error);
  }

  private pass(frame: Buffer, events: readonly ServerSentEvent[]): boolean {
    let failed: AiError | undefined;
    let hasSaid = !this.reader && events.length > 0;
    for (const event of events) {
      for (const said of this.reader?.read(event) ?? this.usageIn(event)) {
        if (!this.see(said)) return true;
        if (said.type === 'error') failed ??= said.error;
        hasSaid ||= says(said);
      }
    }
    const isHidden = this.options.hidesUsage && events.some(isUsageChunk);
    const flowing = isHidden || this.write(failed ? this.told(frame, failed) : frame);
    if (hasSaid) this.release();
    return flowing;
  }

  /** An error that tells a key is told in other words. */
  private told(frame: Buffer, error: AiError): Buffer {
    return this.watch.mayTell(frame.toString()) ? frame : this.errorBytes(this.watch.told(error));
  }

  /** All that is of interest of a stream that is no chat. */
  private usageIn({ data }: ServerSentEvent): readonly ChatEvent[] {
    const body = data.includes('"usage"') ? parseObject(data) : undefined;
    const { dialect } = this.options;
    const usage = body && dialect.usageOf(body);
    return usage ? [{ type: 'usage', usage, tiers: dialect.tiersOf?.(body) }] : [];
  }
}

/** What OpenAI sends last where `stream_options.include_usage` is asked for: no choices, and the usage. */
function isUsageChunk({ data }: ServerSentEvent): boolean {
  if (!data.includes('"usage"')) return false;
  const body = parseObject(data);
  return isObject(body?.usage) && Array.isArray(body.choices) && body.choices.length === 0;
}
