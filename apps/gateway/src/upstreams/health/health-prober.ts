import type { HealthCheckDefinition } from '../resilience-definition.js';
import type { Wire } from '../targets/wire.js';
import type { Transport, Witness } from '../transport/transport.js';

/** What a prober knows of its target, and changes. */
export interface Patient {
  well: boolean | undefined;
  reason: string | undefined;
  upSince: number;
  readonly ejectedUntil: number;
}

const NOBODY: Witness = {
  timed: false,
  answered: () => undefined,
  failed: () => undefined,
  ended: () => undefined,
};
const DONE = new Error('the head was enough');

/** Asks one target again and again, over a connection of its own, whether it is well. */
export class HealthProber {
  readonly key: string;
  private readonly transport: Transport;
  private timer: NodeJS.Timeout | undefined;
  private good = 0;
  private bad = 0;
  private stopped = false;

  /** @param changed called when the target is well again, or no longer */
  constructor(
    private readonly settings: HealthCheckDefinition,
    private readonly target: Patient,
    wire: Wire,
    private readonly changed: () => void,
  ) {
    this.key = HealthProber.keyOf(settings, wire);
    this.transport = wire.probe(settings.timeout * 1_000, settings.interval * 2_000, NOBODY);
    // Not all at once, and the first ones soon.
    this.timer = setTimeout(
      () => this.ask(),
      Math.random() * Math.min(200, settings.interval * 1_000),
    ).unref();
  }

  /** The same for what needs no other prober. */
  static keyOf(settings: HealthCheckDefinition, wire: Wire): string {
    return JSON.stringify([settings, wire.key]);
  }

  stop(): void {
    this.stopped = true;
    clearTimeout(this.timer);
    this.transport.close();
  }

  private ask(): void {
    const { path, timeout } = this.settings;
    let cancel: ((reason: Error) => void) | undefined;
    let settled = false;
    const settle = (fault: string | undefined) => {
      if (settled) return;
      settled = true;
      clearTimeout(late);
      this.note(fault);
    };
    const late = setTimeout(() => {
      settle(`no answer within ${timeout} s`);
      cancel?.(DONE);
    }, timeout * 1_000).unref();
    const headers = ['user-agent', 'Gatehouse-Health-Check'];
    this.transport.send({ method: 'GET', headers, body: null }, path, {
      onStart: (given) => (cancel = given),
      onHead: (status) => {
        settle(this.isGood(status) ? undefined : `answered ${status}`);
        return true;
      },
      onData: () => {
        // The body of a health page is short; of any other one nothing is needed.
        cancel?.(DONE);
        return true;
      },
      onEnd: () => undefined,
      onError: (error) => settle(error.message || (error as NodeJS.ErrnoException).code),
    });
  }

  private isGood(status: number): boolean {
    return this.settings.statuses ? this.settings.statuses.includes(status) : status < 400;
  }

  private note(fault: string | undefined): void {
    if (this.stopped) return;
    const { interval, jitter, healthy_after, unhealthy_after } = this.settings;
    const ms = interval * 1_000 * (1 + jitter * (Math.random() - 0.5) * 2);
    this.timer = setTimeout(() => this.ask(), ms).unref();
    this.good = fault === undefined ? this.good + 1 : 0;
    this.bad = fault === undefined ? 0 : this.bad + 1;
    // Of a target that nobody asked before, one answer is enough to know.
    if (this.good >= healthy_after || (this.good > 0 && this.target.well === undefined))
      this.become(true, undefined);
    else if (this.bad >= unhealthy_after) this.become(false, fault);
  }

  private become(well: boolean, reason: string | undefined): void {
    const { target } = this;
    const was = target.well;
    target.well = well;
    if (!well || target.ejectedUntil === 0) target.reason = reason;
    if (was === well || (was === undefined && well)) return;
    if (well) target.upSince = Date.now();
    this.changed();
  }
}
