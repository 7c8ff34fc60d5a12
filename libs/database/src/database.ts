import pg from 'pg';
import { DataSource, type DataSourceOptions, type EntitySchema } from 'typeorm';

const CONNECT_TIMEOUT_MS = 5_000;
const STATEMENT_TIMEOUT_MS = 15_000;
/** A server that hangs cannot end its statements itself. */
const QUERY_TIMEOUT_MS = 20_000;
/** The class of this product's advisory locks (`pg_advisory_lock(int, int)`): "GATE" in ASCII. */
export const LOCK_CLASS = 0x47415445;

type EntityClass = abstract new () => object;
type MigrationClass = new () => object;

export interface DatabaseSettings {
  readonly url: string;
  /** The app's own schema: `auth` or `gateway`. */
  readonly schema: string;
  readonly entities: (EntityClass | EntitySchema)[];
  readonly migrations: MigrationClass[];
  /** Connections this process may hold. Default 10. */
  readonly poolSize?: number;
}

/** What `TypeOrmModule.forRoot` and a `DataSource` take. */
export function dataSourceOptions(settings: DatabaseSettings) {
  return {
    type: 'postgres',
    url: settings.url,
    schema: settings.schema,
    entities: settings.entities,
    migrations: settings.migrations as never[],
    migrationsTableName: 'migration',
    migrationsTransactionMode: 'each',
    synchronize: false,
    installExtensions: false,
    logging: false,
    poolSize: settings.poolSize ?? 10,
    connectTimeoutMS: CONNECT_TIMEOUT_MS,
    applicationName: `gatehouse ${settings.schema}`,
    extra: { statement_timeout: STATEMENT_TIMEOUT_MS, query_timeout: QUERY_TIMEOUT_MS, keepAlive: true },
  } satisfies DataSourceOptions;
}

/**
 * Brings the schema up to date. Replicas that start together wait for the first one's advisory lock, then find
 * nothing left to do.
 * @throws DatabaseUnavailableError when the server does not answer or refuses the login
 */
export async function migrate(settings: DatabaseSettings): Promise<void> {
  await withLock(settings.url, settings.schema, async (client) => {
    await client.query(`CREATE SCHEMA IF NOT EXISTS ${pg.escapeIdentifier(settings.schema)}`);
    const source = new DataSource({
      ...dataSourceOptions({ ...settings, poolSize: 1 }),
      // A migration may rewrite a large table: no statement timeout.
      extra: {},
    });
    await source.initialize();
    try {
      await source.runMigrations();
    } finally {
      await source.destroy();
    }
  });
}

/** PostgreSQL cannot be used. The message names the cause and the setting. */
export class DatabaseUnavailableError extends Error {
  constructor(cause: unknown) {
    super(`DATABASE_URL: PostgreSQL cannot be used: ${reasonOf(cause)}`, { cause });
    this.name = 'DatabaseUnavailableError';
  }
}

function reasonOf(cause: unknown): string {
  if (cause instanceof AggregateError) return reasonOf(cause.errors[0]);
  return cause instanceof Error ? cause.message : String(cause);
}

async function connect(url: string): Promise<pg.Client> {
  const client = new pg.Client({ connectionString: url, connectionTimeoutMillis: CONNECT_TIMEOUT_MS });
  // Without a listener a lost connection would end the process.
  client.on('error', () => undefined);
  try {
    await client.connect();
  } catch (error) {
    throw new DatabaseUnavailableError(error);
  }
  return client;
}

async function withLock(
  url: string,
  name: string,
  work: (client: pg.Client) => Promise<void>,
): Promise<void> {
  const client = await connect(url);
  try {
    await client.query('SELECT pg_advisory_lock($1, hashtext($2))', [LOCK_CLASS, `migrate ${name}`]);
    await work(client);
  } finally {
    await client.end();
  }
}

/**
 * Holds an advisory lock for as long as this process lives, so that a second process on its own in-process store
 * (where codes and counters would be split in two) is noticed.
 * @returns what releases it, or undefined when another process holds it
 */
export async function holdProcessLock(url: string, name: string): Promise<(() => Promise<void>) | undefined> {
  const client = await connect(url);
  const { rows } = await client.query<{ held: boolean }>(
    'SELECT pg_try_advisory_lock($1, hashtext($2)) AS held',
    [LOCK_CLASS, `single process ${name}`],
  );
  if (rows[0]?.held) return () => client.end();
  await client.end();
  return undefined;
}
