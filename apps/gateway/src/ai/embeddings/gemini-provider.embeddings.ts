import { countOf, objectOf } from '../../wire/json.js';
import type { ProviderEmbeddings } from './embeddings.js';
import { lossesOf } from './embeddings-losses.js';
import { readVectors, valuesOf } from './read-vectors.js';

/** Gemini's `batchEmbedContents`, which has room for one text, too. */
export const geminiProvider: ProviderEmbeddings = {
  write: (request, model) => {
    const { inputs, dimensions } = request;
    const name = model.includes('/') ? model : `models/${model}`;
    return {
      body: {
        requests: inputs.map(({ text, task, title }) => ({
          model: name,
          content: { parts: [{ text }] },
          ...(task === undefined ? {} : { taskType: task }),
          ...(title === undefined ? {} : { title }),
          ...(dimensions === undefined ? {} : { outputDimensionality: dimensions }),
        })),
      },
      dropped: lossesOf(request, { dimensions: true, tasks: true, titles: true }),
    };
  },

  read: ({ embeddings, usageMetadata }) => ({
    vectors: readVectors(embeddings, valuesOf),
    usage: { input: countOf(objectOf(usageMetadata)?.promptTokenCount) },
  }),
};
