import { type ExecutionContext, Inject, Injectable } from '@nestjs/common';
import { Reflector } from '@nestjs/core';
import {
  getOptionsToken,
  ThrottlerGuard,
  type ThrottlerModuleOptions,
  type ThrottlerOptions,
} from '@nestjs/throttler';
import type { FastifyReply, FastifyRequest } from 'fastify';
import type { Limit, LimitState } from './limit.js';
import { rateLimitHeaders } from './rate-limit-fields.js';
import { StoreThrottlerStorage } from './store-throttler-storage.js';
import { tooManyRequests } from './too-many-requests.js';

// The metadata keys of the throttler's own decorators: @Throttle and @SkipThrottle work as documented, but for `UNKNOWN`.
const SKIP = 'THROTTLER:SKIP';
const LIMIT = 'THROTTLER:LIMIT';
const TTL = 'THROTTLER:TTL';
const TRACKER = 'THROTTLER:TRACKER';

/** What these limits have not: a limit that says so would be another than whoever wrote it believes. */
const UNKNOWN = {
  blockDuration: 'THROTTLER:BLOCK_DURATION',
  generateKey: 'THROTTLER:KEY_GENERATOR',
} as const;

type Tracker = (
  request: FastifyRequest,
  context: ExecutionContext,
) => string | undefined | Promise<string | undefined>;

interface Plan {
  readonly name: string;
  readonly keyPrefix: string;
  readonly limit: number;
  readonly windowMs: number;
  readonly tracker: Tracker;
  readonly skips: ((context: ExecutionContext) => boolean) | undefined;
  readonly ignoredUserAgents: readonly RegExp[];
}

/** What a bare `@SkipThrottle()` sets: nothing is counted then, whatever the app's throttlers are called. */
const SKIP_ALL = `${SKIP}default`;

/**
 * @nestjs/throttler's guard with its `canActivate` overridden: all limits of a request are counted by one script in
 * one round trip, and the answer carries the RateLimit header fields of draft-ietf-httpapi-ratelimit-headers.
 * A tracker that returns undefined (no client named in the request, say) leaves its limit out.
 */
@Injectable()
export class LimitsGuard extends ThrottlerGuard {
  private readonly plans = new WeakMap<object, Plan[]>();

  constructor(
    @Inject(getOptionsToken()) options: ThrottlerModuleOptions,
    @Inject(StoreThrottlerStorage) protected readonly limits: StoreThrottlerStorage,
    @Inject(Reflector) reflector: Reflector,
  ) {
    super(options, limits, reflector);
  }

  override async canActivate(context: ExecutionContext): Promise<boolean> {
    if (context.getType() !== 'http' || (await this.shouldSkip(context))) return true;
    const limits = await this.limitsOf(context);
    if (limits.length === 0) return true;
    const consumption = await this.limits.consume(limits);
    const reply = context.switchToHttp().getResponse<FastifyReply>();
    for (const [name, value] of rateLimitHeaders(consumption)) reply.header(name, value);
    if (consumption.refusedBy) this.refuse(consumption.refusedBy);
    return true;
  }

  /** The limits that this request counts against. */
  protected async limitsOf(context: ExecutionContext): Promise<Limit[]> {
    const request = context.switchToHttp().getRequest<FastifyRequest>();
    const limits: Limit[] = [];
    for (const plan of this.planOf(context)) {
      if (plan.skips?.(context) || ignores(plan, request)) continue;
      const found = plan.tracker(request, context);
      const tracker = typeof found === 'object' ? await found : found;
      if (tracker === undefined) continue;
      const { name, keyPrefix, limit, windowMs } = plan;
      limits.push({ name, key: keyPrefix + tracker, limit, windowMs });
    }
    return limits;
  }

  /** @throws always: 429 with the seconds after which the limit frees up */
  protected refuse(state: LimitState): never {
    throw tooManyRequests(state);
  }

  /** What the decorators say, read once for each handler. */
  private planOf(context: ExecutionContext): Plan[] {
    const handler = context.getHandler();
    const known = this.plans.get(handler);
    if (known) return known;
    const places = [handler, context.getClass()];
    const read = <T>(key: string, one: ThrottlerOptions) =>
      this.reflector.getAllAndOverride<T | undefined>(key + one.name, places);
    const skipsAll = this.reflector.getAllAndOverride<boolean | undefined>(SKIP_ALL, places) === true;
    const plan = (skipsAll ? [] : this.throttlers)
      .filter((one) => !read<boolean>(SKIP, one))
      .map((one) => {
        for (const [option, key] of Object.entries(UNKNOWN)) refuseOption(option, read(key, one), one);
        return {
          name: one.name!,
          keyPrefix: limitKey(one.name!, context.getClass().name, handler.name, ''),
          limit: fixed(read(LIMIT, one) ?? one.limit, one),
          windowMs: fixed(read(TTL, one) ?? one.ttl, one),
          tracker: (read<Tracker>(TRACKER, one) ??
            one.getTracker ??
            this.commonOptions.getTracker) as Tracker,
          skips: one.skipIf ?? this.commonOptions.skipIf,
          ignoredUserAgents: one.ignoreUserAgents ?? this.commonOptions.ignoreUserAgents ?? [],
        };
      });
    this.plans.set(handler, plan);
    return plan;
  }
}

function ignores({ ignoredUserAgents }: Plan, { headers }: FastifyRequest): boolean {
  const agent = headers['user-agent'] ?? '';
  // `search` begins at the start whatever flags an expression has; `test` would remember where it was.
  return ignoredUserAgents.some((one) => agent.search(one) >= 0);
}

/** @throws RangeError when it is set, by a decorator or for all */
function refuseOption(option: string, decorated: unknown, one: ThrottlerOptions): void {
  if ((decorated ?? one[option as keyof ThrottlerOptions]) === undefined) return;
  throw new RangeError(`The throttler "${one.name}" sets ${option}, which these limits do not have`);
}

/** Where a limit is counted: `name` of the throttler, the controller's and its method's names, and who is counted. */
export function limitKey(name: string, controller: string, method: string, tracker: string): string {
  return `{limits}:${name}:${controller}.${method}:${tracker}`;
}

function fixed(value: unknown, one: ThrottlerOptions): number {
  if (typeof value === 'number' && value > 0) return value;
  throw new RangeError(`The throttler "${one.name}" needs its limit and ttl as numbers above 0`);
}
