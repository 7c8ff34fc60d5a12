import { z } from 'zod';
import { routeUpstream } from '../upstreams/upstream-definition.js';
import { cookieConditions, headerConditions, queryConditions } from './condition-definition.js';

const part = z
  .strictObject({
    name: z
      .string()
      .regex(/^[a-z0-9][a-z0-9_-]{0,62}$/, 'must be 1 to 63 of a-z, 0-9, - and _')
      .describe('In the log and the metrics; calls stick to it'),
    upstream: routeUpstream,
    weight: z
      .int()
      .min(0)
      .max(1_000_000)
      .default(0)
      .describe('Its share of the calls that no condition decides'),
    headers: headerConditions,
    query: queryConditions,
    cookies: cookieConditions,
  })
  .describe('Calls that meet all its conditions take it, where it has any, whatever its weight');

/** Several upstreams, among which the calls of a route are divided. */
export const split = z
  .strictObject({
    parts: z.array(part).min(2).max(20).describe('The first whose conditions are met takes a call'),
    sticky: z
      .enum(['consumer', 'user', 'address'])
      .optional()
      .describe(
        'Whose calls stay with one part; the address, where a caller has no name. Left out: chance decides',
      ),
  })
  .superRefine(({ parts }, context) => {
    if (parts.every(({ weight }) => weight === 0)) {
      const message = 'needs a part with a weight: somebody must take the calls that meet no condition';
      context.addIssue({ code: 'custom', path: ['parts'], message });
    }
    parts.forEach(({ name, weight, headers, query, cookies }, index) => {
      const fault = (path: string, message: string) =>
        context.addIssue({ code: 'custom', path: ['parts', index, path], message });
      if (parts.findIndex((one) => one.name === name) !== index) fault('name', 'is taken by another part');
      if (weight === 0 && !headers && !query && !cookies)
        fault('weight', 'is needed where there is no condition');
    });
  });

export type SplitDefinition = z.output<typeof split>;
