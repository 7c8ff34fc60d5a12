import { LOCK_CLASS } from '@gatehouse/database';
import { Injectable } from '@nestjs/common';
import { InjectDataSource } from '@nestjs/typeorm';
import { DataSource, type EntityManager } from 'typeorm';
import type { ConfigRow, StoredConfiguration } from './config-row.js';
import type { ConfigurationSource } from './configuration-source.js';

/** Half a row: what is known of it already is not read again. */
interface ReadRow {
  readonly version: string;
  readonly id: string | null;
  readonly kind: string;
  readonly name: string;
  readonly definition: unknown;
  readonly created_at: Date;
  readonly updated_at: Date;
  readonly written: string;
}

interface KnownRow {
  readonly written: string;
  readonly row: ConfigRow;
}

/** A change of the stored configuration. */
export interface RowChanges {
  readonly added: readonly ConfigRow[];
  readonly replaced: readonly ConfigRow[];
  readonly removed: readonly ConfigRow[];
}

/** The configuration in PostgreSQL: all of its SQL. */
@Injectable()
export class ConfigurationStore implements ConfigurationSource {
  readonly readOnly = undefined;
  private known: ReadonlyMap<string, KnownRow> = new Map();

  constructor(@InjectDataSource() private readonly database: DataSource) {}

  async version(): Promise<string> {
    const [row] = await this.database.query<{ version: string }[]>(
      'SELECT version FROM gateway.config_version',
    );
    return row!.version;
  }

  /**
   * Everything as of one moment, by one statement. `xmin`, the transaction that wrote a row, tells whether it is known,
   * whoever wrote it.
   */
  async read(manager: EntityManager = this.database.manager): Promise<StoredConfiguration> {
    // Another read may change what is known while the statement is under way.
    const { known } = this;
    const written = Object.fromEntries([...known].map(([id, one]) => [id, one.written]));
    const read = await manager.query<ReadRow[]>(
      `SELECT v.version, o.id, o.kind, o.name, o.created_at, o.updated_at, o.xmin::text AS written,
         CASE WHEN $1::jsonb ->> o.id::text = o.xmin::text THEN NULL ELSE o.definition END AS definition
       FROM gateway.config_version v LEFT JOIN gateway.config_object o ON true
       ORDER BY o.kind COLLATE "C", o.name COLLATE "C"`,
      [JSON.stringify(written)],
    );
    const rows = read.filter(({ id }) => id !== null).map((one) => rowOf(one, known));
    this.known = new Map(rows.map((one) => [one.row.id, one]));
    return { version: read[0]!.version, rows: rows.map(({ row }) => row) };
  }

  /** A row as the last read found it. */
  lastRead(id: string): ConfigRow | undefined {
    return this.known.get(id)?.row;
  }

  /**
   * Does some work while nobody else, on any replica, changes the configuration.
   * @param work reads by the manager; it writes what it likes in the same transaction
   */
  alone<Result>(work: (manager: EntityManager) => Promise<Result>): Promise<Result> {
    return this.database.transaction(async (manager) => {
      await manager.query("SELECT pg_advisory_xact_lock($1, hashtext('gateway configuration'))", [
        LOCK_CLASS,
      ]);
      return work(manager);
    });
  }

  /** Writes the changes and raises the version, by which every replica learns of them. */
  async write(manager: EntityManager, { added, replaced, removed }: RowChanges): Promise<void> {
    const [[raised]] = await manager.query<[[{ version: string }], number]>(
      'UPDATE gateway.config_version SET version = version + 1 RETURNING version',
    );
    const values = (rows: readonly ConfigRow[]) => [JSON.stringify(rows), raised.version];
    if (removed.length > 0) {
      await manager.query('DELETE FROM gateway.config_object WHERE id = ANY($1)', [
        removed.map(({ id }) => id),
      ]);
    }
    if (replaced.length > 0) {
      await manager.query(
        `UPDATE gateway.config_object AS o SET name = n.name, definition = n.definition, version = $2, updated_at = now()
         FROM json_to_recordset($1) AS n (id uuid, name text, definition jsonb) WHERE o.id = n.id`,
        values(replaced),
      );
    }
    if (added.length > 0) {
      await manager.query(
        `INSERT INTO gateway.config_object (id, kind, name, definition, version)
         SELECT id, kind, name, definition, $2 FROM json_to_recordset($1) AS n (id uuid, kind text, name text, definition jsonb)`,
        values(added),
      );
    }
  }
}

function rowOf(one: ReadRow, known: ReadonlyMap<string, KnownRow>): KnownRow {
  const { kind, name, definition, created_at: createdAt, updated_at: updatedAt, written } = one;
  const id = one.id!;
  const before = known.get(id);
  if (before?.written === written) return before;
  return { written, row: { id, kind, name, definition, createdAt, updatedAt } };
}
