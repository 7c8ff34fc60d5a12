import { z } from 'zod';
import { circuitBreaker, healthCheck, outliers, retries } from './resilience-definition.js';
import { seconds, transportMembers } from './transport-definition.js';

export const upstreamUrl = z.string().refine((value) => {
  if (!URL.canParse(value)) return false;
  const url = new URL(value);
  const plain = !url.search && !url.hash && !url.username && !url.password;
  return plain && (url.protocol === 'http:' || url.protocol === 'https:');
}, 'must be an http(s) URL without query, fragment or user name');

const ONLY_HTTPS = 'is for https: no server here is spoken to in TLS';

function schemeOf(url: string): string {
  return url.slice(0, url.indexOf(':')).toLowerCase();
}

const upstreamName = z.string().regex(/^[a-z0-9][a-z0-9_-]{0,62}$/, 'must be 1 to 63 of a-z, 0-9, - and _');

/** What one server needs, too. */
const common = {
  ...transportMembers,
  retries: retries.optional(),
  circuit_breaker: circuitBreaker.optional(),
};

/** Where a route's calls go: one server, or an upstream by its name. */
export const routeUpstream = z
  .strictObject({
    url: upstreamUrl.optional().describe('One server'),
    name: upstreamName.optional().describe('An upstream of the configuration, in place of `url`'),
    ...common,
  })
  .superRefine(({ url, name, ...settings }, context) => {
    const fault = (path: string[], message: string) => context.addIssue({ code: 'custom', path, message });
    if (url === undefined && name === undefined)
      return fault(['url'], 'give a url, or the name of an upstream');
    if (url !== undefined && name !== undefined) return fault(['name'], 'is there beside url: leave one out');
    if (url !== undefined && schemeOf(url) !== 'https' && settings.tls) fault(['tls'], ONLY_HTTPS);
    if (name === undefined) return;
    for (const member of Object.keys(settings)) fault([member], 'belongs to the upstream that is named');
  });

const weight = z.number().int().min(0).max(1_000).default(1).describe('0: gets nothing new');
const host = z
  .string()
  .regex(/^(?:[A-Za-z0-9._-]{1,253}|[0-9A-Fa-f:.]{2,45})$/, 'must be a host name or an address');
const port = z.number().int().min(1).max(65_535);

const target = z
  .strictObject({
    url: upstreamUrl.optional(),
    host: host.optional(),
    port: port.optional(),
    weight,
  })
  .superRefine((one, context) => {
    const fault = (path: string[], message: string) => context.addIssue({ code: 'custom', path, message });
    if (one.url === undefined && one.host === undefined) fault(['url'], 'give a url, or host and port');
    if (one.url !== undefined && one.host !== undefined)
      fault(['host'], 'is there beside url: leave one out');
    if ((one.host === undefined) !== (one.port === undefined)) fault(['port'], 'goes with host');
  });

const discovery = z
  .strictObject({
    dns: z.enum(['a', 'srv']).describe('`a` asks for A and AAAA, `srv` for SRV records'),
    name: z.string().regex(/^[A-Za-z0-9._-]{1,253}$/, 'must be a DNS name'),
    port: port.optional().describe('For `a`; unset: 80 or 443. SRV records have their own'),
    interval: seconds(0.1, 3_600)
      .default(30)
      .describe('How often it is asked at least; a shorter TTL counts, down to one second'),
  })
  .refine(({ dns, port: given }) => dns === 'a' || given === undefined, {
    message: 'belongs to `a`: SRV records have their own',
    path: ['port'],
  });

const hashOn = z
  .strictObject({
    header: z
      .string()
      .regex(/^[A-Za-z0-9-]{1,64}$/, 'must be the name of a header')
      .transform((name) => name.toLowerCase())
      .optional(),
    cookie: z
      .string()
      .regex(/^[!#$%&'*+.^_`|~0-9A-Za-z-]{1,64}$/, 'must be the name of a cookie')
      .optional(),
    of: z.enum(['address', 'consumer', 'path']).optional(),
  })
  .refine((one) => Object.values(one).filter((value) => value !== undefined).length === 1, {
    message: 'give one of header, cookie and of',
  });

const balancing = z
  .strictObject({
    by: z
      .enum(['round_robin', 'least_connections', 'p2c_ewma', 'consistent_hash'])
      .default('round_robin')
      .describe('`round_robin` follows the weights smoothly; `p2c_ewma`: the better one of two by chance'),
    hash_on: hashOn.optional().describe('For consistent_hash; a call without it is spread by its address'),
    slow_start: seconds(0.1, 3_600)
      .optional()
      .describe('How long a target that came (back) takes to get its whole share; unset: at once'),
  })
  .superRefine(({ by, hash_on, slow_start }, context) => {
    const fault = (path: string[], message: string) => context.addIssue({ code: 'custom', path, message });
    if ((by === 'consistent_hash') !== (hash_on !== undefined)) {
      fault(['hash_on'], hash_on ? 'belongs to consistent_hash' : 'consistent_hash needs it');
    }
    if (by === 'consistent_hash' && slow_start)
      fault(['slow_start'], 'consistent_hash moves no calls: leave it out');
  });

/** An upstream as it is written and stored. */
export const upstreamDefinition = z
  .strictObject({
    name: upstreamName,
    targets: z.array(target).max(200).optional(),
    discovery: discovery.optional().describe('In place of `targets`'),
    scheme: z.enum(['http', 'https']).default('http').describe('For targets by host, and for discovery'),
    path: z
      .string()
      .regex(/^\/[!-"$->@-~]*$/, 'must begin with a slash, without query')
      .max(1_000)
      .default('/')
      .describe('Put before what is forwarded; for targets by host, and for discovery'),
    balancing: balancing.prefault({}),
    health_check: healthCheck.optional(),
    outliers: outliers.optional(),
    when_all_out: z
      .enum(['try_all', 'refuse'])
      .default('try_all')
      .describe('When no target is well: all get calls, or each call gets 503'),
    ...common,
  })
  .superRefine(({ targets, discovery: found, scheme, tls }, context) => {
    const fault = (path: string[], message: string) => context.addIssue({ code: 'custom', path, message });
    if (!targets === !found) fault(['targets'], 'give either targets or discovery');
    const schemes = (targets ?? []).map(({ url }) => (url === undefined ? scheme : schemeOf(url)));
    if (found) schemes.push(scheme);
    if (tls && schemes.length > 0 && !schemes.includes('https')) fault(['tls'], ONLY_HTTPS);
  });

export type RouteUpstream = z.output<typeof routeUpstream>;
export type UpstreamDefinition = z.output<typeof upstreamDefinition>;
export type TargetDefinition = z.output<typeof target>;
export type DiscoveryDefinition = z.output<typeof discovery>;
export type BalancingDefinition = z.output<typeof balancing>;
