import { z } from 'zod';
import {
  costDefinition,
  inHeaders,
  limitName,
  mostOf,
  onStoreFailure,
  planLimits,
} from './limit-definition.js';

export const timeZone = z
  .string()
  .max(64)
  .refine(isTimeZone, 'must be a time zone of the IANA database, as Europe/Berlin')
  .default('UTC');

const quota = z
  .strictObject({
    name: limitName.optional(),
    limit: z.int().min(1).max(1_000_000_000_000).describe('How much in a period'),
    per: z.enum(['day', 'month']).describe('Of the calendar'),
    time_zone: timeZone.describe('Where the day or the month begins'),
    cost: costDefinition.default(1),
    on_store_failure: onStoreFailure,
    headers: inHeaders,
  })
  .superRefine(({ cost, limit }, context) => {
    if (mostOf(cost) <= Math.max(1, limit)) return;
    context.addIssue({ code: 'custom', path: ['cost'], message: 'is more than ever fits' });
  });

export type QuotaDefinition = z.output<typeof quota>;

/** What tells a quota apart from the others of its plan: a change of anything else goes on with what is counted. */
export function quotaKey({ name, per, time_zone: zone }: QuotaDefinition): string {
  return name === undefined ? `${per}:${zone}` : `name:${name}:${per}:${zone}`;
}

/** How much somebody may call, over all routes. A consumer or a credential names its plan. */
export const planDefinition = z.strictObject({
  name: z.string().regex(/^[a-z0-9][a-z0-9_-]{0,62}$/, 'must be 1 to 63 of a-z, 0-9, - and _'),
  limits: planLimits,
  quotas: z
    .array(quota)
    .max(10)
    .superRefine((quotas, context) => {
      const keys = quotas.map((one) => one.name ?? quotaKey(one));
      keys.forEach((key, index) => {
        if (keys.indexOf(key) === index) return;
        const message =
          quotas[index]!.name === undefined
            ? 'repeats a quota of the same per and time_zone: give them names'
            : 'repeats the name of another quota';
        context.addIssue({ code: 'custom', path: [index], message });
      });
    })
    .default([]),
});

export type PlanDefinition = z.output<typeof planDefinition>;

function isTimeZone(name: string): boolean {
  // `Intl` takes offsets, too; they know no summer time, and are no names of the database.
  if (!/^[A-Za-z]/.test(name)) return false;
  try {
    new Intl.DateTimeFormat('en', { timeZone: name });
    return true;
  } catch {
    return false;
  }
}
