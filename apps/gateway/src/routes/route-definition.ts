import { z } from 'zod';

/** Paths the gateway answers itself. */
const RESERVED = /^\/(?:\.gatehouse|\.well-known\/oauth-protected-resource|admin|health)(?:\/|$)/;

/** Whether a path belongs to the gateway itself, so that no route may have it. */
export function isOwnPath(path: string): boolean {
  return RESERVED.test(path);
}

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

const upstreamUrl = z.string().refine((value) => {
  if (!URL.canParse(value)) return false;
  const url = new URL(value);
  const plain = !url.search && !url.hash && !url.username && !url.password;
  return plain && (url.protocol === 'http:' || url.protocol === 'https:');
}, 'must be an http(s) URL without query, fragment or user name');

/** How callers are counted. */
export const LIMIT_SUBJECTS = ['client', 'user', 'address', 'route'] as const;

/** A route as it is written and stored. It grows by members; none ever changes its meaning. */
export const routeDefinition = z.strictObject({
  name: z.string().regex(/^[a-z0-9][a-z0-9_-]{0,62}$/, 'must be 1 to 63 of a-z, 0-9, - and _'),
  match: z.strictObject({
    hosts: z.array(host).min(1).max(100).optional().describe('Host names; left out: any'),
    paths: z.array(path).min(1).max(100).describe('Prefixes at segment boundaries; the longest match wins'),
    methods: z
      .array(z.string().regex(/^[A-Z]{1,20}$/, 'must be a method in capitals'))
      .min(1)
      .max(20)
      .optional()
      .describe('Left out: any'),
  }),
  upstream: z.strictObject({ url: upstreamUrl }),
  strip_prefix: z
    .boolean()
    .default(false)
    .describe('Whether the matched path is left out of what is forwarded'),
  guards: z
    .array(z.looseObject({ type: z.string() }))
    .max(20)
    .describe('Who may call: all must agree. An empty list makes the route public'),
  limits: z
    .array(
      z.strictObject({
        by: z.enum(LIMIT_SUBJECTS),
        limit: z.int().min(1).max(1_000_000_000),
        window: z.int().min(1).max(86_400).describe('Seconds'),
      }),
    )
    .max(20)
    .superRefine((limits, context) => {
      // Both would count on one counter.
      limits.forEach(({ by, window }, index) => {
        if (limits.findIndex((one) => one.by === by && one.window === window) === index) return;
        context.addIssue({
          code: 'custom',
          path: [index],
          message: 'repeats a limit of the same by and window',
        });
      });
    })
    .default([]),
});

export type RouteDefinition = z.output<typeof routeDefinition>;
export type RouteLimit = RouteDefinition['limits'][number];
