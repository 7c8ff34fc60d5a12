import { randomUUID } from 'node:crypto';
import { isDeepStrictEqual } from 'node:util';
import { faultsOf, type FieldFault, Problem } from '@gatehouse/http';
import type { ConfigKinds } from './config-kinds.service.js';
import type { ConfigRow, StoredConfiguration } from './config-row.js';
import type { RowChanges } from './configuration-store.service.js';

/** What one change makes of an object; `undefined`: nothing, it is new or gone. */
export interface ObjectChange {
  readonly before: ConfigRow | undefined;
  readonly after: ConfigRow | undefined;
  /** Where the object stands in what was sent. */
  readonly pointer: string;
  /** For the answer to this write alone. */
  readonly shownOnce: object | undefined;
}

/** The configuration while it is changed: nobody else sees it. */
export class ConfigurationDraft {
  private readonly rows: Map<string, ConfigRow>;
  private readonly changed = new Map<string, ObjectChange>();
  private readonly faults: FieldFault[] = [];

  constructor(
    private readonly stored: StoredConfiguration,
    private readonly kinds: ConfigKinds,
    private readonly idOf: (kind: string, name: string) => string = () => randomUUID(),
  ) {
    this.rows = new Map(stored.rows.map((row) => [row.id, row]));
  }

  /** The objects of a kind by name. */
  of(kind: string): ConfigRow[] {
    return [...this.rows.values()].filter((row) => row.kind === kind);
  }

  /** @throws Problem 404 */
  get(kind: string, idOrName: string): ConfigRow {
    const byId = this.rows.get(idOrName.toLowerCase());
    const found = byId?.kind === kind ? byId : this.of(kind).find(({ name }) => name === idOrName);
    if (!found) throw new Problem(404, `There is no ${this.kinds.get(kind).singular} with this id or name.`);
    return found;
  }

  /**
   * Puts an object there, in the place of another one or as a new one. Its faults are told by `check`.
   * @param pointer where it stands in what was sent
   */
  put(kind: string, sent: unknown, before?: ConfigRow, pointer = ''): ObjectChange | undefined {
    const { schema, accept } = this.kinds.get(kind);
    const result = schema.safeParse(sent);
    if (!result.success) {
      this.faults.push(...under(pointer, faultsOf(result.error)));
      return undefined;
    }
    const known = before && schema.safeParse(before.definition);
    const { kept, shownOnce } = accept
      ? accept.call(this.kinds.get(kind), result.data, known?.data)
      : { kept: result.data, shownOnce: undefined };
    const { name } = result.data as { name: string };
    const now = new Date();
    const after = before
      ? replaced(before, name, kept, now)
      : added(this.idOf(kind, name), kind, name, kept, now);
    this.rows.set(after.id, after);
    const change = { before, after, pointer, shownOnce };
    if (after !== before) this.changed.set(after.id, change);
    return change;
  }

  /** Says what is wrong with what was sent; `demandWellFormed` throws it. */
  refuse(pointer: string, detail: string): void {
    this.faults.push({ pointer, detail });
  }

  remove(row: ConfigRow): ObjectChange {
    const change = { before: row, after: undefined, pointer: '', shownOnce: undefined };
    this.rows.delete(row.id);
    this.changed.set(row.id, change);
    return change;
  }

  get changes(): ObjectChange[] {
    return [...this.changed.values()];
  }

  /** @throws Problem 422 or 409 for what can be seen without the other objects */
  demandWellFormed(): void {
    if (this.faults.length > 0) {
      throw new Problem(422, 'Some members of the request cannot be used.', { errors: this.faults });
    }
    const named = new Map<string, number>();
    for (const row of this.rows.values()) named.set(keyOf(row), (named.get(keyOf(row)) ?? 0) + 1);
    const taken = this.changes.filter(({ after }) => after && named.get(keyOf(after))! > 1);
    if (taken.length === 0) return;
    const { singular } = this.kinds.get(taken[0]!.after!.kind);
    throw new Problem(409, `Another ${singular} has this name.`, {
      errors: taken.map(({ pointer }) => ({ pointer: `${pointer}/name`, detail: 'is taken' })),
    });
  }

  /** As it would be stored. */
  result(): StoredConfiguration {
    const rows = [...this.rows.values()].sort((a, b) => order(a.kind, b.kind) || order(a.name, b.name));
    return { version: `${this.stored.version} and changes`, rows };
  }

  rowChanges(): RowChanges {
    const { changes } = this;
    return {
      added: changes.flatMap(({ before, after }) => (!before && after ? [after] : [])),
      replaced: changes.flatMap(({ before, after }) => (before && after ? [after] : [])),
      removed: changes.flatMap(({ before, after }) => (before && !after ? [before] : [])),
    };
  }
}

function added(id: string, kind: string, name: string, definition: unknown, now: Date): ConfigRow {
  return { id, kind, name, definition: asStored(definition), createdAt: now, updatedAt: now };
}

function keyOf({ kind, name }: ConfigRow): string {
  return `${kind}/${name}`;
}

/** The very same row where nothing changes: writing what is there already is no change. */
function replaced(before: ConfigRow, name: string, sent: unknown, now: Date): ConfigRow {
  const definition = asStored(sent);
  if (before.name === name && isDeepStrictEqual(before.definition, definition)) return before;
  return { ...before, name, definition, updatedAt: now };
}

/** As JSON has it: without members that are undefined. */
function asStored(definition: unknown): unknown {
  return JSON.parse(JSON.stringify(definition)) as unknown;
}

export function under(pointer: string, faults: readonly FieldFault[]): FieldFault[] {
  return faults.map((fault) => ({ ...fault, pointer: `${pointer}${fault.pointer}` }));
}

function order(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
