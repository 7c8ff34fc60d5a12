import { z } from 'zod';
import { aiCacheDefinition } from '../cache/ai-cache-definition.js';
import { targetCondition } from './target-condition.js';
import { price } from '../prices/price-definition.js';
import { seconds } from '../../upstreams/transport-definition.js';

/** What callers say in `model`, and Gemini's SDK in the path. */
export const modelName = z
  .string()
  .regex(
    /^[A-Za-z0-9](?:[A-Za-z0-9._:@-]|\/(?=[A-Za-z0-9])){0,127}$/,
    'must be 1 to 128 of letters, digits, . _ : @ - and /',
  );

const timeouts = z
  .strictObject({
    first_token: seconds(0.01, 3_600).optional(),
    between_tokens: seconds(0.01, 3_600).optional(),
    total: seconds(0.01, 86_400).optional(),
  })
  .describe('In place of those of the provider');

const slowStream = z
  .strictObject({
    tokens_per_second: z.number().min(0.1).max(10_000).describe('The fewest'),
    window: seconds(0.1, 3_600).default(10).describe('Over how long, again and again'),
  })
  .describe('A chat that is streamed more slowly, once it has begun, ends with an error. Left out: none');

const target = z.strictObject({
  provider: z.string().max(63).describe('An AI provider of the configuration, by its name'),
  model: z
    .string()
    .min(1)
    .max(200)
    .regex(/^[^\p{Cc}]*$/u, 'must hold no control characters')
    .describe('As the provider names it'),
  weight: z.int().min(0).max(1_000).default(1).describe('For weighted; 0: only where all others fail'),
  price: price.optional(),
  tiers: z
    .record(z.string().min(1).max(63), z.number().min(0).max(100))
    .refine((tiers) => Object.keys(tiers).length <= 20, 'must be 20 at most')
    .optional()
    .describe('What service tiers cost, as factors of the price: {"priority": 2, "flex": 0.5, "fast": 6}'),
  timeouts: timeouts.optional(),
  context_window: z
    .int()
    .min(1)
    .max(1_000_000_000)
    .optional()
    .describe('Tokens of input and output together; left out: as the table of prices says, if it does'),
  when: targetCondition.optional(),
});

export type TargetDefinition = z.output<typeof target>;

const retries = z.strictObject({
  tries: z
    .int()
    .min(1)
    .max(10)
    .default(2)
    .describe(
      'Of each target, with the first, while its provider is in trouble; a key that is refused is no try',
    ),
  backoff: seconds(0.01, 60).default(0.25).describe('Before the second try, at most; doubled each time'),
  max_backoff: seconds(0.01, 60)
    .default(4)
    .describe('The longest wait; who would have to wait longer moves on'),
});

const cooldown = z.strictObject({
  failures: z.int().min(1).max(1_000).default(3).describe('In a row, after which a target comes last'),
  duration: seconds(0.1, 3_600).default(30).describe('For how long'),
});

/** A model as callers name it, and who answers for it: as it is written and stored. */
export const aiModelDefinition = z.strictObject({
  name: modelName.describe('As callers name it'),
  targets: z.array(target).min(1).max(50).describe('Who answers: one, and when it fails the next'),
  strategy: z
    .enum(['ordered', 'weighted', 'latency', 'cost', 'load'])
    .default('ordered')
    .describe(
      'Who is asked first: the first that is well; by chance and weight; the quickest to the first token; the cheapest; who has the fewest requests under way',
    ),
  slow_stream: slowStream.optional(),
  retries: retries.prefault({}),
  cooldown: cooldown.prefault({}),
  cache: aiCacheDefinition
    .optional()
    .describe('Which answers are kept, on routes that do not say it themselves'),
  unknown_price: z
    .enum(['refuse', 'count_as_zero'])
    .optional()
    .describe(
      'Targets of which nobody knows what they cost: they are not asked, or cost nothing. Left out: not asked where a budget counts money',
    ),
  assumed_output: z
    .int()
    .min(1)
    .max(10_000_000)
    .default(4_096)
    .describe('Tokens of output that budgets reserve for a call that does not say how many it wants at most'),
  bound_output: z
    .boolean()
    .default(false)
    .describe(
      'Writes assumed_output into such a call as the most that it wants: a model then answers no more',
    ),
});

export type AiModelDefinition = z.output<typeof aiModelDefinition>;
