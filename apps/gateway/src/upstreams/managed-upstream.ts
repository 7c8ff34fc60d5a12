import { type Balancer, createBalancer } from './balancing/balancer.js';
import { Discovery } from './discovery/discovery.js';
import type { Dns, FoundServer } from './discovery/dns.service.js';
import { CircuitBreaker } from './health/circuit-breaker.js';
import { judgesTogether } from './health/judges.js';
import { OutlierEjection } from './health/outlier-ejection.js';
import { Deadline } from './retries/deadline.js';
import { RetryBudget } from './retries/retry-budget.js';
import { RetryingCall, RetryPlan } from './retries/retrying-call.js';
import { type Address, addressFound, addressOfTarget } from './targets/address.js';
import type { Target } from './targets/target.js';
import { Targets } from './targets/targets.js';
import type { Network } from './targets/wire.js';
import type { UpstreamDefinition } from './upstream-definition.js';
import { UpstreamUnavailable } from './upstream-unavailable.js';
import type {
  AnswerHandler,
  NotSwitched,
  Switched,
  Upstream,
  UpgradeRequest,
  UpstreamRequest,
} from './upstream.js';

const NOT_TRIED: readonly Target[] = [];

/** What upstreams need of the gateway. */
export interface Surroundings extends Network {
  readonly dns: Dns;
}

/** How calls are sent under one state of the settings; a call keeps the one it started with. */
interface Plan {
  readonly definition: UpstreamDefinition;
  readonly retry: RetryPlan | undefined;
  readonly breaker: CircuitBreaker | undefined;
  readonly totalMs: number | undefined;
  /** Nothing to do but to choose and to send. */
  readonly plain: boolean;
}

/**
 * An upstream by its settings, which may change: its targets, their connections and all that is known about them stay as
 * long as they are in the settings; what is no longer is finished and closed.
 */
export class ManagedUpstream implements Upstream {
  readonly targets: Targets;
  private plan: Plan | undefined;
  private balancer: Balancer | undefined;
  private allOut = false;
  private discovery: Discovery | undefined;

  constructor(
    readonly name: string,
    private readonly surroundings: Surroundings,
  ) {
    this.targets = new Targets(surroundings);
  }

  get breaker(): CircuitBreaker | undefined {
    return this.plan?.breaker;
  }

  get definition(): UpstreamDefinition | undefined {
    return this.plan?.definition;
  }

  /** Why the newest DNS question had no answer. */
  get discoveryFault(): string | undefined {
    return this.discovery?.fault;
  }

  send(request: UpstreamRequest, handler: AnswerHandler): void {
    request.call.upstream = this.name;
    const { plan } = this;
    const target = plan?.plain ? this.balancer?.choose(request.call, NOT_TRIED) : undefined;
    if (target) {
      request.call.tries = 1;
      target.send(request, handler);
    } else this.sendByPlan(plan, request, handler);
  }

  async upgrade(request: UpgradeRequest): Promise<Switched | NotSwitched> {
    request.call.upstream = this.name;
    request.call.tries = 1;
    await this.discovery?.first;
    const refusal = this.refusalBy(this.plan);
    if (refusal) throw refusal;
    const target = this.balancer?.choose(request.call, NOT_TRIED);
    if (!target) throw this.noTarget();
    return target.upgrade(request);
  }

  /** New settings, in force at once. */
  update(definition: UpstreamDefinition): void {
    const before = this.plan?.definition;
    const same = (member: keyof UpstreamDefinition) =>
      JSON.stringify(before?.[member]) === JSON.stringify(definition[member]);
    const { retries, circuit_breaker: circuit, timeouts } = definition;
    const kept = same('circuit_breaker') ? this.plan?.breaker : undefined;
    const budget = same('retries') ? this.plan?.retry?.budget : undefined;
    const retry =
      retries &&
      new RetryPlan(retries, budget ?? new RetryBudget(retries.budget.ratio, retries.budget.min_per_second));
    const breaker = circuit && (kept ?? new CircuitBreaker(circuit));
    const totalMs = timeouts?.total === undefined ? undefined : timeouts.total * 1_000;
    this.plan = {
      definition,
      retry: retry && retry.tries > 1 ? retry : undefined,
      breaker,
      totalMs,
      plain: !retry && !breaker && totalMs === undefined,
    };
    if (definition.discovery) this.discover(definition);
    else {
      this.stopDiscovery();
      this.place(definition.targets!.map((one) => addressOfTarget(one, definition)));
    }
  }

