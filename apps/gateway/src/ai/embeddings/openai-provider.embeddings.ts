import { readUsage } from '../dialects/openai-chat/usage.js';
import type { ProviderEmbeddings } from './embeddings.js';
import { lossesOf } from './embeddings-losses.js';
import { readVectors } from './read-vectors.js';

/** OpenAI's embeddings, which most other servers have, too. */
export const openAiProvider: ProviderEmbeddings = {
  write: (request, model) => {
    const { inputs, dimensions } = request;
    return {
      body: {
        model,
        input: inputs.map(({ text }) => text),
        encoding_format: 'float',
        ...(dimensions === undefined ? {} : { dimensions }),
      },
      dropped: lossesOf(request, { dimensions: true }),
    };
  },

  read: ({ data, usage }) => ({
    vectors: readVectors(data, ({ embedding }) => embedding),
    usage: readUsage(usage) ?? {},
  }),
};
