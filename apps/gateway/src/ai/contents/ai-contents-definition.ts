import { z } from 'zod';

/** Whether what is said in calls of a route is stored. */
export const aiContentsDefinition = z.strictObject({
  store: z.boolean().describe('Whether what callers ask and models answer is kept, encrypted'),
  retention: z.int().min(1).max(3_650).default(30).describe('Days after which it is removed'),
  max_bytes: z
    .int()
    .min(1_024)
    .max(1_048_576)
    .default(65_536)
    .describe('Of a request, and of an answer; what is longer is cut'),
});

export type AiContentsDefinition = z.output<typeof aiContentsDefinition>;
