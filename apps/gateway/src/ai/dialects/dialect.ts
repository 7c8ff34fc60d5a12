import type { AiError, ChatAnswer, ChatEvent, ChatRequest, TokenUsage } from './chat.js';
import type { ServedTiers } from '../prices/served-tiers.js';
import type { ServerSentEvent } from '../../wire/event-stream.js';
import type { JsonObject } from '../../wire/json.js';

export type DialectName = 'openai' | 'openai_responses' | 'anthropic' | 'gemini';

/** What callers speak: Ollama itself is asked by what it has of OpenAI's API. */
export type CallerDialectName = DialectName | 'mistral' | 'ollama' | 'ollama_generate';

/** What providers speak: some speak what no caller does. */
export type ProviderDialectName = DialectName | 'bedrock' | 'cohere' | 'mistral';

/** A request that cannot be read, or cannot be said in the dialect of its target. */
export class DialectError extends Error {
  /** @param pointer the member that is to be changed (RFC 6901) */
  constructor(
    message: string,
    readonly pointer?: string,
    readonly code = 'invalid_request',
  ) {
    super(message);
  }

  /** @param must what the member has to be, e.g. `must be a string` */
  static at(pointer: string | undefined, must: string): DialectError {
    return new DialectError(`${pointer || 'The request'} ${must}`, pointer);
  }
}

/** What a provider answered is no answer of its dialect: nothing that the caller did. */
export class UnreadableAnswer extends Error {
  constructor(
    message: string,
    readonly code = 'upstream_answer_unreadable',
  ) {
    super(message);
  }
}

/** A request as a provider gets it. */
export interface WrittenRequest {
  readonly body: JsonObject;
  /** What the dialect cannot say, as JSON pointers into the caller's body: the caller is told, or refused. */
  readonly dropped: readonly string[];
  /**
   * What goes missing without a change of what is asked for, as such pointers: hints (of a cache, of an image's detail) and
   * reasoning of another provider. The caller is told, never refused.
   */
  readonly ignored: readonly string[];
}

/** Reads a provider's stream. Holds no more than one event's worth of state for each part. */
export interface StreamReader {
  read(event: ServerSentEvent): readonly ChatEvent[];
  /** The connection ended. A stream that was cut ends with an `error`. */
  end(): readonly ChatEvent[];
}

/** Cuts the bytes of a stream into events, however they come. */
export interface EventParser {
  /** @throws EventStreamError; then it is of no further use */
  push(chunk: Uint8Array): readonly ServerSentEvent[];
  end(): readonly ServerSentEvent[];
}

/** Writes a stream for the caller: the very bytes of the event stream. */
export interface StreamWriter {
  write(event: ChatEvent): string;
}

/** How answers are read. Has no state: one object serves all calls. */
export interface AnswerDialect {
  /** @param model as it was asked for, where the answer does not say it @throws UnreadableAnswer */
  readAnswer(body: JsonObject, model?: string): ChatAnswer;
  reader(model?: string): StreamReader;
  /** How its streams are cut into events. Left out: they are server-sent events. */
  parser?(): EventParser;
}

/** What a provider is asked in, and answers. */
export interface ProviderDialect extends AnswerDialect {
  readonly name: ProviderDialectName;
  /** @throws DialectError when it cannot be said at all */
  writeRequest(request: ChatRequest): WrittenRequest;
  /** What an answer of the provider that is an error says. */
  readError(status: number, body: JsonObject | string): AiError;
}

/** What callers ask in, and are answered. Answers are read again to be kept, and judged. */
export interface CallerDialect extends AnswerDialect {
  readonly name: CallerDialectName;
  /** @param path what the dialect says outside of the body @throws DialectError */
  readRequest(body: JsonObject, path: { readonly model?: string; readonly stream?: boolean }): ChatRequest;
  writeAnswer(answer: ChatAnswer, request: ChatRequest): JsonObject;
  writer(request: ChatRequest): StreamWriter;
  /** Usage as it stands in an answer or an event of a stream that is passed through as it is; undefined: not in this one. */
  usageOf(body: JsonObject): TokenUsage | undefined;
  /** How such an answer says that it was served. Left out: it does not. */
  tiersOf?(body: JsonObject): ServedTiers | undefined;
  writeError(error: AiError): JsonObject;
  /** The media type of its streams. Left out: that of server-sent events. */
  readonly streamType?: string;
}

/** One of the chat APIs that callers and providers speak. */
export interface Dialect extends ProviderDialect, CallerDialect {
  readonly name: DialectName;
}
