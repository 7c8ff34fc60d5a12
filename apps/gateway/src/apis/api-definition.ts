import { z } from 'zod';
import { policyChain } from '../policies/policy-definition.js';

export const API_STATES = ['draft', 'published', 'deprecated', 'retired'] as const;
export type ApiState = (typeof API_STATES)[number];

const instant = z.iso.datetime({ offset: true });

/** An API as it is written and stored. It grows by members; none ever changes its meaning. */
export const apiDefinition = z
  .strictObject({
    name: z.string().regex(/^[a-z0-9][a-z0-9_-]{0,62}$/, 'must be 1 to 63 of a-z, 0-9, - and _'),
    title: z.string().max(200).optional(),
    version: z.string().min(1).max(50).default('1'),
    state: z.enum(API_STATES).default('draft'),
    deprecated_at: instant
      .optional()
      .describe('Since when, or from when on; left out: since it was deprecated'),
    sunset_at: instant.optional().describe('When it is to be expected to stop'),
    successor: z
      .url({ protocol: /^https?$/ })
      .max(2_000)
      .optional()
      .describe('What takes its place'),
    policies: policyChain,
    document: z
      .union([z.record(z.string(), z.unknown()), z.null()])
      .optional()
      .describe('OpenAPI 3.0 or 3.1; left out: as it was, null: none'),
  })
  .refine(
    ({ deprecated_at: from, sunset_at: until }) => !from || !until || Date.parse(from) <= Date.parse(until),
    { path: ['sunset_at'], message: 'must not be before deprecated_at (RFC 9745 §4)' },
  );

export type ApiDefinition = z.output<typeof apiDefinition>;

/** What a state may become. Retired is the end: what is to live again is another API. */
export const NEXT_STATES: Readonly<Record<ApiState, readonly ApiState[]>> = {
  draft: ['published'],
  published: ['deprecated', 'retired'],
  deprecated: ['published', 'retired'],
  retired: [],
};
