import { z } from 'zod';
import { expressionFault } from './regular-expression.js';

const TESTS = ['exact', 'one_of', 'prefix', 'regex', 'present'] as const;

/** What fields can hold; parameters are decoded, and may hold more. */
const fieldText = z
  .string()
  .max(1_024)
  .regex(/^[\x20-\x7E]*$/, 'must be printable ASCII');
const parameterText = z
  .string()
  .max(1_024)
  .regex(/^\P{Cc}*$/u, 'must have no control characters');

function conditionsOn(name: z.ZodString, text: z.ZodString, what: string) {
  const expression = text.superRefine((value, context) => {
    const fault = expressionFault(value);
    if (fault) context.addIssue({ code: 'custom', message: fault });
  });
  const condition = z
    .strictObject({
      name,
      exact: text.optional().describe('The value is this one'),
      one_of: z.array(text).min(1).max(100).optional().describe('The value is one of these'),
      prefix: text.min(1).optional().describe('The value begins with this'),
      regex: expression.optional().describe('RE2 that describes the whole value'),
      present: z.literal(true).optional().describe('It is there, whatever its value'),
      not: z
        .boolean()
        .optional()
        .describe('true: none of its values may be so; with present, it must not be there'),
    })
    .refine(
      (one) => TESTS.filter((test) => one[test] !== undefined).length === 1,
      `must have exactly one of ${TESTS.join(', ')}`,
    );
  return z.array(condition).min(1).max(20).optional().describe(`${what}, all of which must be so`);
}

/** RFC 9110 §5.6.2. */
const TOKEN = /^[A-Za-z0-9!#$%&'*+\-.^_`|~]+$/;
const token = z.string().max(128).regex(TOKEN, 'must be a name as HTTP allows it');

/** Conditions on header fields; their names have no case. */
export const headerConditions = conditionsOn(
  token.refine(
    (name) => !/^x.gatehouse/i.test(name),
    'is said by the gateway alone: what callers send of it means nothing',
  ),
  fieldText,
  'Header fields; several of a name are one, joined by ", " (RFC 9110 §5.3)',
);

/** Conditions on parameters of the query. */
export const queryConditions = conditionsOn(
  parameterText.min(1).max(128),
  parameterText,
  'Parameters of the query, decoded; where there are several of a name, each',
);

/** Conditions on cookies. */
export const cookieConditions = conditionsOn(
  token.refine((name) => !/^(?:__Host-|__Secure-)?gh_/i.test(name), "is the gateway's own"),
  fieldText,
  'Cookies; where there are several of a name, each',
);

/** What one header, parameter or cookie must be. */
export type ConditionDefinition = NonNullable<z.output<typeof headerConditions>>[number];
