import { randomUUID } from 'node:crypto';
import { type Store, StoreFullError } from '@gatehouse/store';
import { chargeArguments, CONSUME, NO_ROOM, readConsumption, replyLength } from './consume.script.js';
import { Leases } from './leases.js';
import type { Consumption, Limit } from './limit.js';

/** Charges of one run of the script: it holds up everything else on a Redis server while it runs. */
const MAX_CHARGES = 256;

/** This process in the leases of all limits. */
const PROCESS = randomUUID().replaceAll('-', '').slice(0, 16);

interface Waiting {
  readonly resolve: (consumption: Consumption) => void;
  readonly reject: (error: unknown) => void;
}

/** Requests that have all their limits in common. */
interface Charge {
  readonly limits: readonly Limit[];
  /** 1: they are counted; 0: they only look; -1: they are given back. */
  readonly sign: -1 | 0 | 1;
  readonly waiting: Waiting[];
}

/**
 * Gathers the requests of one turn of the event loop, so that they cost one command, not one each; while a command is
 * under way the next one is gathered. One of these for each slot of a Redis Cluster.
 */
export class Charges {
  private charges: Charge[] = [];
  private readonly byKey = new Map<string, Charge>();
  private readonly leases = new Leases(() => this.schedule());
  private scheduled = false;

  constructor(
    private readonly store: Store,
    private readonly onIdle: () => void,
    private readonly process = PROCESS,
  ) {}

  add(limits: readonly Limit[], sign: Charge['sign'] = 1): Promise<Consumption> {
    return new Promise((resolve, reject) => {
      this.chargeOf(limits, sign).waiting.push({ resolve, reject });
      this.schedule();
    });
  }

  private schedule(): void {
    if (this.scheduled) return;
    this.scheduled = true;
    setImmediate(() => void this.flush());
  }

  private chargeOf(limits: readonly Limit[], sign: Charge['sign']): Charge {
    const { key } = limits[0]!;
    const known = this.byKey.get(key);
    if (known && known.sign === sign && sameLimits(known.limits, limits)) return known;
    const charge: Charge = { limits, sign, waiting: [] };
    this.charges.push(charge);
    this.byKey.set(key, charge);
    return charge;
  }

  private async flush(): Promise<void> {
    let answered = true;
    while (this.charges.length > 0 || (answered && this.leases.someDue)) {
      const batch = this.charges.splice(0, MAX_CHARGES);
      this.byKey.clear();
      answered = await this.run(batch);
    }
    this.scheduled = false;
    if (this.leases.idle) this.onIdle();
  }

  /** @returns whether the store answered */
  private async run(batch: readonly Charge[]): Promise<boolean> {
    const reports = this.leases.takeDue(MAX_CHARGES);
    const keys = reports.map(([key]) => key);
    const args: (string | number)[] = [this.process, reports.length];
    for (const [, held] of reports) args.push(held);
    for (const { limits, sign, waiting } of batch) {
      for (const { key } of limits) keys.push(key);
      chargeArguments(limits, sign * waiting.length, args);
    }
    try {
      const reply = await this.store.run(CONSUME, keys, args);
      this.leases.told(reports);
      this.answer(batch, reply);
      return true;
    } catch (error) {
      for (const { limits } of batch) this.leases.doubt(limits);
      this.leases.untold(reports);
      for (const { waiting } of batch) for (const one of waiting) one.reject(error);
      return false;
    }
  }

  private answer(batch: readonly Charge[], reply: readonly number[]): void {
    let at = 0;
    for (const charge of batch) {
      if (reply[at + 1] === NO_ROOM) refuse(charge);
      else this.answerCharge(charge, reply, at);
      at += replyLength(charge.limits);
    }
  }

  private answerCharge({ limits, sign, waiting }: Charge, reply: readonly number[], at: number): void {
    for (let turn = 0; turn < waiting.length; turn++) {
      const consumption = readConsumption(limits, reply, at, turn);
      if (sign === 1 && !consumption.refusedBy) consumption.release = this.leases.hold(limits);
      waiting[turn]!.resolve(consumption);
    }
  }
}

function refuse({ waiting }: Charge): void {
  for (const one of waiting) one.reject(new StoreFullError('it keeps no more counters'));
}

function sameLimits(some: readonly Limit[], others: readonly Limit[]): boolean {
  if (some.length !== others.length) return false;
  for (let i = 0; i < some.length; i++) if (!sameLimit(some[i]!, others[i]!)) return false;
  return true;
}

function sameLimit(one: Limit, other: Limit): boolean {
  if (one === other) return true;
  return (
    one.key === other.key &&
    one.algorithm === other.algorithm &&
    one.limit === other.limit &&
    one.windowMs === other.windowMs &&
    one.cost === other.cost &&
    one.burst === other.burst &&
    one.endsAt === other.endsAt
  );
}
