import { z } from 'zod';
import { routeUpstream } from '../upstreams/upstream-definition.js';

/** Copies of calls for another upstream, whose answers nobody sees. */
export const mirror = z.strictObject({
  upstream: routeUpstream,
  fraction: z
    .number()
    .gt(0)
    .max(1)
    .default(1)
    .describe('How many of the calls are copied: 0.1 is one of ten'),
  timeout: z.number().min(0.1).max(60).default(5).describe('Seconds, for the whole copy and its answer'),
  max_body: z
    .int()
    .min(0)
    .max(1_048_576)
    .default(65_536)
    .describe('Bytes; calls with larger bodies are not copied'),
  max_concurrent: z
    .int()
    .min(1)
    .max(1_000)
    .default(50)
    .describe('While so many are on their way, no more are made'),
});

export type MirrorDefinition = z.output<typeof mirror>;
