import { z } from 'zod';
import { cookieConditions, headerConditions, queryConditions } from './condition-definition.js';
import { routePath } from './path-definition.js';

const host = z
  .string()
  .max(253)
  .regex(
    /^(?:\*\.)?[a-z0-9.-]+$/,
    'must be a host name in lower case, without a port; *. may stand before it',
  );

/** Which requests take a route. */
export const routeMatch = z.strictObject({
  hosts: z
    .array(host)
    .min(1)
    .max(100)
    .optional()
    .describe('Host names, or *.name for all below it; left out: any'),
  paths: z
    .array(routePath)
    .min(1)
    .max(100)
    .describe('A text is a prefix at segment boundaries; the one that begins with more plain segments wins'),
  methods: z
    .array(z.string().regex(/^[A-Z]{1,20}$/, 'must be a method in capitals'))
    .min(1)
    .max(20)
    .optional()
    .describe('Left out: any'),
  headers: headerConditions,
  query: queryConditions,
  cookies: cookieConditions,
  priority: z
    .int()
    .min(-1_000_000)
    .max(1_000_000)
    .optional()
    .describe('The greater goes first, whatever host and path say; left out: 0'),
});

export type RouteMatchDefinition = z.output<typeof routeMatch>;
