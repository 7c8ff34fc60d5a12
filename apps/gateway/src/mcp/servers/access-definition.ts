import { z } from 'zod';
import { scopeToken } from '../../consumers/demand-scopes.js';
import { routeLimits } from '../../throttling/limit-definition.js';

const toolPattern = z
  .string()
  .regex(
    /^(?:[A-Za-z0-9_./-]{1,128}\*?|\*)$/,
    'must be the name of a tool, or the beginning of names with * behind it',
  );
const promptPattern = z
  .string()
  .regex(
    /^(?:[\x21-\x29\x2B-\x7E]{1,128}\*?|\*)$/,
    'must be the name of a prompt, or the beginning of names with * behind it',
  );
const resourcePattern = z
  .string()
  .max(2_048)
  .regex(
    /^(?:[a-z][a-z0-9+.-]*:[\x21-\x29\x2B-\x7A\x7C\x7E]*\*?|\*)$/,
    'must be a URI, or the beginning of URIs with * behind it; a template is none',
  );

const toolPatterns = z.array(toolPattern).max(500);
const promptPatterns = z.array(promptPattern).max(500);
const resourcePatterns = z.array(resourcePattern).max(500);

type Patterns = typeof toolPatterns;

const demands = {
  scopes: z
    .array(scopeToken)
    .max(50)
    .default([])
    .describe('All of them are needed; whoever lacks one does not see what the rule is about'),
  limits: routeLimits.describe('What callers may use of it; all that a rule is about is counted together'),
};

const about = (patterns: Patterns) =>
  patterns.min(1).describe('What it is about, by the names or URIs that it has at the server');

function access<Rule extends z.ZodType>(patterns: Patterns, rule: Rule) {
  return z.strictObject({
    allow: patterns.optional().describe('What there is, by its names or URIs at the server; left out: all'),
    deny: patterns.default([]).describe('What there is not, whatever allow says'),
    rules: z.array(rule).max(100).default([]).describe('All that name it count'),
  });
}

export const toolAccess = access(toolPatterns, z.strictObject({ tools: about(toolPatterns), ...demands }));
export const resourceAccess = access(
  resourcePatterns,
  z.strictObject({ resources: about(resourcePatterns), ...demands }),
);
export const promptAccess = access(
  promptPatterns,
  z.strictObject({ prompts: about(promptPatterns), ...demands }),
);

type Rule = Pick<z.output<typeof toolAccess>['rules'][number], 'scopes' | 'limits'>;

/** What callers ask servers for. */
export type Kind = 'tool' | 'resource' | 'prompt';

export interface AccessRule extends Rule {
  /** Names, and beginnings of names with `*` behind them. */
  readonly names: readonly string[];
}

/** What a definition says of the tools, the resources or the prompts of a server. */
export interface Access {
  readonly kind: Kind;
  readonly allow?: readonly string[] | undefined;
  readonly deny: readonly string[];
  readonly rules: readonly AccessRule[];
}

interface Definition {
  readonly tools: z.output<typeof toolAccess>;
  readonly resources: z.output<typeof resourceAccess>;
  readonly prompts: z.output<typeof promptAccess>;
}

export function accessOf({ tools, resources, prompts }: Definition): Readonly<Record<Kind, Access>> {
  return {
    tool: {
      kind: 'tool',
      ...tools,
      rules: tools.rules.map(({ tools: names, ...rest }) => ({ names, ...rest })),
    },
    resource: {
      kind: 'resource',
      ...resources,
      rules: resources.rules.map(({ resources: names, ...rest }) => ({ names, ...rest })),
    },
    prompt: {
      kind: 'prompt',
      ...prompts,
      rules: prompts.rules.map(({ prompts: names, ...rest }) => ({ names, ...rest })),
    },
  };
}
