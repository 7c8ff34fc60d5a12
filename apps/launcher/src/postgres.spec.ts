import { execFileSync } from 'node:child_process';
import {
  chmodSync,
  chownSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { transformFileSync } from '@swc/core';
import pg from 'pg';
import { EmbeddedCluster } from './postgres.js';
import { commandLine, isRunning, identify } from './processes.js';

let folder: string;
let directory: string;
const started: EmbeddedCluster[] = [];

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'gatehouse-cluster-'));
  chmodSync(folder, 0o755);
  directory = join(folder, 'postgres');
});

afterEach(async () => {
  for (const cluster of started.splice(0)) await cluster.stop();
  rmSync(folder, { recursive: true, force: true });
});

function cluster(durable = false): EmbeddedCluster {
  const made = new EmbeddedCluster({ directory, durable });
  started.push(made);
  return made;
}

async function query<T extends pg.QueryResultRow>(url: string, sql: string): Promise<T[]> {
  const client = new pg.Client({ connectionString: url });
  client.on('error', () => undefined);
  await client.connect();
  try {
    return (await client.query<T>(sql)).rows;
  } finally {
    await client.end();
  }
}

const pidFile = () => join(directory, 'postmaster.pid');

describe('EmbeddedCluster', () => {
  it('makes a cluster, and finds its data again after a stop', async () => {
    const first = cluster();
    await first.start();
    await query(first.url(), 'CREATE TABLE kept AS SELECT 7 AS value');
    await first.stop();
    expect(first.pid).toBeUndefined();
    const second = cluster();
    await second.start();
    expect(await query(second.url(), 'SELECT value FROM kept')).toEqual([{ value: 7 }]);
  });

  it('keeps its password private, and accepts nothing else', async () => {
    const running = cluster();
    await running.start();
    const { mode } = statSync(`${directory}.password`);
    expect(mode & 0o777).toBe(0o600);
    const url = new URL(running.url());
    url.password = 'wrong';
    await expect(query(url.href, 'SELECT 1')).rejects.toThrow('password authentication failed');
  });

  it('waits for the disk, unless its data may be lost', async () => {
    const running = cluster(true);
    await running.start();
    expect(await query(running.url(), 'SHOW fsync')).toEqual([{ fsync: 'on' }]);
    await running.stop();
    const careless = cluster();
    await careless.start();
    expect(await query(careless.url(), 'SHOW fsync')).toEqual([{ fsync: 'off' }]);
  });

  it('recovers what was committed before a kill -9 of the server', async () => {
    const killed = cluster(true);
    await killed.start();
    await query(killed.url(), 'CREATE TABLE kept AS SELECT 8 AS value');
    const server = identify(killed.pid ?? 0);
    process.kill(killed.pid ?? 0, 'SIGKILL');
    while (server && isRunning(server)) await new Promise((resolve) => setTimeout(resolve, 10));
    expect(existsSync(pidFile())).toBe(true);
    const next = cluster(true);
    await next.start();
    expect(await query(next.url(), 'SELECT value FROM kept')).toEqual([{ value: 8 }]);
  });

  it('replaces a server that a killed launcher left running', async () => {
    const left = cluster();
    await left.start();
    const before = left.pid;
    const next = cluster();
    await next.start();
    expect(next.pid).not.toBe(before);
    expect(await query(next.url(), 'SELECT 1 AS one')).toEqual([{ one: 1 }]);
  });

  it('is not deceived by a stale pid file whose number belongs to another process now', async () => {
    const first = cluster();
    await first.start();
    await first.stop();
    expect(commandLine(process.pid)).not.toContain(directory);
    writeFileSync(pidFile(), `${process.pid}\n${directory}\n0\n5432\n\n127.0.0.1\n`);
    const next = cluster();
    await next.start();
    expect(await query(next.url(), 'SELECT 1 AS one')).toEqual([{ one: 1 }]);
  });

  it('starts afresh when initdb was killed half-way', async () => {
    mkdirSync(`${directory}.new-0badcafe`);
    writeFileSync(join(`${directory}.new-0badcafe`, 'PG_VERSION'), '18\n');
    const next = cluster();
    await next.start();
    expect(readdirSync(folder).sort()).toEqual(['postgres', 'postgres.password']);
  });

  it('attaches to a running server', async () => {
    const running = cluster();
    expect(running.attach()).toBe(false);
    await running.start();
    const other = cluster();
    expect(other.attach()).toBe(true);
    expect(other.url()).toBe(running.url());
  });

  it('says in one line when a newer or older PostgreSQL made the data', async () => {
    mkdirSync(directory);
    writeFileSync(join(directory, 'PG_VERSION'), '14\n');
    await expect(cluster().start()).rejects.toThrow(/made by PostgreSQL 14, .*GATEHOUSE_DATA_DIR/);
  });

  it('says in one line when its password is lost', async () => {
    const first = cluster();
    await first.start();
    const password = readFileSync(`${directory}.password`, 'utf8');
    await first.stop();
    rmSync(`${directory}.password`);
    await expect(cluster().start()).rejects.toThrow(/postgres\.password is gone/);
    writeFileSync(`${directory}.password`, password);
  });
});

describe('the user that PostgreSQL runs as', () => {
  const asRoot = process.getuid?.() === 0;

  it('is never root', async () => {
    const running = cluster();
    await running.start();
    const owner = statSync(directory).uid;
    expect(owner).not.toBe(0);
    if (!asRoot) expect(owner).toBe(process.getuid?.());
  });

  it('is whoever starts it, when that is an ordinary user', () => {
    const { uid, gid } = asRoot
      ? { uid: 65534, gid: 65534 }
      : { uid: process.getuid?.(), gid: process.getgid?.() };
    if (uid !== undefined && gid !== undefined && asRoot) chownSync(folder, uid, gid);
    compileTo(join(folder, 'build'));
    const script = `
      import { EmbeddedCluster } from './postgres.js';
      const cluster = new EmbeddedCluster({ directory: ${JSON.stringify(directory)}, root: ${JSON.stringify(process.cwd())}, durable: false });
      await cluster.start();
      console.log(new URL(cluster.url()).pathname);
      await cluster.stop();`;
    const args = ['--input-type=module', '-e', script];
    const output = execFileSync(process.execPath, args, {
      uid,
      gid,
      cwd: join(folder, 'build'),
      encoding: 'utf8',
    });
    expect(output.trim()).toBe('/gatehouse');
    expect(statSync(directory).uid).toBe(uid);
  });

  it('is named with the folder that keeps it out, and the fix', async () => {
    // Only root's PostgreSQL runs as somebody else, who may be kept out.
    const closed = join(folder, 'closed');
    mkdirSync(closed, { mode: 0o700 });
    directory = join(closed, 'data', 'postgres');
    const start = cluster().start();
    if (asRoot) await expect(start).rejects.toThrow(`chmod o+x ${closed}`);
    else await expect(start).resolves.toBeUndefined();
  });
});

/** The sources as plain modules, for a process that jest doesn't run. */
function compileTo(target: string): void {
  mkdirSync(target);
  writeFileSync(join(target, 'package.json'), '{"type":"module"}');
  symlinkSync(join(process.cwd(), 'node_modules'), join(target, 'node_modules'));
  const sources = readdirSync(__dirname).filter((name) => name.endsWith('.ts') && !name.endsWith('.spec.ts'));
  for (const name of sources) {
    const { code } = transformFileSync(join(__dirname, name), { module: { type: 'es6' }, swcrc: true });
    writeFileSync(join(target, name.replace(/\.ts$/, '.js')), code);
  }
}
