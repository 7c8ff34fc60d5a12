import { countOf, objectOf, objectsOf } from '../../wire/json.js';
import { sum } from '../dialects/usage.js';
import type { ProviderEmbeddings } from './embeddings.js';
import { lossesOf, onlyInput } from './embeddings-losses.js';
import { readVector, readVectors, valuesOf } from './read-vectors.js';

const CAN = { dimensions: true, tasks: true, titles: true };

/** `predict` of Vertex AI. https://cloud.google.com/vertex-ai/generative-ai/docs/model-reference/text-embeddings-api */
export const vertexPredict: ProviderEmbeddings = {
  write: (request) => {
    const { inputs, dimensions } = request;
    return {
      body: {
        instances: inputs.map(({ text, task, title }) => ({
          content: text,
          ...(task === undefined ? {} : { task_type: task }),
          ...(title === undefined ? {} : { title }),
        })),
        ...(dimensions === undefined ? {} : { parameters: { outputDimensionality: dimensions } }),
      },
      dropped: lossesOf(request, CAN),
    };
  },

  read: ({ predictions }) => ({
    vectors: readVectors(predictions, ({ embeddings }) => valuesOf(embeddings)),
    usage: {
      input: sum(
        ...objectsOf(predictions).map(({ embeddings }) =>
          countOf(objectOf(objectOf(embeddings)?.statistics)?.token_count),
        ),
      ),
    },
  }),
};

/** `embedContent` of Vertex AI, which has its settings elsewhere than Gemini's own API, and takes one text. */
export const vertexEmbedContent: ProviderEmbeddings = {
  write: (request) => {
    const { text, task, title } = onlyInput(request);
    const { dimensions } = request;
    const settings = {
      ...(task === undefined ? {} : { taskType: task }),
      ...(title === undefined ? {} : { title }),
      ...(dimensions === undefined ? {} : { outputDimensionality: dimensions }),
    };
    return {
      body: {
        content: { role: 'user', parts: [{ text }] },
        ...(Object.keys(settings).length > 0 ? { embedContentConfig: settings } : {}),
      },
      dropped: lossesOf(request, CAN),
    };
  },

  read: ({ embedding, usageMetadata }) => ({
    vectors: [readVector(valuesOf(embedding))],
    usage: { input: countOf(objectOf(usageMetadata)?.promptTokenCount) },
  }),
};

/** Which models have which of both, as Google's own client tells them apart. */
export function isEmbedContentModel(model: string): boolean {
  return (model.includes('gemini') && model !== 'gemini-embedding-001') || model.includes('maas');
}
