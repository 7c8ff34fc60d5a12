import { z } from 'zod';
import { guardList } from '../guards/guard-definition.js';
import { policyChain } from '../policies/policy-definition.js';
import { routeLimits } from '../throttling/limit-definition.js';
import { routeUpstream } from '../upstreams/upstream-definition.js';
import { routeMatch } from './match-definition.js';

/** A route as it is written and stored. It grows by members; none ever changes its meaning. */
export const routeDefinition = z.strictObject({
  name: z.string().regex(/^[a-z0-9][a-z0-9_-]{0,62}$/, 'must be 1 to 63 of a-z, 0-9, - and _'),
  match: routeMatch,
  upstream: routeUpstream,
  strip_prefix: z
    .boolean()
    .default(false)
    .describe('Whether the matched path is left out of what is forwarded'),
  guards: guardList,
  limits: routeLimits,
  policies: policyChain,
});

export type RouteDefinition = z.output<typeof routeDefinition>;
