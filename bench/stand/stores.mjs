import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { once } from 'node:events';
import { connect } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { OTHER_CORE } from './cores.mjs';
import { freePort, lastLines, StandError } from './stand.mjs';

const REDIS_READY_MS = 5_000;

/** A PostgreSQL of the bench's own, durable as in production. It inherits the core of the bench. */
export async function startPostgres(stand, root) {
  const built = join(root, 'dist', 'apps', 'launcher', 'src', 'postgres.js');
  const { EmbeddedCluster } = await import(pathToFileURL(built).href);
  const cluster = new EmbeddedCluster({ directory: join(stand.directory, 'postgres'), root });
  stand.atStop(() => cluster.stop());
  await cluster.start();
  return cluster.url();
}

/** A Redis of the bench's own, without persistence. */
export async function startRedis(stand) {
  const port = await freePort();
  const settings = { port, bind: '127.0.0.1', save: '', appendonly: 'no', dir: stand.directory };
  const args = Object.entries(settings).flatMap(([name, value]) => [`--${name}`, String(value)]);
  const redis = stand.start('redis', ['redis-server', ...args], { core: OTHER_CORE });
  const deadline = performance.now() + REDIS_READY_MS;
  while (!(await accepts(port))) {
    if (performance.now() > deadline)
      throw new StandError(`redis-server does not start: ${lastLines(redis)}`);
    await sleep(20);
  }
  return `redis://127.0.0.1:${port}/0`;
}

async function accepts(port) {
  const socket = connect(port, '127.0.0.1');
  try {
    await once(socket, 'connect');
    return true;
  } catch {
    return false;
  } finally {
    socket.destroy();
  }
}
