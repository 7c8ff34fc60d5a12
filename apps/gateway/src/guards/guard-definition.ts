import { z } from 'zod';

/** Who may call, as routes say it. */
export const guardList = z
  .array(z.looseObject({ type: z.string() }))
  .max(20)
  .describe('Who may call: all must agree. An empty list makes the route public');

export type GuardDefinition = z.output<typeof guardList>[number];
