import { z } from 'zod';
import { consumerName } from '../../consumers/consumers.kind.js';
import { timeZone } from '../../throttling/plan-definition.js';
import { upstreamUrl } from '../../upstreams/upstream-definition.js';
import { secretBytes } from '../../wire/sign-webhook.js';
import { modelName } from '../models/ai-model-definition.js';
import { nanosOf } from '../prices/nano-dollars.js';

export const budgetName = z
  .string()
  .regex(/^[a-z0-9][a-z0-9_-]{0,62}$/, 'must be 1 to 63 of a-z, 0-9, - and _');

/** So that sums stay whole numbers of which no digit is lost. */
const MOST = { usd: 1_000_000, other: 1_000_000_000_000 };

const only = z
  .strictObject({
    models: z.array(modelName).min(1).max(1_000).optional().describe('AI models, as callers name them'),
    teams: z.array(consumerName).min(1).max(1_000).optional().describe('Teams that the caller is in'),
    consumers: z.array(consumerName).min(1).max(1_000).optional().describe('Consumers that call'),
    keys: z
      .array(consumerName)
      .min(1)
      .max(1_000)
      .optional()
      .describe('Credentials of consumers that the call came with'),
  })
  .describe('Which calls it counts; each member must hold. Left out: all');

const alert = z.strictObject({
  at: z
    .number()
    .gt(0)
    .max(1)
    .describe('Fraction of the limit: once as much is used, it is told, once in a period'),
  url: upstreamUrl.describe('Gets it by POST'),
  secret: z
    .string()
    .max(200)
    .refine(
      (text) => secretBytes(text) !== undefined,
      'must be whsec_ and 24 to 64 bytes in base64, as Standard Webhooks has it',
    )
    .optional()
    .describe('Signs it. Encrypted, and never shown. Left out of a change, it stays that of the same url'),
  sealed: z.string().max(1_000).optional().describe('Kept by the gateway itself; not to be written'),
});

export type BudgetAlert = z.output<typeof alert>;

/** How much may be used of AI models: as it is written and stored. */
export const aiBudgetDefinition = z
  .strictObject({
    name: budgetName,
    of: z
      .enum(['all', 'user', 'client', 'consumer', 'key', 'team', 'model', 'route', 'tag'])
      .describe('Who or what has as much each; all: together'),
    unit: z.enum(['requests', 'input_tokens', 'output_tokens', 'tokens', 'usd']).describe('What is counted'),
    limit: z.number().positive().max(MOST.other).describe('How much in a period; dollars may have fractions'),
    per: z.enum(['minute', 'hour', 'day', 'month']).describe('Of the calendar'),
    time_zone: timeZone.describe('Where the hour, the day or the month begins'),
    soft_limit: z
      .number()
      .gt(0)
      .max(1)
      .optional()
      .describe('Fraction of the limit: once as much is used, it is told, once in a period'),
    alerts: z.array(alert).max(10).default([]).describe('Who is told that much is used'),
    only: only.prefault({}),
    everywhere: z.boolean().default(true).describe('false: only on routes that name it'),
    unknown: z
      .enum(['share', 'skip'])
      .default('share')
      .describe(
        'Calls of which it is not known who or what that is: one share for all of them, or not counted',
      ),
    on_store_failure: z
      .enum(['closed', 'open'])
      .default('closed')
      .describe('While Redis is away: refuse calls with 503, or let them through uncounted'),
  })
  .superRefine(({ unit, limit }, context) => {
    if (unit !== 'usd') {
      if (!Number.isInteger(limit)) fault('must be a whole number');
    } else if (limit > MOST.usd) fault(`must be ${MOST.usd} or less`);
    else if (nanosOf(limit) < 1) fault('must be a billionth or more');

    function fault(message: string): void {
      context.addIssue({ code: 'custom', path: ['limit'], message });
    }
  });

export type AiBudgetDefinition = z.output<typeof aiBudgetDefinition>;
export type BudgetUnit = AiBudgetDefinition['unit'];
