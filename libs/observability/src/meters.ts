import { Injectable } from '@nestjs/common';
import { createNoopMeter, type Meter } from '@opentelemetry/api';

/** Metrics for an OpenTelemetry collector, beside those for Prometheus; while there is none, nothing is recorded. */
@Injectable()
export class Meters {
  /** Instruments are made of it once the app has started. */
  meter: Meter = createNoopMeter();

  /** Called once a collector is known. */
  start(meter: Meter): void {
    this.meter = meter;
  }
}
