import { z } from 'zod';
import { budgetName } from './budgets/ai-budget-definition.js';
import { aiCacheDefinition } from './cache/ai-cache-definition.js';
import { aiContentsDefinition } from './contents/ai-contents-definition.js';
import { guardrailName } from './guardrails/ai-guardrail-definition.js';
import { modelName } from './models/ai-model-definition.js';
import { promptName } from './prompts/ai-prompt-definition.js';

const MIB = 1_024 * 1_024;

/** What becomes of a route's calls where they are for AI models. */
export const aiEnd = z.strictObject({
  models: z
    .array(modelName)
    .min(1)
    .max(1_000)
    .optional()
    .describe(
      'AI models of the configuration that may be called; left out: all, or none where there are prompts',
    ),
  prompts: z
    .array(promptName)
    .max(1_000)
    .default([])
    .describe('AI prompts of the configuration that may be called: POST /prompts/{name}'),
  budgets: z
    .array(budgetName)
    .max(100)
    .default([])
    .describe('AI budgets that hold here beside those that hold everywhere'),
  cache: aiCacheDefinition.optional().describe('Which answers are kept here; left out: as each model has it'),
  guardrails: z
    .array(guardrailName)
    .max(50)
    .default([])
    .describe('AI guardrails that look at what callers say and models answer, in their order'),
  contents: aiContentsDefinition.optional().describe('Left out: what is said is stored nowhere'),
  files: z
    .strictObject({
      provider: z
        .string()
        .max(63)
        .describe('An AI provider of the configuration, by its name: it has the files'),
      batches: z
        .boolean()
        .default(false)
        .describe(
          'Lets callers make batches: no rule of models and no guardrail holds for what is in them, and budgets count them when they are over',
        ),
    })
    .optional()
    .describe('Callers may upload files here, each of which nobody else finds; left out: they may not'),
  foreign_files: z
    .enum(['refuse', 'allow'])
    .default('refuse')
    .describe(
      'What becomes of calls that name a file by an id which the caller did not upload here: 404, or they go on',
    ),
  on_unsupported: z
    .enum(['refuse', 'drop'])
    .default('refuse')
    .describe("What becomes of members that the provider's API does not have: 400, or they are left out"),
  max_body: z
    .int()
    .min(1_024)
    .max(256 * MIB)
    .default(32 * MIB)
    .describe('Bytes of a request; larger ones get 413'),
});

export type AiEndDefinition = z.output<typeof aiEnd>;
