import { Problem } from '@gatehouse/http';
import { Metrics } from '@gatehouse/observability';
import { MemoryStore, StoreFullError, StoreUnavailableError } from '@gatehouse/store';
import {
  type Consumption,
  type Limit,
  type LimitState,
  stateOf,
  StoreThrottlerStorage,
  tooManyRequests,
} from '@gatehouse/throttling';
import { Injectable, type OnApplicationShutdown } from '@nestjs/common';
import type { Counter } from 'prom-client';
import type { Call } from '../calls/call.js';
import type { CompiledLimit } from './compiled-limit.js';
import { StoreWatch } from './store-watch.service.js';

/** Counters that this process keeps alone while the store is away; past it limits refuse. */
const LOCAL_MAX = 100_000;

/** Counts calls against their limits, and says so in their answers. */
@Injectable()
export class CallLimits implements OnApplicationShutdown {
  private readonly localStore = new MemoryStore({ maxCounters: LOCAL_MAX });
  private readonly local = new StoreThrottlerStorage(this.localStore);
  private readonly uncounted: Counter<'on_store_failure'>;

  constructor(
    private readonly storage: StoreThrottlerStorage,
    private readonly watch: StoreWatch,
    metrics: Metrics,
  ) {
    this.uncounted = metrics.counter({
      name: 'gatehouse_limits_without_store_total',
      help: 'Calls that came while the store was away, by what their limits did then',
      labelNames: ['on_store_failure'],
    });
  }

  /** @param compiled at least one @throws Problem 429, or 503 where the store is full, or away and a limit is closed then */
  async charge(call: Call, compiled: readonly CompiledLimit[]): Promise<void> {
    const limits = compiled.map((one) => one.of(call));
    if (this.watch.away) return this.withoutStore(call, compiled, limits);
    let counted: Consumption;
    try {
      counted = await this.storage.consume(limits);
    } catch (error) {
      if (!(error instanceof StoreUnavailableError)) throw error;
      // Callers make counters: what is full for one of them must not open, or close, the limits of all.
      if (error instanceof StoreFullError) throw this.cannotCount(call, limits[0]!);
      this.watch.lost(error);
      return this.withoutStore(call, compiled, limits);
    }
    settle(call, compiled, counted);
  }

  onApplicationShutdown(): Promise<void> {
    return this.localStore.close();
  }

  private async withoutStore(
    call: Call,
    compiled: readonly CompiledLimit[],
    limits: readonly Limit[],
  ): Promise<void> {
    const closed = compiled.findIndex(({ definition }) => definition.on_store_failure === 'closed');
    if (closed >= 0) throw this.cannotCount(call, limits[closed]!);
    const inProcess = compiled.filter(({ definition }) => definition.on_store_failure === 'local');
    this.uncounted.inc({ on_store_failure: inProcess.length > 0 ? 'local' : 'open' });
    if (inProcess.length === 0) return;
    const counted = limits.filter((_, index) => inProcess.includes(compiled[index]!));
    settle(call, inProcess, await this.local.consume(counted));
  }

  /** The fault is this server's, not the caller's: 503, not 403 or 429. */
  private cannotCount(call: Call, { name }: Limit): Problem {
    call.fault = 'limit_store';
    this.uncounted.inc({ on_store_failure: 'closed' });
    return new Problem(503, `The limit "${name}" cannot be counted at the moment. Try again shortly.`, {
      headers: { 'retry-after': '1' },
    });
  }
}

/** What was counted of a call, and the limits that it is about, in the same order. @throws Problem 429 */
function settle(call: Call, compiled: readonly CompiledLimit[], counted: Consumption): void {
  if (counted.release) call.atEnd(counted.release);
  addFields(call, compiled, counted.states);
  if (!counted.refusedBy) return;
  call.fault = 'limit';
  throw tooManyRequests(counted.refusedBy, counted);
}

/** The RateLimit fields of those limits that are told. */
function addFields(call: Call, compiled: readonly CompiledLimit[], states: readonly LimitState[]): void {
  let [policies, told] = ['', ''];
  for (let i = 0; i < states.length; i++) {
    const { definition, policy } = compiled[i]!;
    if (!definition.headers) continue;
    const separator = policies === '' ? '' : ', ';
    policies += separator + policy;
    told += separator + stateOf(states[i]!);
  }
  if (policies === '') return;
  call.answerHeaders.append('ratelimit-policy', policies);
  call.answerHeaders.append('ratelimit', told);
}
