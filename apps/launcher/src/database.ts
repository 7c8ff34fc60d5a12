import { join } from 'node:path';
import pg from 'pg';
import { EmbeddedCluster } from './postgres.js';
import { describe, StartProblem } from './problem.js';

/** The PostgreSQL that the apps use. */
export interface Database {
  url: string;
  /** For the summary: what it is. */
  label: string;
  stop(): Promise<void>;
}

const CONNECT_TIMEOUT_MS = 5000;

/**
 * The server that DATABASE_URL names, checked; without one, our own in the data folder, started.
 * @throws StartProblem one line that names cause and setting
 */
export async function openDatabase(
  given: string | undefined,
  dataDir: string,
  root: string,
): Promise<Database> {
  if (given === undefined) return startEmbedded(dataDir, root);
  await check(given);
  return { url: given, label: 'DATABASE_URL', stop: async () => undefined };
}

async function startEmbedded(dataDir: string, root: string): Promise<Database> {
  const cluster = new EmbeddedCluster({ directory: join(dataDir, 'postgres'), root });
  await cluster.start();
  return { url: cluster.url(), label: 'embedded', stop: () => cluster.stop() };
}

async function check(url: string): Promise<void> {
  let client: pg.Client | undefined;
  try {
    client = new pg.Client({ connectionString: url, connectionTimeoutMillis: CONNECT_TIMEOUT_MS });
    client.on('error', () => undefined);
    await client.connect();
  } catch (error) {
    const reason = describe(error);
    throw new StartProblem(
      `DATABASE_URL can't be used: ${reason}. Correct it, or unset it to use the embedded PostgreSQL.`,
    );
  } finally {
    await client?.end().catch(() => undefined);
  }
}
