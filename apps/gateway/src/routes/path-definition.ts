import { z } from 'zod';
import { isOwnPath } from './own-path.js';
import { expressionFault, hasBareAlternatives, RegularExpression } from './regular-expression.js';

/** A parameter of a template, and a placeholder in what is made of it. A caught name must not be one that JavaScript has. */
export const PARAMETER = /\{([A-Za-z][A-Za-z0-9_]{0,63})\}/g;

/** What follows the matched beginning of the path: every route has it, so that no parameter may be called so. */
export const REST = 'rest';

const NAME = /^[A-Za-z][A-Za-z0-9_]{0,63}$/;
const MAX_PATH = 1_024;
const MAX_PARAMETERS = 10;

const SEGMENT = "[A-Za-z0-9\\-._~!$&'()+,=:@]+";
const NO_DOTS = 'must have no dot segments';
const OWN = "is the gateway's own";

function plainPath(slashAtEnd: boolean) {
  return z
    .string()
    .max(MAX_PATH)
    .regex(new RegExp(`^/(?:${SEGMENT}(?:/${SEGMENT})*${slashAtEnd ? '/?' : ''})?$`), {
      message: `must begin with / and be plain segments: no empty ones, no encoding${slashAtEnd ? '' : ', no slash at the end'}`,
    })
    .refine((value) => !hasDotSegments(value), NO_DOTS)
    .refine((value) => !isOwnPath(value), OWN);
}

const template = z
  .string()
  .max(MAX_PATH)
  .regex(new RegExp(`^(?:/(?:${SEGMENT}|\\{[A-Za-z][A-Za-z0-9_]{0,63}\\}))+/?$`), {
    message: 'must be plain segments and parameters, each a whole segment: /orders/{id}',
  })
  .refine((value) => !hasDotSegments(value), NO_DOTS)
  .refine((value) => !isOwnPath(value), OWN)
  .superRefine((value, context) => {
    const fault = fewParameters(parametersOf(value));
    if (fault) context.addIssue({ code: 'custom', message: fault });
  });

const regex = z
  .string()
  .max(MAX_PATH)
  .superRefine((value, context) => {
    const fault = pathExpressionFault(value);
    if (fault) context.addIssue({ code: 'custom', message: fault });
  });

const KINDS = ['exact', 'prefix', 'template', 'regex'] as const;

const pathOfAKind = z
  .strictObject({
    exact: plainPath(true).optional().describe('This path and no other'),
    prefix: plainPath(false).optional().describe('This path and all below it, at segment boundaries'),
    template: template.optional().describe('Whole segments in braces are parameters: /orders/{id}'),
    regex: regex.optional().describe('RE2 for the whole path; (?P<name>…) makes a parameter'),
  })
  .refine(
    (path) => KINDS.filter((kind) => path[kind] !== undefined).length === 1,
    `must have exactly one of ${KINDS.join(', ')}`,
  );

/** A path of a route: a text is a prefix. */
export const routePath = z.union([plainPath(false), pathOfAKind], {
  error: `must be a path, or an object with one of ${KINDS.join(', ')}`,
});

export type RoutePath = z.output<typeof routePath>;

/** The names of the parameters that a template has. */
export function parametersOf(text: string): string[] {
  return [...text.matchAll(PARAMETER)].map((match) => match[1]!);
}

/** The names of what a path catches. */
export function parametersOfPath(path: RoutePath): readonly string[] {
  if (typeof path === 'string') return [];
  if (path.template !== undefined) return parametersOf(path.template);
  return path.regex === undefined ? [] : RegularExpression.of(withoutAnchor(path.regex)).names;
}

/** An expression describes the whole path in any case. */
export function withoutAnchor(source: string): string {
  return source.startsWith('^') ? source.slice(1) : source;
}

function pathExpressionFault(value: string): string | undefined {
  const source = withoutAnchor(value);
  if (!source.startsWith('/')) return 'must begin with /, as every path does';
  const fault = expressionFault(source);
  if (fault) return fault;
  if (hasBareAlternatives(source)) return 'must have its alternatives in a group: /(?:a|b)';
  return fewParameters(RegularExpression.of(source).names);
}

function fewParameters(names: readonly string[]): string | undefined {
  if (names.length > MAX_PARAMETERS) return `must have at most ${MAX_PARAMETERS} parameters`;
  if (new Set(names).size < names.length) return 'must not use a name twice';
  const bad = names.find((name) => name === REST || !NAME.test(name));
  return bad === undefined ? undefined : `must not call a parameter ${bad}`;
}

function hasDotSegments(path: string): boolean {
  return path.split('/').some((part) => part === '.' || part === '..');
}
