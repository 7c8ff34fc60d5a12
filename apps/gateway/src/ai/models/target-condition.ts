import { z } from 'zod';
import type { Call } from '../../calls/call.js';
import { compileConditions } from '../../routes/condition.js';
import { headerConditions } from '../../routes/condition-definition.js';
import { claimsCondition, ClaimsConditionError } from '../../tokens/claims-condition.js';
import type { Asked } from '../requests/asked.js';
import { fitsInto } from './context-tokens.js';

const claims = z
  .string()
  .min(1)
  .superRefine((text, context) => {
    try {
      claimsCondition(text);
    } catch (error) {
      if (!(error instanceof ClaimsConditionError)) throw error;
      context.addIssue({ code: 'custom', message: error.message });
    }
  });

/** The calls that a target is for. */
export const targetCondition = z
  .strictObject({
    headers: headerConditions,
    groups: z
      .array(z.string().min(1).max(200))
      .min(1)
      .max(100)
      .optional()
      .describe("One of them is in the claim groups of the caller's token"),
    claims: claims.optional().describe("What must hold of the caller's claims, as in guards (CEL)"),
    context: z
      .strictObject({ max_tokens: z.int().min(1).max(1_000_000_000) })
      .optional()
      .describe('How long the input may be, at about four bytes of text for a token'),
  })
  .describe('The calls that it is for: each member must hold. Left out: all');

export type TargetCondition = z.output<typeof targetCondition>;

/** A call, as far as it is known before anybody is asked. */
export interface Asking {
  readonly call: Call;
  readonly asked: Asked;
}

/** Whether a target is for a call; made once for each configuration. */
export function compileCondition({ headers, groups, claims: text, context }: TargetCondition) {
  const ofHeaders = compileConditions({ headers });
  const ofClaims = text === undefined ? () => true : claimsCondition(text);
  return ({ call, asked }: Asking): boolean =>
    ofHeaders.every((one) => one.holds(call)) &&
    (groups === undefined || groups.some((group) => groupsOf(call).includes(group))) &&
    ofClaims(call.caller.claims ?? {}) &&
    (context === undefined || fitsInto(context.max_tokens, asked));
}

function groupsOf({ caller: { claims: known } }: Call): readonly unknown[] {
  return Array.isArray(known?.groups) ? known.groups : [];
}
