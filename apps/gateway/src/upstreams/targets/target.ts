import type { AnswerHandler, NotSwitched, Switched, UpgradeRequest, UpstreamRequest } from '../upstream.js';
import { HealthProber } from '../health/health-prober.js';
import type { HealthCheckDefinition } from '../resilience-definition.js';
import type { Transport, Witness } from '../transport/transport.js';
import type { Address } from './address.js';
import { Ewma } from './ewma.js';
import type { Wire } from './wire.js';

/** Who draws conclusions from what targets do. */
export interface Judge {
  succeeded(target: Target): void;
  failed(target: Target): void;
}

/**
 * One server of an upstream: the way to it, and all that is known about it. It outlives changes of the configuration as long
 * as its address stays the same.
 */
export class Target implements Witness {
  readonly name: string;
  weight: number;
  /** Requests on their way, those that wait for a connection among them. */
  active = 0;
  /** Counted since it is there. */
  requests = 0;
  errors = 0;
  ejections = 0;
  retries = 0;
  /** What the active checks say; undefined: nobody has asked yet. */
  well: boolean | undefined;
  /** Why it is not well, or was ejected, for people. */
  reason: string | undefined;
  consecutiveFailures = 0;
  ejectionsInARow = 0;
  /** `Date.now()` until when it is left out for the calls it failed; 0: it is not. */
  ejectedUntil = 0;
  /** `Date.now()` when it came, or came back. */
  upSince = 0;
  timed = false;
  readonly latency = new Ewma();
  judge: Judge | undefined;
  private transport: Transport;
  private prober: HealthProber | undefined;

  constructor(
    address: Address,
    private wire: Wire,
  ) {
    this.name = address.name;
    this.weight = address.weight;
    this.transport = wire.transport(this);
  }

  get open(): number {
    return this.transport.open;
  }

  get pending(): number {
    return this.transport.pending;
  }

  get up(): boolean {
    return this.well !== false && this.ejectedUntil === 0;
  }

  send(request: UpstreamRequest, handler: AnswerHandler): void {
    this.active++;
    this.requests++;
    const { http2, basePath } = this.wire;
    request.call.target = this.name;
    if (!http2 && request.call.raw.httpVersionMajor === 2) dropTe(request.headers);
    this.transport.send(request, basePath === '' ? request.path : basePath + request.path, handler);
  }

  async upgrade(request: UpgradeRequest): Promise<Switched | NotSwitched> {
    this.requests++;
    request.call.target = this.name;
    try {
      const answer = await this.wire.upgrade(request);
      this.answered(answer.status, 0);
      return answer;
    } catch (error) {
      if (!request.signal?.aborted) this.failed();
      throw error;
    }
  }

  /** Another way to the same server: what runs is finished on the old one. */
  rewire(wire: Wire): void {
    if (wire.key === this.wire.key) return;
    const before = this.transport;
    this.wire = wire;
    this.transport = wire.transport(this);
    before.close();
  }

  /** Has it asked now and then whether it is well, or no longer. */
  check(settings: HealthCheckDefinition | undefined, changed: () => void): void {
    if (settings && this.prober?.key === HealthProber.keyOf(settings, this.wire)) return;
    this.prober?.stop();
    this.prober = settings && new HealthProber(settings, this, this.wire, changed);
    if (settings) return;
    // Nobody asks any more: what was known last says nothing for ever.
    this.well = undefined;
  }

  /** Ends an ejection before its time. */
  pardon(): void {
    this.ejectedUntil = 0;
    this.consecutiveFailures = 0;
  }

  close(): void {
    this.judge = undefined;
    this.prober?.stop();
    this.transport.close();
  }

  answered(status: number, ms: number): void {
    if (this.timed) this.latency.observe(ms, performance.now());
    if (status < 500) return this.judge?.succeeded(this);
    this.errors++;
    this.judge?.failed(this);
  }

  failed(): void {
    this.errors++;
    if (this.timed) this.latency.failed(performance.now());
    this.judge?.failed(this);
  }

  ended(): void {
    this.active--;
  }
}

/** RFC 9110 §10.1.4: it is about the connection; what HTTP/2 lets through, HTTP/1.1 would have to name in `Connection`. */
function dropTe(headers: string[]): void {
  for (let i = headers.length - 2; i >= 0; i -= 2) if (headers[i] === 'te') headers.splice(i, 2);
}
