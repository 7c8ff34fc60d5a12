import type { Price } from '../prices/price-definition.js';
import { Ewma } from '../../upstreams/targets/ewma.js';
import type { Asking } from './target-condition.js';
import type { Provider } from '../providers/ai-providers.service.js';

/** How a model of a provider does, in this process. */
export class TargetHealth {
  /** Milliseconds to the first token of streams, and to the end of whole answers. */
  private readonly latencies = { stream: new Ewma(), whole: new Ewma() };
  /** Requests that wait for an answer, or for the rest of it. */
  underWay = 0;
  private failures = 0;
  private restsUntil = 0;

  /** @param now `Date.now()` */
  rests(now: number): boolean {
    return this.restsUntil > now;
  }

  latency(stream: boolean): Ewma {
    return stream ? this.latencies.stream : this.latencies.whole;
  }

  began(): void {
    this.underWay++;
  }

  ended(): void {
    this.underWay--;
  }

  answered(stream: boolean, ms: number): void {
    this.failures = 0;
    this.restsUntil = 0;
    this.latency(stream).observe(ms, performance.now());
  }

  /** @returns whether it rests from now on */
  failed(
    now: number,
    { failures, duration }: { readonly failures: number; readonly duration: number },
  ): boolean {
    for (const latency of Object.values(this.latencies)) latency.failed(performance.now());
    this.failures++;
    if (this.failures < failures) return false;
    this.failures = 0;
    this.restsUntil = now + duration * 1_000;
    return true;
  }
}

/** One that may answer for a model. */
export interface AiTarget {
  readonly provider: Provider;
  /** As the provider names it. */
  readonly model: string;
  readonly weight: number;
  /** What it costs; undefined: what the table of prices says. */
  readonly price?: Price | undefined;
  /** By what a service tier multiplies it. */
  readonly tiers?: Readonly<Record<string, number>> | undefined;
  readonly timeouts: Provider['timeouts'];
  /** Tokens; undefined: nobody knows. */
  readonly contextWindow: number | undefined;
  /** undefined: for all. */
  readonly isFor: ((asking: Asking) => boolean) | undefined;
  readonly health: TargetHealth;
}
