import { z } from 'zod';
import { semanticDefinition } from './semantic/semantic-definition.js';

const MIB = 1_024 * 1_024;

/** Which answers are kept, for whom and for how long: of a route's `ai`, or of an AI model. */
export const aiCacheDefinition = z.strictObject({
  enabled: z
    .boolean()
    .default(true)
    .describe('false, of a route: answers are not kept here, whatever the model says'),
  ttl: z.int().min(1).max(2_592_000).default(3_600).describe('Seconds for which an answer is kept'),
  per: z
    .enum(['user', 'client', 'consumer', 'team', 'route'])
    .default('user')
    .describe('Who shares answers; route: all its callers. A call of which that is not known is not cached'),
  max_entry: z
    .int()
    .min(1_024)
    .max(16 * MIB)
    .default(MIB)
    .describe('Bytes; larger answers are not kept'),
  obey_callers: z
    .boolean()
    .default(false)
    .describe(
      "Whether a call's Cache-Control counts: no-cache has the model asked, no-store keeps nothing, too",
    ),
  semantic: semanticDefinition
    .optional()
    .describe(
      'Has answers found by what is asked, whatever the words; left out: by the very same request alone',
    ),
});

export type AiCacheDefinition = z.output<typeof aiCacheDefinition>;
