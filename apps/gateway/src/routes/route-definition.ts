import { z } from 'zod';
import { a2aEnd } from '../a2a/a2a-end-definition.js';
import { aiEnd } from '../ai/ai-end-definition.js';
import { guardList } from '../guards/guard-definition.js';
import { mcpEnd } from '../mcp/mcp-end-definition.js';
import { policyChain } from '../policies/policy-definition.js';
import { routeLimits } from '../throttling/limit-definition.js';
import { routeUpstream } from '../upstreams/upstream-definition.js';
import { maintenance, redirect, respond } from './answer-definition.js';
import { routeMatch } from './match-definition.js';
import { mirror } from './mirror-definition.js';
import { rewrite, unfilled } from './rewrite-definition.js';
import { split } from './split-definition.js';

/** What becomes of a route's calls: each route has one of these. */
const ENDS = ['upstream', 'split', 'respond', 'redirect', 'maintenance', 'ai', 'mcp', 'a2a'] as const;

/** A route as it is written and stored. It grows by members; none ever changes its meaning. */
export const routeDefinition = z
  .strictObject({
    name: z.string().regex(/^[a-z0-9][a-z0-9_-]{0,62}$/, 'must be 1 to 63 of a-z, 0-9, - and _'),
    match: routeMatch,
    upstream: routeUpstream.optional(),
    split: split.optional(),
    respond: respond.optional(),
    redirect: redirect.optional(),
    maintenance: maintenance.optional(),
    ai: aiEnd.optional().describe('Calls are for AI models: the path below the match says what is asked'),
    mcp: mcpEnd.optional().describe('Calls are for the tools of MCP servers'),
    a2a: a2aEnd.optional().describe('Calls are for an agent that speaks A2A'),
    mirror: mirror.optional(),
    strip_prefix: z
      .boolean()
      .default(false)
      .describe('Whether the matched path is left out of what is forwarded'),
    rewrite: rewrite
      .optional()
      .describe(
        'The path that is forwarded: {name} is what the match caught, {rest} what follows its beginning',
      ),
    preserve_host: z
      .boolean()
      .optional()
      .describe("Whether the upstream gets the caller's Host; default: no"),
    host: z
      .string()
      .max(260)
      .regex(/^[a-z0-9.-]+(?::[0-9]{1,5})?$/, 'must be a host in lower case, with or without a port')
      .optional()
      .describe("The Host that the upstream gets; left out: the upstream's own"),
    api: z.string().max(63).optional().describe('The API that it belongs to'),
    guards: guardList,
    limits: routeLimits,
    policies: policyChain,
  })
  .superRefine((route, context) => {
    for (const [path, message] of faults(route)) context.addIssue({ code: 'custom', path, message });
  });

export type RouteDefinition = z.output<typeof routeDefinition>;

/** What says how calls are forwarded, and is of no use to a route that answers by itself. */
const FORWARDING: Partial<Record<(typeof ENDS)[number], readonly (keyof Checked)[]>> = {
  respond: ['strip_prefix', 'rewrite', 'host', 'preserve_host', 'mirror'],
  // Its location is made of the path that would be forwarded.
  redirect: ['host', 'preserve_host', 'mirror'],
  // Providers have hosts of their own.
  ai: ['host', 'preserve_host', 'mirror'],
  // Servers have addresses of their own.
  mcp: ['strip_prefix', 'rewrite', 'host', 'preserve_host', 'mirror'],
  a2a: ['strip_prefix', 'rewrite', 'host', 'preserve_host', 'mirror'],
};

interface Checked extends Pick<
  RouteDefinition,
  'match' | 'strip_prefix' | 'rewrite' | 'redirect' | 'mirror'
> {
  readonly preserve_host?: boolean | undefined;
  readonly host?: string | undefined;
}

function* faults(route: Checked): Generator<[string[], string]> {
  const ends = ENDS.filter((one) => (route as RouteDefinition)[one] !== undefined);
  if (ends.length === 0) yield [['upstream'], `is missing: a route has one of ${ENDS.join(', ')}`];
  if (ends.length > 1) yield [[ends[1]!], `is too much: a route has one of ${ENDS.join(', ')}`];
  const { rewrite: rewritten, strip_prefix: stripped, redirect: to, match } = route;
  if (rewritten !== undefined && stripped)
    yield [['rewrite'], 'does what strip_prefix does, by {rest}: use one'];
  const hole = rewritten === undefined ? undefined : unfilled(rewritten, match.paths);
  if (hole !== undefined) yield [['rewrite'], `names {${hole}}, which not every path of the route catches`];
  if (route.preserve_host && route.host !== undefined) yield [['host'], 'contradicts preserve_host: use one'];
  const elsewhere = to && (to.scheme ?? to.host ?? to.port);
  if (to && elsewhere === undefined && rewritten === undefined && !stripped) {
    yield [
      ['redirect'],
      'leads back here: it needs scheme, host or port, or the route rewrite or strip_prefix',
    ];
  }
  for (const member of FORWARDING[ends[0]!] ?? []) {
    if (route[member]) yield [[member], 'is about what is forwarded: this route forwards nothing'];
  }
}
