import { z } from 'zod';
import { isObject, type JsonObject } from '../../wire/json.js';
import { DialectError } from '../dialects/dialect.js';
import { list, readBody } from '../dialects/read-body.js';
import type { CallerEmbeddings, EmbeddingInput, EmbeddingsAnswer } from './embeddings.js';

const TASKS = [
  ...['RETRIEVAL_QUERY', 'RETRIEVAL_DOCUMENT', 'SEMANTIC_SIMILARITY', 'CLASSIFICATION', 'CLUSTERING'],
  ...['QUESTION_ANSWERING', 'FACT_VERIFICATION', 'CODE_RETRIEVAL_QUERY'],
] as [EmbeddingInput['task'] & string];

const one = z.object({
  model: z.string().nullish(),
  content: z.object({
    role: z.string().nullish(),
    parts: list(z.object({ text: z.string() }), 1),
  }),
  taskType: z.enum(['TASK_TYPE_UNSPECIFIED', ...TASKS]).nullish(),
  title: z.string().nullish(),
  outputDimensionality: z.int().min(1).nullish(),
});

const several = z.object({ requests: list(one, 1) });

type One = z.output<typeof one>;

/** `embedContent`. https://ai.google.dev/api/embeddings */
export const geminiCaller: CallerEmbeddings = {
  read: (body) => {
    const { value, unread } = readBody(one, camelCased(body));
    return {
      inputs: [inputOf(value, '')],
      dimensions: value.outputDimensionality ?? undefined,
      dimensionsAt: '/outputDimensionality',
      asBase64: false,
      unread,
    };
  },
  write: ({ vectors, usage }) => ({ embedding: { values: [...vectors[0]!] }, ...usageOf(usage) }),
};

/** `batchEmbedContents`. */
export const geminiBatchCaller: CallerEmbeddings = {
  read: ({ requests, ...rest }) => {
    const all: unknown = Array.isArray(requests) ? requests.map(requestOf) : requests;
    const { value, unread } = readBody(several, { ...rest, requests: all } as JsonObject);
    const { outputDimensionality: size } = value.requests[0]!;
    value.requests.forEach(({ outputDimensionality: other }, index) => {
      if (other === size) return;
      throw DialectError.at(
        `/requests/${index}/outputDimensionality`,
        'must be the same for all requests here',
      );
    });
    return {
      inputs: value.requests.map((each, index) => inputOf(each, `/requests/${index}`)),
      dimensions: size ?? undefined,
      dimensionsAt: '/requests/0/outputDimensionality',
      asBase64: false,
      unread,
    };
  },
  write: ({ vectors, usage }) => ({
    embeddings: vectors.map((vector) => ({ values: [...vector] })),
    ...usageOf(usage),
  }),
};

function inputOf({ content, taskType: task, title }: One, at: string): EmbeddingInput {
  return {
    text: content.parts.map(({ text }) => text).join(''),
    task: !task || task === 'TASK_TYPE_UNSPECIFIED' ? undefined : task,
    title: title ?? undefined,
    at,
  };
}

function usageOf({ input }: EmbeddingsAnswer['usage']): JsonObject {
  return input === undefined ? {} : { usageMetadata: { promptTokenCount: input, totalTokenCount: input } };
}

/** Google takes both, and some clients write the other one. */
const CAMEL: ReadonlyMap<string, string> = new Map([
  ['task_type', 'taskType'],
  ['output_dimensionality', 'outputDimensionality'],
]);

/** What is no object is for the schema to refuse: a text has as many members as characters. */
function requestOf(sent: unknown): unknown {
  return isObject(sent) ? camelCased(sent) : sent;
}

function camelCased(body: JsonObject): JsonObject {
  return Object.fromEntries(Object.entries(body).map(([name, value]) => [CAMEL.get(name) ?? name, value]));
}
