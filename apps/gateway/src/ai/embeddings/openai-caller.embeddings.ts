import { z } from 'zod';
import { list, readBody } from '../dialects/read-body.js';
import type { CallerEmbeddings } from './embeddings.js';

/** Tokens in place of texts are numbers of a vocabulary that other models do not share. */
const schema = z.object({
  model: z.string(),
  input: z.union([z.string(), list(z.string(), 1)]),
  dimensions: z.int().min(1).nullish(),
  encoding_format: z.enum(['float', 'base64']).nullish(),
});

/** https://platform.openai.com/docs/api-reference/embeddings/create */
export const openAiCaller: CallerEmbeddings = {
  read: (body) => {
    const { value, unread } = readBody(schema, body);
    const { input, dimensions, encoding_format: format } = value;
    return {
      inputs:
        typeof input === 'string'
          ? [{ text: input, at: '/input' }]
          : input.map((text, index) => ({ text, at: `/input/${index}` })),
      dimensions: dimensions ?? undefined,
      dimensionsAt: '/dimensions',
      asBase64: format === 'base64',
      unread,
    };
  },

  write: ({ vectors, usage: { input = 0 } }, { asBase64 }, model) => ({
    object: 'list',
    data: vectors.map((vector, index) => ({
      object: 'embedding',
      index,
      embedding: asBase64 ? base64(vector) : [...vector],
    })),
    model,
    usage: { prompt_tokens: input, total_tokens: input },
  }),
};

/** As its SDKs ask for them by themselves. Little-endian, as every machine that this runs on. */
function base64(vector: readonly number[]): string {
  return Buffer.from(Float32Array.from(vector).buffer).toString('base64');
}
