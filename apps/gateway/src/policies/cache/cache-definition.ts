import { z } from 'zod';

const seconds = z.int().min(0).max(2_592_000);

export const cacheSettings = z.strictObject({
  ttl: seconds
    .default(0)
    .describe('Seconds, for answers that say nothing of their freshness; 0: they are not stored'),
  max_ttl: seconds.default(86_400).describe('Seconds; no answer is kept for longer'),
  stale_while_revalidate: seconds
    .default(0)
    .describe('Seconds, for answers that do not say themselves (RFC 5861 §3)'),
  stale_if_error: seconds
    .default(0)
    .describe('Seconds, for answers that do not say themselves (RFC 5861 §4)'),
  max_entry: z
    .int()
    .min(1)
    .max(16_777_216)
    .default(1_048_576)
    .describe('Bytes; larger answers are not stored'),
  per_caller: z
    .boolean()
    .default(false)
    .describe('Whether each caller has answers of their own; then private ones are stored, too'),
  key_headers: z
    .array(z.string().regex(/^[a-z0-9-]+$/, 'must be a field name in lower case'))
    .max(20)
    .default([])
    .describe('Request fields that the answers differ by, although they do not say so in Vary'),
  obey_callers: z
    .boolean()
    .default(false)
    .describe('Whether Cache-Control of a request counts: then any caller can have the upstream asked'),
  collapse: z.boolean().default(true).describe('Whether equal calls wait for the answer of the first'),
  tags_header: z
    .string()
    .regex(/^[a-z0-9-]+$/, 'must be a field name in lower case')
    .default('cache-tag')
    .describe('The answer field that names tags to purge by'),
});

export type CacheSettings = z.output<typeof cacheSettings>;
