import type { JsonObject } from '../../wire/json.js';
import type { AnswerFields } from '../calls/answer-fields.js';
import type { TokenUsage } from '../dialects/chat.js';

/** What a vector is for, by the words of Google's API; other providers have fewer. */
export type EmbeddingTask =
  | 'RETRIEVAL_QUERY'
  | 'RETRIEVAL_DOCUMENT'
  | 'SEMANTIC_SIMILARITY'
  | 'CLASSIFICATION'
  | 'CLUSTERING'
  | 'QUESTION_ANSWERING'
  | 'FACT_VERIFICATION'
  | 'CODE_RETRIEVAL_QUERY';

export interface EmbeddingInput {
  readonly text: string;
  readonly task?: EmbeddingTask | undefined;
  readonly title?: string | undefined;
  /** Where the caller says it, as a JSON pointer. */
  readonly at: string;
}

/** A wish for vectors, in no dialect. */
export interface EmbeddingsRequest {
  readonly inputs: readonly EmbeddingInput[];
  readonly dimensions?: number | undefined;
  /** Where the caller says that. */
  readonly dimensionsAt?: string | undefined;
  /** Whether vectors are wanted as the bytes of 32-bit floats in base64. */
  readonly asBase64: boolean;
  /** What of the body could not be read, as JSON pointers. */
  readonly unread: readonly string[];
}

/** One vector for each input, in their order. */
export interface EmbeddingsAnswer {
  readonly vectors: readonly (readonly number[])[];
  readonly usage: TokenUsage;
}

/** How callers of a dialect ask, and are answered. */
export interface CallerEmbeddings {
  /** @throws DialectError */
  read(body: JsonObject): EmbeddingsRequest;
  write(answer: EmbeddingsAnswer, request: EmbeddingsRequest, model: string): JsonObject;
}

export interface WrittenEmbeddings {
  readonly body: JsonObject;
  /** What cannot be said, as JSON pointers into the caller's body. */
  readonly dropped: readonly string[];
}

/** How a provider is asked, and answers. */
export interface ProviderEmbeddings {
  /** @throws DialectError when it cannot be said at all */
  write(request: EmbeddingsRequest, model: string): WrittenEmbeddings;
  /** @param headers of the answer, by name in lower case @throws UnreadableAnswer */
  read(body: JsonObject, headers: Pick<AnswerFields, 'get'>): EmbeddingsAnswer;
}

/** The same, with where it is: below the base URL of the provider. */
export interface EmbeddingsEndpoint extends ProviderEmbeddings {
  readonly path: string;
}
