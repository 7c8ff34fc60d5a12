import { randomBytes } from 'node:crypto';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import pg from 'pg';
import { dropDatabase, onServer, runPrefix } from './maintenance.js';

/** A database of one suite's own. */
export interface TestDatabase {
  /** Connection URL. */
  url: string;
  drop(): Promise<void>;
  /** As if PostgreSQL were away: connections are ended, and new ones refused. */
  cutOff(): Promise<void>;
  restore(): Promise<void>;
}

const TEMPLATE_LOCK = 0x47417465;

/** A fresh database with both apps' schemas, cloned from a template that is migrated once per run. */
export async function createDatabase(): Promise<TestDatabase> {
  return clone(await template());
}

/** A fresh database with nothing in it. */
export async function createEmptyDatabase(): Promise<TestDatabase> {
  return clone('template0');
}

async function clone(source: string): Promise<TestDatabase> {
  const name = `${runPrefix()}${randomBytes(6).toString('hex')}`;
  await onServer(serverUrl(), (client) =>
    client.query(`CREATE DATABASE ${pg.escapeIdentifier(name)} TEMPLATE ${pg.escapeIdentifier(source)}`),
  );
  return {
    url: databaseUrl(name),
    cutOff: () =>
      onServer(serverUrl(), async (client) => {
        await client.query(`ALTER DATABASE ${pg.escapeIdentifier(name)} WITH ALLOW_CONNECTIONS false`);
        await client.query('SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = $1', [
          name,
        ]);
      }),
    restore: () =>
      onServer(serverUrl(), async (client) => {
        await client.query(`ALTER DATABASE ${pg.escapeIdentifier(name)} WITH ALLOW_CONNECTIONS true`);
      }),
    drop: () => onServer(serverUrl(), (client) => dropDatabase(client, name)),
  };
}

async function template(): Promise<string> {
  const name = `${runPrefix()}template`;
  await onServer(serverUrl(), async (client) => {
    // Suites run in several processes: the first one migrates, the others wait for it.
    await client.query('SELECT pg_advisory_lock($1)', [TEMPLATE_LOCK]);
    const { rowCount } = await client.query('SELECT 1 FROM pg_database WHERE datname = $1', [name]);
    if (rowCount === 0) await makeTemplate(client, name);
  });
  return name;
}

/** Under another name until it is migrated, so that a half-made template is never cloned. */
async function makeTemplate(client: pg.Client, name: string): Promise<void> {
  const draft = `${name}_draft`;
  await dropDatabase(client, draft);
  await client.query(`CREATE DATABASE ${pg.escapeIdentifier(draft)} TEMPLATE template0`);
  for (const migrate of await migrations()) await migrate(databaseUrl(draft));
  await client.query(`ALTER DATABASE ${pg.escapeIdentifier(draft)} RENAME TO ${pg.escapeIdentifier(name)}`);
}

type Migrate = (url: string) => Promise<void>;

async function migrations(): Promise<Migrate[]> {
  const found: Migrate[] = [];
  for (const [app, name] of [
    ['auth-server', 'migrateAuthServer'],
    ['gateway', 'migrateGateway'],
  ] as const) {
    if (!existsSync(join(process.cwd(), 'apps', app, 'src', 'database.ts'))) continue;
    const module = (await import(`../../apps/${app}/src/database`)) as Record<string, Migrate>;
    if (module[name] !== undefined) found.push(module[name]);
  }
  return found;
}

function serverUrl(): string {
  const url = process.env.TEST_DATABASE_URL_EFFECTIVE;
  if (url === undefined)
    throw new Error('TEST_DATABASE_URL_EFFECTIVE is not set: the tests run under jest.config.json.');
  return url;
}

function databaseUrl(name: string): string {
  const url = new URL(serverUrl());
  url.pathname = `/${name}`;
  return url.href;
}
