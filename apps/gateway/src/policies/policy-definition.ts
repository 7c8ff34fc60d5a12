import { z } from 'zod';
import { policyCondition } from './policy-condition.js';

/** A chain of policies, as routes, APIs and the gateway's own chain have one. */
export const policyChain = z
  .array(z.looseObject({ type: z.string(), when: policyCondition.optional() }))
  .max(50)
  .default([])
  .describe('What happens on the way, in this order');

export type PolicyDefinition = z.output<typeof policyChain>[number];
