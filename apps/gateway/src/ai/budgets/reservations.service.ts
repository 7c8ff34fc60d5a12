import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { Store, StoreFullError, StoreUnavailableError } from '@gatehouse/store';
import { Injectable, Logger } from '@nestjs/common';
import type { AiCallRecord } from '../records/ai-call-record.js';
import { AiUsageWriter } from '../records/ai-usage-writer.service.js';
import type { Amounts } from './amounts.js';
import type { Charge } from './budget.js';
import { RELEASE } from './recovery.scripts.js';
import { ALLOWED, NO_ROOM, RESERVE } from './reserve.script.js';
import { SETTLE } from './settle.script.js';

/** What a call may use, at the budgets that count it. */
export interface Reservation {
  readonly id: string;
  readonly charges: readonly Charge[];
  readonly amounts: Amounts;
  /** It was used already: no limit refuses it. */
  readonly isOwed?: boolean;
}

/** A level of a budget that was come to. */
export interface Reached {
  readonly charge: Charge;
  /** The highest level before, and now. */
  readonly before: number;
  readonly now: number;
  /** What is used, with what is reserved. */
  readonly used: number;
}

/** One slot of a Redis Cluster has all that budgets keep. */
export const PROCESSES = 'ai-budget:{ai}:processes';
export const reservationsOf = (process: string) => `ai-budget:{ai}:reservations:${process}`;

/** How long a process counts as alive that says nothing. */
export const LEASE_MS = 15_000;
/** How long reservations are kept where no process is left to see to them. */
export const KEPT_MS = 2 * 86_400_000;

/** For calls that end after their period. */
const GRACE_MS = 3_600_000;
/** Milliseconds before a settlement is tried again. Where none succeeds, the call is charged in full. */
const SETTLE_AGAIN_MS = [250, 1_000, 4_000, 15_000];
/** Beyond as many that wait for the store, the next are not tried again. */
const MAX_WAITING = 10_000;
/** Those that one run of a script takes. */
const RELEASED_AT_ONCE = 1_000;

/**
 * What is reserved for calls of this process. Each reservation stands in Redis under the name of the process until the call
 * is settled and its usage record is written, so that another process finds it if this one dies.
 */
@Injectable()
export class Reservations {
  /** What this process is called, in Redis. */
  readonly process: string = randomUUID();
  readonly key = reservationsOf(this.process);
  private readonly logger = new Logger('AI');
  /** Of calls of which one has come about, and not both. */
  private readonly halves = new Map<string, 'settled' | 'written'>();
  private released: string[] = [];
  private waiting = 0;

  constructor(
    private readonly store: Store,
    private readonly usage: AiUsageWriter,
  ) {
    // Nobody else could find them: there is nothing to be released.
    if (!store.distributed) return;
    usage.onKept((records) => {
      for (const { reservation } of records) if (reservation) this.half(reservation, 'written');
      void this.release();
    });
  }

  /**
   * @param record what is known of the call: what is told of it where nobody settles it
   * @returns the index of the charge whose budget does not allow it; undefined where all do
   * @throws StoreUnavailableError
   */
  async make(
    { id, charges, amounts, isOwed }: Reservation,
    record: AiCallRecord,
  ): Promise<number | undefined> {
    // What is no number passes every limit.
    if (!Object.values(amounts).every(Number.isFinite)) throw new Error('What a call may use is no number');
    const now = Date.now();
    const args = charges.flatMap(({ budget, period, subject }) => [
      amounts[budget.definition.unit],
      isOwed ? Number.MAX_SAFE_INTEGER : budget.limit,
      Math.max(1, period.endsAt - now) + GRACE_MS,
      subject,
    ]);
    const kept = this.store.distributed ? JSON.stringify(record) : '';
    const outcome = await this.store.run(
      RESERVE,
      [this.key, PROCESSES, ...charges.flatMap(({ key, holdersKey }) => [key, holdersKey])],
      [id, kept, this.process, LEASE_MS, KEPT_MS, ...args],
    );
    if (outcome === NO_ROOM) throw new StoreFullError('it keeps no more counters');
    return outcome === ALLOWED ? undefined : outcome;
  }

  /** @returns the levels that were come to by this; undefined where it stays charged in full */
  async settle(
    { id, charges, amounts }: Reservation,
    used: Amounts,
    record: AiCallRecord,
  ): Promise<Reached[] | undefined> {
    const keys = [this.key, ...charges.map(({ key }) => key)];
    const args = charges.flatMap(({ budget: { definition, levels } }) => [
      used[definition.unit],
      amounts[definition.unit],
      levels.join(','),
    ]);
    const hasRecord = this.store.distributed && !this.usage.off;
    try {
      const reached = await this.insist(keys, [id, hasRecord ? JSON.stringify(record) : '', ...args]);
      return reached && reachedOf(reached, charges);
    } finally {
      if (hasRecord) this.half(id, 'settled');
    }
  }

  /** Those of a process that has died are settled: they have only to be written. */
  adopted(ids: readonly string[]): void {
    if (this.usage.off) this.released.push(...ids);
    else for (const id of ids) this.half(id, 'settled');
  }

  /** Nobody need find them any more. What does not succeed is done again with the next. */
  async release(): Promise<void> {
    while (this.released.length > 0) {
      const ids = this.released.splice(0, RELEASED_AT_ONCE);
      try {
        await this.store.run(RELEASE, [this.key], ids);
      } catch {
        this.released.push(...ids);
        return;
      }
    }
  }

  /** A settlement that did arrive is not made twice: the reservation is settled then. */
  private async insist(keys: string[], args: (string | number)[]): Promise<number[] | undefined> {
    for (const pause of [0, ...SETTLE_AGAIN_MS]) {
      if (pause > 0 && !(await this.waits(pause))) return undefined;
      try {
        return await this.store.run(SETTLE, keys, args);
      } catch (error) {
        if (error instanceof StoreUnavailableError) continue;
        this.logger.error(error);
        return undefined;
      }
    }
    return undefined;
  }

  /** @returns false where too many wait already */
  private async waits(ms: number): Promise<boolean> {
    if (this.waiting >= MAX_WAITING) return false;
    this.waiting++;
    await sleep(ms, undefined, { ref: false });
    this.waiting--;
    return true;
  }

  private half(id: string, half: 'settled' | 'written'): void {
    const other = this.halves.get(id);
    if (other === undefined || other === half) this.halves.set(id, half);
    else {
      this.halves.delete(id);
      this.released.push(id);
    }
  }
}

function reachedOf(reply: readonly number[], charges: readonly Charge[]): Reached[] {
  const reached: Reached[] = [];
  for (let i = 0; i < reply.length; i += 4) {
    const [index, before, now, used] = reply.slice(i) as [number, number, number, number];
    reached.push({ charge: charges[index]!, before, now, used });
  }
  return reached;
}
