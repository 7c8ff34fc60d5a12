import { z } from 'zod';

/** How callers are counted. */
export const LIMIT_SUBJECTS = ['client', 'user', 'address', 'route'] as const;

/** How much, as routes say it. */
export const routeLimits = z
  .array(
    z.strictObject({
      by: z.enum(LIMIT_SUBJECTS),
      limit: z.int().min(1).max(1_000_000_000),
      window: z.int().min(1).max(86_400).describe('Seconds'),
    }),
  )
  .max(20)
  .superRefine((limits, context) => {
    // Both would count on one counter.
    limits.forEach(({ by, window }, index) => {
      if (limits.findIndex((one) => one.by === by && one.window === window) === index) return;
      context.addIssue({
        code: 'custom',
        path: [index],
        message: 'repeats a limit of the same by and window',
      });
    });
  })
  .default([]);

export type RouteLimit = z.output<typeof routeLimits>[number];
