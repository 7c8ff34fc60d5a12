import { z } from 'zod';

/** How requests are counted. */
const ALGORITHMS = ['fixed_window', 'sliding_window', 'gcra', 'concurrency'] as const;

/** Who is counted. What follows a colon is the name of a header field (RFC 9110 §5.6.2) or of a claim. */
const SUBJECT =
  /^(?:consumer|client|user|address|route|header:[!#$%&'*+.^_`|~\w-]{1,100}|claim:[\x21-\x7E]{1,100})$/;

const subject = z
  .string()
  .regex(SUBJECT, 'must be consumer, client, user, address, route, header:<name> or claim:<name>');

const subjects = z
  .union([
    subject,
    z
      .array(subject)
      .min(1)
      .max(5)
      .refine((all) => new Set(all).size === all.length, 'names one of them twice'),
  ])
  .describe('Who is counted; several: each combination of them');

const MAX_COST = 1_000_000;
const IPV6_PREFIX = 64;

/** How much a request counts. */
export const costDefinition = z
  .union([
    z.int().min(1).max(MAX_COST),
    z.strictObject({
      header: z
        .string()
        .regex(/^[!#$%&'*+.^_`|~\w-]{1,100}$/, 'must be the name of a header field')
        .describe('The field of the request that says it'),
      max: z.int().min(1).max(MAX_COST).describe('What says more counts this much'),
      default: z.int().min(1).max(MAX_COST).default(1).describe('For requests without the field'),
    }),
  ])
  .describe('How much a request counts');

export type CostDefinition = z.output<typeof costDefinition>;

/** The most that a request may count. */
export function mostOf(cost: CostDefinition): number {
  return typeof cost === 'number' ? cost : Math.max(cost.max, cost.default);
}

/** What becomes of calls while the store that counts is away. */
export const onStoreFailure = z
  .enum(['open', 'closed', 'local'])
  .default('closed')
  .describe(
    'While Redis is away: let calls through uncounted, refuse them with 503, or count in each process alone',
  );

export const limitName = z
  .string()
  .regex(/^[a-z0-9][a-z0-9_-]{0,62}$/, 'must be 1 to 63 of a-z, 0-9, - and _')
  .describe('What the RateLimit headers call it, and what tells it apart from others');

export const inHeaders = z.boolean().default(true).describe('Whether the RateLimit headers tell of it');

/** @param by where it may be left out: who is counted then */
function limitOf<By extends z.ZodType<string | string[]>>(by: By) {
  return z
    .strictObject({
      name: limitName.optional(),
      by,
      limit: z.int().min(1).max(1_000_000_000).describe('How much in a window, or at once'),
      window: z.int().min(1).max(2_678_400).optional().describe('Seconds; not for concurrency'),
      algorithm: z.enum(ALGORITHMS).default('fixed_window').describe('How it is counted'),
      burst: z
        .int()
        .min(1)
        .max(1_000_000_000)
        .optional()
        .describe('For gcra: how much at once. Left out: limit'),
      cost: costDefinition.default(1),
      ipv6_prefix: z
        .int()
        .min(16)
        .max(128)
        .default(IPV6_PREFIX)
        .describe('How much of an IPv6 address counts as one address'),
      on_store_failure: onStoreFailure,
      headers: inHeaders,
    })
    .superRefine((limit, context) => {
      for (const { path, message } of faultsOf(limit as Contents))
        context.addIssue({ code: 'custom', path, message });
    });
}

const routeLimit = limitOf(subjects);
const planLimit = limitOf(subjects.default('consumer'));

export type LimitDefinition = z.output<typeof routeLimit>;

/** How much, as routes say it. */
export const routeLimits = z.array(routeLimit).max(20).superRefine(demandDistinct).default([]);

/** How much, as plans say it: each limit is of whoever has the plan, over all routes. */
export const planLimits = z.array(planLimit).max(20).superRefine(demandDistinct).default([]);

/** What of a limit is looked at together. */
interface Contents {
  readonly by: string | readonly string[];
  readonly ipv6_prefix: number;
  readonly algorithm: (typeof ALGORITHMS)[number];
  readonly limit: number;
  readonly window?: number;
  readonly burst?: number;
  readonly cost: CostDefinition;
}

interface Fault {
  readonly path: string[];
  readonly message: string;
}

function faultsOf({ by, ipv6_prefix: prefix, algorithm, window, burst, limit, cost }: Contents): Fault[] {
  const faults: Fault[] = [];
  const fault = (member: string, message: string) => void faults.push({ path: [member], message });
  if (algorithm === 'concurrency') {
    if (window !== undefined) fault('window', 'must be left out: a call counts while it lasts');
    if (cost !== 1) fault('cost', 'must be left out: a call counts as one');
  } else if (window === undefined) fault('window', 'is needed: how many seconds');
  if (burst !== undefined && algorithm !== 'gcra') fault('burst', 'is for the algorithm gcra only');
  if (mostOf(cost) > Math.max(1, burst ?? limit)) fault('cost', 'is more than ever fits');
  // Whoever else is counted, the address stands in where there is none.
  if (prefix !== IPV6_PREFIX && [by].flat().every((one) => one === 'route')) {
    fault('ipv6_prefix', 'must be left out: a limit by route counts no address');
  }
  return faults;
}

/** Two that are told apart by nothing would count on one counter; two of one name, nobody could tell apart. */
function demandDistinct(limits: readonly LimitDefinition[], context: z.RefinementCtx): void {
  const keys = limits.map((limit) => limit.name ?? limitKey(limit));
  keys.forEach((key, index) => {
    if (keys.indexOf(key) === index) return;
    const message =
      limits[index]!.name === undefined
        ? 'repeats a limit of the same by, window and algorithm: give them names'
        : 'repeats the name of another limit';
    context.addIssue({ code: 'custom', path: [index], message });
  });
}

/**
 * What tells a limit apart from the others of its route or plan: a change of anything else goes on with what is counted.
 * A name is not enough, as a counter says something only to the algorithm and the window that it was counted by.
 */
export function limitKey({ name, by, window, algorithm }: LimitDefinition): string {
  const counted = `${[by].flat().join('+')}:${window ?? ''}:${algorithm}`;
  return name === undefined ? counted : `name:${name}:${counted}`;
}
