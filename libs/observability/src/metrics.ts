import { Injectable } from '@nestjs/common';
import {
  collectDefaultMetrics,
  Counter,
  type CounterConfiguration,
  Gauge,
  type GaugeConfiguration,
  Histogram,
  type HistogramConfiguration,
  Registry,
} from 'prom-client';

/** Upper bounds in seconds: fine where a proxied call or a token takes its time, coarse where it waits. */
const SECONDS = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30];

/** More combinations of method, route and status than these are counted together: a scrape stays small. */
const SERIES_MAX = 2_000;

type Observe = (seconds: number) => void;

/** What the app counts, for Prometheus. Modules make counters of their own by `counter`. */
@Injectable()
export class Metrics {
  readonly registry = new Registry();
  private readonly requests: Histogram;
  private readonly series = new Map<string, Observe>();

  /** @param app the value of the label `app` of every metric */
  constructor(app: string) {
    this.registry.setDefaultLabels({ app });
    collectDefaultMetrics({ register: this.registry });
    this.requests = new Histogram({
      name: 'http_server_request_duration_seconds',
      help: 'Time from the head of a request to the end of its answer',
      labelNames: ['method', 'route', 'status'],
      buckets: SECONDS,
      registers: [this.registry],
    });
  }

  /** A counter in this app's registry; its labels' values must come from a small set. */
  counter<Label extends string>(
    configuration: Omit<CounterConfiguration<Label>, 'registers'>,
  ): Counter<Label> {
    return new Counter({ ...configuration, registers: [this.registry] });
  }

  /** A gauge in this app's registry; its labels' values must come from a small set. */
  gauge<Label extends string>(configuration: Omit<GaugeConfiguration<Label>, 'registers'>): Gauge<Label> {
    return new Gauge({ ...configuration, registers: [this.registry] });
  }

  /** A histogram in this app's registry; its labels' values must come from a small set. */
  histogram<Label extends string>(
    configuration: Omit<HistogramConfiguration<Label>, 'registers'>,
  ): Histogram<Label> {
    return new Histogram({ ...configuration, registers: [this.registry] });
  }

  /** @param route the pattern that matched, never the path: paths have no bound */
  observeRequest(method: string, route: string, status: number, seconds: number): void {
    const key = `${method} ${route} ${status}`;
    const known = this.series.get(key);
    if (known) return known(seconds);
    const full = this.series.size >= SERIES_MAX;
    const child = full
      ? this.requests.labels('other', 'other', String(status))
      : this.requests.labels(method, route, String(status));
    if (!full) this.series.set(key, (value) => child.observe(value));
    child.observe(seconds);
  }
}
