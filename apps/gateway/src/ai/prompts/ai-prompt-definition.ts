import { z } from 'zod';
import { modelName } from '../models/ai-model-definition.js';

export const promptName = z
  .string()
  .regex(/^[a-z0-9][a-z0-9_-]{0,62}$/, 'must be 1 to 63 of a-z, 0-9, - and _');

export const versionName = z
  .string()
  .regex(/^[A-Za-z0-9][A-Za-z0-9._-]{0,31}$/, 'must be 1 to 32 of letters, digits, . _ and -');

const variableName = z
  .string()
  .regex(/^[A-Za-z][A-Za-z0-9_]{0,62}$/, 'must be a letter, and then up to 62 letters, digits and _');

const message = z.strictObject({
  role: z.enum(['system', 'user', 'assistant']),
  content: z
    .string()
    .min(1)
    .max(100_000)
    .describe('{{name}} is the place of a variable; \\{{ stands for two braces'),
});

const number = (least: number, most: number) => z.number().min(least).max(most).optional();

/** As OpenAI's chat has them; for other providers they are converted. */
const parameters = z.strictObject({
  temperature: number(0, 2),
  top_p: number(0, 1),
  max_tokens: z.int().min(1).max(10_000_000).optional(),
  frequency_penalty: number(-2, 2),
  presence_penalty: number(-2, 2),
  seed: z.int().optional(),
  stop: z.array(z.string().min(1).max(1_000)).min(1).max(4).optional(),
  reasoning_effort: z.enum(['none', 'minimal', 'low', 'medium', 'high', 'xhigh']).optional(),
});

const version = z.strictObject({
  version: versionName.describe('Its name, as callers say it'),
  weight: z
    .int()
    .min(0)
    .max(1_000)
    .default(1)
    .describe('How many callers get it, beside other versions; 0: only those who name it'),
  model: modelName.describe('An AI model of the configuration'),
  messages: z.array(message).min(1).max(100),
  parameters: parameters.prefault({}),
  response_schema: z.looseObject({}).optional().describe('JSON Schema of the answer; left out: it is text'),
});

/** A prompt that is called as an API: as it is written and stored. */
export const aiPromptDefinition = z
  .strictObject({
    name: promptName.describe('As its address has it: /prompts/{name}'),
    variables: z
      .record(variableName, z.looseObject({}))
      .default({})
      .refine((all) => Object.keys(all).length <= 100, 'must be 100 or fewer')
      .describe('JSON Schema of each variable; one without a default has to be given'),
    versions: z.array(version).min(1).max(20),
  })
  .superRefine(({ versions }, context) => {
    const names = versions.map((one) => one.version);
    names.forEach((name, index) => {
      if (names.indexOf(name) < index) fault(['versions', index, 'version'], 'is there twice');
    });
    if (versions.every(({ weight }) => weight === 0))
      fault(['versions', 0, 'weight'], 'must not be 0 in all versions');

    function fault(path: (string | number)[], detail: string): void {
      context.addIssue({ code: 'custom', path, message: detail });
    }
  });

export type AiPromptDefinition = z.output<typeof aiPromptDefinition>;
export type PromptVersionDefinition = AiPromptDefinition['versions'][number];
