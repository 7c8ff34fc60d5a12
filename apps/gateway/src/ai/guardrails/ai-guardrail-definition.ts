import { z } from 'zod';
import { seconds } from '../../upstreams/transport-definition.js';

export const guardrailName = z
  .string()
  .regex(/^[a-z0-9][a-z0-9_-]{0,62}$/, 'must be 1 to 63 of a-z, 0-9, - and _');

/** Something that looks at what callers and models say, as it is written and stored. */
export const aiGuardrailDefinition = z.strictObject({
  name: guardrailName,
  type: z.string().min(1).max(63).describe('What kind of guardrail it is'),
  on: z
    .enum(['request', 'answer', 'both'])
    .default('both')
    .describe('Whether it looks at what callers say, at what models answer, or at both'),
  action: z
    .enum(['block', 'mask', 'flag'])
    .describe('What becomes of what it minds: the call is refused, it is replaced, or it is noted'),
  reversible: z
    .boolean()
    .default(false)
    .describe('What was masked in the request stands in the answer again; only with mask'),
  unreadable: z
    .enum(['block', 'allow'])
    .default('block')
    .describe('What becomes of images, sounds, files and whatever else it cannot read'),
  hold_characters: z
    .int()
    .min(16)
    .max(4_000)
    .default(200)
    .describe('Of a stream: characters that are held back at most, to find what comes in pieces'),
  hold_time: seconds(0.01, 30).default(0.5).describe('Of a stream: for how long they are, at most'),
  settings: z.looseObject({}).default({}).describe('What the type needs besides'),
  sealed: z
    .record(z.string(), z.string().max(20_000))
    .optional()
    .describe('Kept by the gateway itself; not to be written'),
});

export type AiGuardrailDefinition = z.output<typeof aiGuardrailDefinition>;
