import pg from 'pg';
import { type DataSource, type EntityTarget, type ObjectLiteral, QueryFailedError } from 'typeorm';

/** A statement of the hot path; `name` is its own in the whole app. */
export interface Statement<Row> {
  readonly name: string;
  readonly text: string;
  /** For the type checker alone. */
  readonly row?: Row;
}

/**
 * The short way to PostgreSQL, for what runs at every request: the pool that TypeORM's driver holds, with its timeouts,
 * and prepared statements, which each connection parses and plans once. Everything else goes through TypeORM.
 */
export class Statements {
  private readonly columns = new Map<EntityTarget<ObjectLiteral>, string>();

  constructor(private readonly source: DataSource) {}

  /** @throws QueryFailedError where PostgreSQL refuses it, as TypeORM would */
  async run<Row>({ name, text }: Statement<Row>, values: unknown[]): Promise<Row[]> {
    try {
      const { rows } = await poolOf(this.source).query({ name, text, values });
      return rows as Row[];
    } catch (error) {
      throw error instanceof pg.DatabaseError ? new QueryFailedError(text, values, error) : error;
    }
  }

  /** The columns of an entity under the names of its members, for a SELECT. */
  columnsOf(entity: EntityTarget<ObjectLiteral>): string {
    const known = this.columns.get(entity);
    if (known !== undefined) return known;
    const { columns } = this.source.getMetadata(entity);
    const named = columns.map(({ databaseName, propertyName }) => `"${databaseName}" AS "${propertyName}"`);
    this.columns.set(entity, named.join(', '));
    return named.join(', ');
  }
}

function poolOf({ driver }: DataSource): pg.Pool {
  return (driver as unknown as { master: pg.Pool }).master;
}
