import { countOf, objectOf } from '../../wire/json.js';
import { UnreadableAnswer } from '../dialects/dialect.js';
import type { EmbeddingTask, ProviderEmbeddings } from './embeddings.js';
import { lossesOf, onlyInput } from './embeddings-losses.js';
import { readVector } from './read-vectors.js';

/** Amazon's Titan. https://docs.aws.amazon.com/bedrock/latest/userguide/model-parameters-titan-embed-text.html */
export const titan: ProviderEmbeddings = {
  write: (request, model) => {
    const { text } = onlyInput(request);
    const { dimensions } = request;
    // The first one has vectors of one size.
    const isSized = !model.includes('titan-embed-text-v1');
    return {
      body: { inputText: text, ...(isSized && dimensions !== undefined ? { dimensions } : {}) },
      dropped: lossesOf(request, { dimensions: isSized }),
    };
  },

  read: ({ embedding, inputTextTokenCount: count }) => ({
    vectors: [readVector(embedding)],
    usage: { input: countOf(count) },
  }),
};

/** Bedrock tells tokens of what it invokes in a header field. */
const INPUT_TOKENS = 'x-amzn-bedrock-input-token-count';

const COHERE_TYPES: Partial<Record<EmbeddingTask, string>> = {
  RETRIEVAL_QUERY: 'search_query',
  RETRIEVAL_DOCUMENT: 'search_document',
  CLASSIFICATION: 'classification',
  CLUSTERING: 'clustering',
};

/** Cohere's models there. https://docs.aws.amazon.com/bedrock/latest/userguide/model-parameters-embed.html */
export const cohereOnBedrock: ProviderEmbeddings = {
  write: (request, model) => {
    const { inputs, dimensions } = request;
    const isSized = !model.includes('-v3');
    const types = new Set(inputs.map(({ task = 'RETRIEVAL_DOCUMENT' }) => COHERE_TYPES[task]));
    const [type] = types;
    const isSaid = types.size === 1 && type !== undefined;
    return {
      body: {
        texts: inputs.map(({ text }) => text),
        input_type: isSaid ? type : 'search_document',
        embedding_types: ['float'],
        ...(isSized && dimensions !== undefined ? { output_dimension: dimensions } : {}),
      },
      dropped: lossesOf(request, { dimensions: isSized, tasks: isSaid }),
    };
  },

  read: ({ embeddings }, headers) => {
    const list = objectOf(embeddings)?.float ?? embeddings;
    if (!Array.isArray(list)) throw new UnreadableAnswer('no vectors');
    return {
      vectors: list.map(readVector),
      usage: { input: countOf(Number(headers.get(INPUT_TOKENS) ?? NaN)) },
    };
  },
};
