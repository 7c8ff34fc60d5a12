import { faultsOf, type FieldFault } from '@gatehouse/http';
import { Injectable } from '@nestjs/common';
import type { ConfigKind, ConfigObject, Configuration } from './config-kind.js';
import { ConfigKinds } from './config-kinds.service.js';
import type { ConfigRow, StoredConfiguration } from './config-row.js';

/** A stored configuration, as far as it can be used. */
export interface CheckedConfiguration {
  /** Without what is faulty, or with what stands in for it. */
  readonly configuration: Configuration;
  readonly faulty: ReadonlyMap<ConfigRow, FaultyObject>;
}

export interface FaultyObject {
  readonly faults: readonly FieldFault[];
  /** Whether something stands in for it; else it is left out. */
  readonly replaced: boolean;
}

type Objects = Map<ConfigRow, ConfigObject>;

/** Tells what of a stored configuration can be used, and what is wrong with the rest. */
@Injectable()
export class CheckConfiguration {
  /** A row that did not change is not parsed again. */
  private readonly parsed = new WeakMap<ConfigRow, ConfigObject | readonly FieldFault[]>();
  private readonly standIns = new WeakMap<ConfigRow, ConfigObject>();

  constructor(private readonly kinds: ConfigKinds) {}

  check({ version, rows }: StoredConfiguration): CheckedConfiguration {
    const objects: Objects = new Map();
    const faulty = new Map<ConfigRow, FaultyObject>();
    const refuse = (row: ConfigRow, faults: readonly FieldFault[]) => {
      const other = this.standIn(row);
      if (other) objects.set(row, other);
      else objects.delete(row);
      faulty.set(row, { faults, replaced: other !== undefined });
    };
    for (const row of rows) {
      const kind = this.kinds.find(row.kind);
      // Of a module that is no longer there: kept in the database, for when it comes back.
      if (!kind) continue;
      const result = this.parse(row, kind);
      if (isObject(result)) objects.set(row, result);
      else refuse(row, result);
    }
    for (;;) {
      const configuration = new Snapshot(version, this.byKind(objects));
      const found = this.referencesThatFail(objects, faulty, configuration);
      if (found.length === 0) return { configuration, faulty };
      // What is left out may be what others name: they are looked at again.
      for (const [row, faults] of found) refuse(row, faults);
    }
  }

  private parse(row: ConfigRow, kind: ConfigKind): ConfigObject | readonly FieldFault[] {
    const known = this.parsed.get(row);
    if (known) return known;
    const result = kind.schema.safeParse(row.definition);
    const { id, name } = row;
    const parsed = result.success ? { id, name, definition: result.data } : faultsOf(result.error);
    this.parsed.set(row, parsed);
    return parsed;
  }

  private standIn(row: ConfigRow): ConfigObject | undefined {
    const known = this.standIns.get(row);
    if (known) return known;
    const { id, name } = row;
    const definition = this.kinds.find(row.kind)?.standIn?.(name, row.definition);
    if (definition === undefined) return undefined;
    const object = { id, name, definition };
    this.standIns.set(row, object);
    return object;
  }

  private referencesThatFail(
    objects: Objects,
    faulty: ReadonlyMap<ConfigRow, FaultyObject>,
    configuration: Configuration,
  ): [ConfigRow, readonly FieldFault[]][] {
    const found: [ConfigRow, readonly FieldFault[]][] = [];
    for (const [row, { definition }] of objects) {
      if (faulty.has(row)) continue;
      const faults = this.kinds.find(row.kind)!.faults?.(definition, configuration) ?? [];
      if (faults.length > 0) found.push([row, faults]);
    }
    return found;
  }

  private byKind(objects: Objects): Map<ConfigKind, Map<string, ConfigObject>> {
    const byKind = new Map(this.kinds.all().map(([, kind]) => [kind, new Map<string, ConfigObject>()]));
    for (const [row, object] of objects) byKind.get(this.kinds.find(row.kind)!)!.set(object.name, object);
    return byKind;
  }
}

class Snapshot implements Configuration {
  constructor(
    readonly version: string,
    private readonly objects: ReadonlyMap<ConfigKind, ReadonlyMap<string, ConfigObject>>,
  ) {}

  of<Definition>(kind: ConfigKind<Definition>): ReadonlyMap<string, ConfigObject<Definition>> {
    return (this.objects.get(kind as ConfigKind) ?? NONE) as ReadonlyMap<string, ConfigObject<Definition>>;
  }
}

const NONE: ReadonlyMap<string, ConfigObject> = new Map();

/** Before anything is loaded. */
export const NO_CONFIGURATION: Configuration = new Snapshot('', new Map());

function isObject(parsed: ConfigObject | readonly FieldFault[]): parsed is ConfigObject {
  return !Array.isArray(parsed);
}
