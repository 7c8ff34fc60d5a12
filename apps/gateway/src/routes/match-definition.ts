import { z } from 'zod';
import { isOwnPath } from './own-path.js';

const path = z
  .string()
  .max(1_024)
  .regex(/^\/(?:[A-Za-z0-9\-._~!$&'()+,=:@]+(?:\/[A-Za-z0-9\-._~!$&'()+,=:@]+)*)?$/, {
    message: 'must begin with / and be plain segments: no empty ones, no encoding, no slash at the end',
  })
  .refine(
    (value) => !value.split('/').some((part) => part === '.' || part === '..'),
    'must have no dot segments',
  )
  .refine((value) => !isOwnPath(value), "is the gateway's own");

const host = z
  .string()
  .max(253)
  .regex(/^[a-z0-9.-]+$/, 'must be a host name in lower case, without a port');

/** Which requests take a route. */
export const routeMatch = z.strictObject({
  hosts: z.array(host).min(1).max(100).optional().describe('Host names; left out: any'),
  paths: z.array(path).min(1).max(100).describe('Prefixes at segment boundaries; the longest match wins'),
  methods: z
    .array(z.string().regex(/^[A-Z]{1,20}$/, 'must be a method in capitals'))
    .min(1)
    .max(20)
    .optional()
    .describe('Left out: any'),
});
