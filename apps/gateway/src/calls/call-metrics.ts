import { Metrics } from '@gatehouse/observability';
import { Inject, Injectable } from '@nestjs/common';
import type { Counter } from 'prom-client';
import { CONFIG, type Config } from '../config.js';
import { type CallObserver, ObservesCalls } from './call-observer.js';
import type { Call } from './call.js';
import { methodLabel } from './method-label.js';

/** Counts calls for Prometheus, by method, route and status; their routes are bounded by the configuration. */
@Injectable()
@ObservesCalls('metrics')
export class CallMetrics implements CallObserver {
  readonly off: boolean;
  private readonly faults: Counter<'fault'>;
  private readonly bytes: Counter<'direction'>;

  constructor(
    private readonly metrics: Metrics,
    @Inject(CONFIG) { metricsPort }: Config,
  ) {
    this.off = metricsPort === undefined;
    this.faults = metrics.counter({
      name: 'gatehouse_call_faults_total',
      help: 'Calls that ended before an upstream had answered, by what ended them',
      labelNames: ['fault'],
    });
    this.bytes = metrics.counter({
      name: 'gatehouse_call_bytes_total',
      help: 'Bytes of bodies, from callers and to them',
      labelNames: ['direction'],
    });
  }

  finished(call: Call): void {
    const seconds = (performance.now() - call.startedAt) / 1_000;
    this.metrics.observeRequest(methodLabel(call.method), call.route?.name ?? 'none', call.status, seconds);
    if (call.fault !== undefined) this.faults.inc({ fault: call.fault });
    if (call.bytesIn > 0) this.bytes.inc({ direction: 'in' }, call.bytesIn);
    if (call.bytesOut > 0) this.bytes.inc({ direction: 'out' }, call.bytesOut);
  }
}
