import { type FieldFault, Problem } from '@gatehouse/http';
import { Injectable } from '@nestjs/common';
import { CheckConfiguration } from './check-configuration.service.js';
import { ConfigEvents, type Author } from './config-events.service.js';
import { ConfigKinds } from './config-kinds.service.js';
import type { StoredConfiguration } from './config-row.js';
import { ConfigurationDraft, under } from './configuration-draft.js';
import { ConfigurationInForce } from './configuration-in-force.service.js';
import { ConfigurationSource } from './configuration-source.js';
import { ConfigurationStore } from './configuration-store.service.js';

/** Changes the configuration: one change at a time over all replicas, checked as a whole, and live when it is done. */
@Injectable()
export class ConfigurationChanges {
  constructor(
    private readonly store: ConfigurationStore,
    private readonly kinds: ConfigKinds,
    private readonly checks: CheckConfiguration,
    private readonly inForce: ConfigurationInForce,
    private readonly events: ConfigEvents,
    private readonly source: ConfigurationSource,
  ) {}

  /** The configuration as it is stored now, to be looked at. */
  async read(): Promise<ConfigurationDraft> {
    const stored = this.source.readOnly === undefined ? await this.store.read() : this.inForce.stored;
    return new ConfigurationDraft(stored, this.kinds);
  }

  /**
   * @param work changes the draft; what it throws ends the change
   * @param dryRun checks everything and changes nothing
   * @throws Problem 422 and 409 that name what cannot be
   */
  async change<Result>(
    author: Author,
    work: (draft: ConfigurationDraft) => Result,
    { dryRun = false } = {},
  ): Promise<Result> {
    if (this.source.readOnly !== undefined) return this.tryOut(work, dryRun, this.source.readOnly);
    const result = await this.store.alone(async (manager) => {
      const stored = await this.store.read(manager);
      const draft = new ConfigurationDraft(stored, this.kinds);
      const done = work(draft);
      this.demandUsable(stored, draft);
      if (dryRun || draft.changes.length === 0) return done;
      await this.store.write(manager, draft.rowChanges());
      await this.events.record(manager, author, draft.changes);
      return done;
    });
    if (!dryRun) await this.inForce.refresh();
    return result;
  }

  /** A file takes no changes; what one would do can be seen all the same. */
  private async tryOut<Result>(
    work: (draft: ConfigurationDraft) => Result,
    dryRun: boolean,
    reason: string,
  ): Promise<Result> {
    if (!dryRun) throw new Problem(405, reason, { headers: { allow: 'GET, HEAD' } });
    const draft = await this.read();
    const done = work(draft);
    this.demandUsable(this.inForce.stored, draft);
    return done;
  }

  private demandUsable(stored: StoredConfiguration, draft: ConfigurationDraft): void {
    draft.demandWellFormed();
    if (draft.changes.length === 0) return;
    const { configuration, faulty } = this.checks.check(draft.result());
    const own = draft.changes.flatMap(({ after, pointer }) =>
      under(pointer, (after && faulty.get(after)?.faults) ?? []),
    );
    if (own.length > 0)
      throw new Problem(422, 'Some members of the request cannot be used.', { errors: own });
    if (faulty.size > 0) this.demandNoneBroken(stored, draft);
    try {
      this.inForce.prepare(configuration);
    } catch (error) {
      throw new Problem(422, `The configuration cannot be used: ${(error as Error).message}`, {
        cause: error,
      });
    }
  }

  /** What was faulty before is no reason to refuse a change; what becomes so by it is. */
  private demandNoneBroken(stored: StoredConfiguration, draft: ConfigurationDraft): void {
    const before = this.checks.check(stored).faulty;
    const errors: FieldFault[] = [];
    for (const [row, { faults }] of this.checks.check(draft.result()).faulty) {
      if (before.has(row)) continue;
      const { singular } = this.kinds.get(row.kind);
      for (const { pointer, detail } of faults) {
        errors.push({ pointer: '', detail: `the ${singular} ${row.name} needs it: ${pointer} ${detail}` });
      }
    }
    if (errors.length > 0) throw new Problem(409, 'Other objects need it as it is.', { errors });
  }
}
