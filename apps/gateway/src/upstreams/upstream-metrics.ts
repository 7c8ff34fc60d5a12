import { Metrics } from '@gatehouse/observability';
import { Injectable } from '@nestjs/common';
import { Counter, Gauge } from 'prom-client';
import type { Target } from './targets/target.js';
import { Upstreams } from './upstreams.service.js';

/** More targets than these are counted together: a scrape stays small. */
const SERIES_MAX = 1_000;
const LABELS = ['upstream', 'target'] as const;

type Read = (target: Target) => number;

/** What targets count anyway, shown when somebody scrapes: calls pay nothing for it. */
@Injectable()
export class UpstreamMetrics {
  constructor(
    metrics: Metrics,
    private readonly upstreams: Upstreams,
  ) {
    const registers = [metrics.registry];
    const counter = (name: string, help: string, read: Read) => {
      const show = (each: Counter<(typeof LABELS)[number]>) => this.show(each, read);
      new Counter({
        name,
        help,
        labelNames: LABELS,
        registers,
        collect() {
          show(this as Counter<(typeof LABELS)[number]>);
        },
      });
    };
    const gauge = (name: string, help: string, read: Read) => {
      const show = (each: Gauge<(typeof LABELS)[number]>) => this.show(each, read);
      new Gauge({
        name,
        help,
        labelNames: LABELS,
        registers,
        collect() {
          show(this as Gauge<(typeof LABELS)[number]>);
        },
      });
    };
    counter('gateway_upstream_requests_total', 'Requests sent, tries among them', (one) => one.requests);
    counter(
      'gateway_upstream_errors_total',
      'Answers from 500 up, and requests that failed',
      (one) => one.errors,
    );
    counter('gateway_upstream_retries_total', 'Requests sent again', (one) => one.retries);
    counter(
      'gateway_upstream_ejections_total',
      'Times a target was left out for its failures',
      (one) => one.ejections,
    );
    gauge('gateway_upstream_up', 'Whether a target gets calls', (one) => Number(one.up));
    gauge('gateway_upstream_active', 'Requests under way', (one) => one.active);
    gauge('gateway_upstream_connections', 'Open connections', (one) => one.open);
    gauge('gateway_upstream_pending', 'Requests that wait for a connection', (one) => one.pending);
  }

  private show(metric: Counter<(typeof LABELS)[number]> | Gauge<(typeof LABELS)[number]>, read: Read): void {
    metric.reset();
    let series = 0;
    for (const { name: upstream, targets } of this.upstreams) {
      for (const target of targets.all) {
        const full = ++series > SERIES_MAX;
        metric.inc(full ? OTHER : { upstream, target: target.name }, read(target));
      }
    }
  }
}

const OTHER = { upstream: 'other', target: 'other' };
