import { z } from 'zod';
import { seconds } from '../../../upstreams/transport-definition.js';

/** When an answer to another question does, which means the same. */
export const semanticDefinition = z.strictObject({
  embedding_model: z
    .string()
    .min(1)
    .max(128)
    .optional()
    .describe('The AI model that tells what means the same; left out: the built-in one, which knows English'),
  threshold: z
    .number()
    .min(0.5)
    .max(1)
    .default(0.95)
    .describe('How alike two questions must be: the cosine of their vectors, of which 1 is the same'),
  max_entries: z
    .int()
    .min(1)
    .max(1_000)
    .default(100)
    .describe(
      'Questions that are compared; of one conversation and whoever shares it. The oldest goes first',
    ),
  timeout: seconds(0.05, 30).default(2).describe('For the vector of a question; then the cache does without'),
});

export type SemanticDefinition = z.output<typeof semanticDefinition>;
