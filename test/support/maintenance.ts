import pg from 'pg';

/** Every database of the tests is named gh_<second the run began>_<pid>_<rest>. */
const PREFIX = 'gh_';
const OLD_SECONDS = 6 * 3600;

/** The prefix of this run's databases. */
export function runPrefix(): string {
  const run = process.env.TEST_RUN_ID;
  if (run === undefined) throw new Error('TEST_RUN_ID is not set: the tests run under jest.config.json.');
  return `${PREFIX}${run}_`;
}

/** Runs SQL on the server that the tests use, over a connection of its own. */
export async function onServer<T>(url: string, work: (client: pg.Client) => Promise<T>): Promise<T> {
  const client = new pg.Client({ connectionString: url, connectionTimeoutMillis: 10_000 });
  try {
    await client.connect();
    return await work(client);
  } finally {
    await client.end();
  }
}

/** Drops a database with whatever is still connected to it. */
export async function dropDatabase(client: pg.Client, name: string): Promise<void> {
  await client.query(`DROP DATABASE IF EXISTS ${pg.escapeIdentifier(name)} WITH (FORCE)`);
}

export async function dropDatabasesOfRun(url: string): Promise<void> {
  await dropWhere(url, (name) => name.startsWith(runPrefix()));
}

/** What killed runs left behind. */
export async function dropOldDatabases(url: string): Promise<void> {
  const limit = Date.now() / 1000 - OLD_SECONDS;
  await dropWhere(url, (name) => Number(name.split('_')[1]) < limit);
}

async function dropWhere(url: string, matches: (name: string) => boolean): Promise<void> {
  await onServer(url, async (client) => {
    const query =
      "SELECT datname FROM pg_database WHERE starts_with(datname, $1) AND datname ~ '^gh_[0-9]+_[0-9]+_'";
    const { rows } = await client.query<{ datname: string }>(query, [PREFIX]);
    for (const { datname } of rows) if (matches(datname)) await dropDatabase(client, datname);
  });
}
