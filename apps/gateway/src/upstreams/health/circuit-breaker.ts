import type { CircuitBreakerDefinition } from '../resilience-definition.js';
import type { Judge } from '../targets/target.js';

export type CircuitState = 'closed' | 'open' | 'half_open';

/** The window moves in steps of this part of it. */
const SLICES = 10;

/** Refuses all calls of an upstream while too many of them fail, and then lets a few through to see. */
export class CircuitBreaker implements Judge {
  private circuit: CircuitState = 'closed';
  private until = 0;
  private admitted = 0;
  private succeededProbes = 0;
  private readonly calls = new Float64Array(SLICES);
  private readonly failures = new Float64Array(SLICES);
  private slice = 0;

  constructor(private readonly settings: CircuitBreakerDefinition) {}

  get state(): CircuitState {
    return this.circuit;
  }

  /** @returns 0: go on; otherwise seconds after which it may be worth another try */
  refusal(now = Date.now()): number {
    if (this.circuit === 'closed') return 0;
    if (now >= this.until) {
      // Also where probes were let through that nobody ever heard of again: their callers left.
      this.circuit = 'half_open';
      this.admitted = 0;
      this.succeededProbes = 0;
      this.until = now + this.settings.open_for * 1_000;
    }
    if (this.circuit === 'half_open' && this.admitted < this.settings.probes) {
      this.admitted++;
      return 0;
    }
    return Math.max(0.001, (this.until - now) / 1_000);
  }

  succeeded(): void {
    if (this.circuit === 'closed') return this.count(0);
    if (this.circuit === 'half_open' && ++this.succeededProbes >= this.settings.probes) this.close();
  }

  failed(): void {
    if (this.circuit === 'half_open') return this.open();
    if (this.circuit === 'open') return;
    this.count(1);
    const calls = sum(this.calls);
    if (calls < this.settings.min_calls) return;
    if (sum(this.failures) / calls >= this.settings.failure_ratio) this.open();
  }

  private open(): void {
    this.circuit = 'open';
    this.until = Date.now() + this.settings.open_for * 1_000;
  }

  private close(): void {
    this.circuit = 'closed';
    this.calls.fill(0);
    this.failures.fill(0);
  }

  private count(failed: 0 | 1): void {
    const slice = Math.floor((Date.now() / 1_000 / this.settings.window) * SLICES);
    const passed = Math.min(SLICES, slice - this.slice);
    for (let i = 1; i <= passed; i++) {
      this.calls[(this.slice + i) % SLICES] = 0;
      this.failures[(this.slice + i) % SLICES] = 0;
    }
    this.slice = slice;
    this.calls[slice % SLICES]! += 1;
    this.failures[slice % SLICES]! += failed;
  }
}

function sum(values: Float64Array): number {
  let total = 0;
  for (let i = 0; i < values.length; i++) total += values[i]!;
  return total;
}
