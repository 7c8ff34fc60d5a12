import { z } from 'zod';
import { PARAMETER, parametersOfPath, REST, type RoutePath } from './path-definition.js';
import { expressionFault, RegularExpression } from './regular-expression.js';

const MAX_PATH = 1_024;
/** What a path may hold without encoding, and the braces and the dollar of placeholders. */
const PATH = /^\/[A-Za-z0-9\-._~!$&'()*+,;=:@/%{}]*$/;

const template = z
  .string()
  .max(MAX_PATH)
  .regex(PATH, 'must be a path: /v2/{id}/{rest}')
  .refine((value) => !/[{}]/.test(value.replace(PARAMETER, '')), 'must have braces around names only');

const byExpression = z
  .strictObject({
    regex: z
      .string()
      .max(MAX_PATH)
      .superRefine((value, context) => {
        const fault = expressionFault(value);
        if (fault) context.addIssue({ code: 'custom', message: fault });
      })
      .describe('RE2 for the whole path; a path that it does not describe stays as it is'),
    replacement: template.describe('The path instead; {name} is what the group (?P<name>…) caught'),
  })
  .superRefine(({ regex, replacement }, context) => {
    if (expressionFault(regex)) return;
    const names = new Set(RegularExpression.of(regex).names);
    const missing = placeholdersOf(replacement).find((name) => !names.has(name));
    if (missing === undefined) return;
    const message = `names {${missing}}, which no group of the expression does`;
    context.addIssue({ code: 'custom', path: ['replacement'], message });
  });

/** What the upstream gets in place of the path. */
export const rewrite = z.union([template, byExpression], {
  error: 'must be a path with placeholders, or an object with regex and replacement',
});

export type RewriteDefinition = z.output<typeof rewrite>;

/** The names in the braces of a template. */
export function placeholdersOf(text: string): string[] {
  return [...text.matchAll(PARAMETER)].map((match) => match[1]!);
}

/** The placeholder of a template that a path of the route does not fill: a path with a hole in it is no path. */
export function unfilled(definition: RewriteDefinition, paths: readonly RoutePath[]): string | undefined {
  if (typeof definition !== 'string') return undefined;
  return placeholdersOf(definition).find(
    (name) => name !== REST && paths.some((path) => !parametersOfPath(path).includes(name)),
  );
}
