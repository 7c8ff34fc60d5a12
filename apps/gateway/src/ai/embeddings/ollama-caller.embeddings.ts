import { z } from 'zod';
import { list, readBody } from '../dialects/read-body.js';
import type { CallerEmbeddings } from './embeddings.js';

const schema = z.object({
  model: z.string(),
  input: z.union([z.string(), list(z.string(), 1)]),
  dimensions: z.int().min(1).nullish(),
  // What is too long is cut, as all providers do or refuse: to be refused is the caller's wish where it says so.
  truncate: z.literal(true).nullish(),
});

/** https://docs.ollama.com/api/embed */
export const ollamaCaller: CallerEmbeddings = {
  read: (body) => {
    const { value, unread } = readBody(schema, body);
    const { input, dimensions } = value;
    const inputs = typeof input === 'string' ? [input] : input;
    return {
      inputs: inputs.map((text, index) => ({ text, at: `/input/${index}` })),
      dimensions: dimensions ?? undefined,
      dimensionsAt: '/dimensions',
      asBase64: false,
      unread,
    };
  },

  // Nobody knows how long what took at a provider, but clients want numbers.
  write: ({ vectors, usage: { input = 0 } }, _request, model) => ({
    model,
    embeddings: vectors.map((vector) => [...vector]),
    total_duration: 0,
    load_duration: 0,
    prompt_eval_count: input,
  }),
};