  /** It is no longer in the settings. */
  close(): void {
    this.stopDiscovery();
    this.plan = undefined;
    this.balancer = undefined;
    this.targets.close();
  }

  private sendByPlan(plan: Plan | undefined, request: UpstreamRequest, handler: AnswerHandler): void {
    const { discovery, targets } = this;
    if (discovery && targets.all.length === 0 && discovery.fault === undefined) {
      void discovery.first.then(() => this.sendNow(this.plan, request, handler));
    } else this.sendNow(plan, request, handler);
  }

  private sendNow(plan: Plan | undefined, request: UpstreamRequest, handler: AnswerHandler): void {
    const refusal = this.refusalBy(plan);
    if (refusal) return handler.onError(refusal);
    const choose = (tried: readonly Target[]) => this.balancer?.choose(request.call, tried);
    const target = choose(NOT_TRIED);
    if (!target) return handler.onError(this.noTarget());
    const timed = plan!.totalMs === undefined ? handler : new Deadline(handler, request.body, plan!.totalMs);
    if (plan!.retry) {
      plan!.retry.budget.earn();
      return new RetryingCall(plan!.retry, choose, request, timed).start(target);
    }
    request.call.tries = 1;
    target.send(request, timed);
  }

  private refusalBy(plan: Plan | undefined): UpstreamUnavailable | undefined {
    const after = plan?.breaker?.refusal() ?? 0;
    if (after === 0) return undefined;
    return new UpstreamUnavailable(
      'upstream_open',
      'The upstream fails too often; it gets no calls for a while.',
      after,
    );
  }

  private noTarget(): UpstreamUnavailable {
    const detail = this.allOut
      ? 'No server of the upstream is well.'
      : 'The upstream has no server that takes calls.';
    return new UpstreamUnavailable('upstream_out', detail, 1);
  }

  private discover(definition: UpstreamDefinition): void {
    const found = definition.discovery!;
    const port = found.port ?? (definition.scheme === 'https' ? 443 : 80);
    // `_http._tcp.` of an SRV name is no part of the name that servers answer to (RFC 2782).
    const host = found.name.replace(/^(?:_[^.]+\.)+/, '').replace(/\.$/, '');
    const place = (servers: readonly FoundServer[]) => {
      const current = this.plan!.definition;
      this.place(servers.map((one) => addressFound(one, host, current)));
    };
    const same = this.discovery?.key === Discovery.keyOf(found, port);
    if (same) return place(this.discovery!.servers);
    this.stopDiscovery();
    this.discovery = new Discovery(found, port, this.surroundings.dns, place);
    this.rebalance();
  }

  private stopDiscovery(): void {
    this.discovery?.stop();
    this.discovery = undefined;
  }

  private place(addresses: readonly Address[]): void {
    const { definition, breaker } = this.plan!;
    const changed = () => this.rebalance();
    this.targets.place(addresses, definition);
    const { outliers, health_check } = definition;
    const ejection = outliers && new OutlierEjection(outliers, this.targets.all, changed);
    for (const target of this.targets.all) {
      target.judge = judgesTogether(ejection, breaker);
      if (!ejection) target.pardon();
      target.check(health_check, changed);
    }
    this.rebalance();
  }

  /** Whenever targets come, go, fall ill or recover. */
  private rebalance(): void {
    const { plan, targets } = this;
    if (!plan) return;
    const { balancing, when_all_out: whenAllOut } = plan.definition;
    const up = targets.all.filter((one) => one.up);
    this.allOut = up.length === 0 && targets.all.length > 0;
    const eligible = this.allOut && whenAllOut === 'try_all' ? targets.all : up;
    this.balancer = createBalancer(balancing, eligible);
  }
}
