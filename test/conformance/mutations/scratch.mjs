// A scratch copy of the tree, in which tests run with and without mutations; the working tree is never touched.
import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import {
  copyFileSync,
  mkdirSync,
  readFileSync,
  realpathSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { dirname, join } from 'node:path';
import { mutate, outcomeOf } from './mutations.mjs';

const LIMIT_MS = 180_000;

export class ScratchTree {
  /** Copies what git knows of the tree in the working directory, and what it would add. */
  constructor(root, database) {
    this.root = root;
    this.database = database;
    const list = execFileSync('git', ['ls-files', '-z', '-co', '--exclude-standard'], { encoding: 'utf8' });
    for (const file of new Set(list.split('\0').filter(Boolean))) {
      mkdirSync(dirname(join(root, file)), { recursive: true });
      copyFileSync(file, join(root, file));
    }
    symlinkSync(realpathSync('node_modules'), join(root, 'node_modules'));
  }

  /** What became of some tests of one file. */
  async run(testFile, tests) {
    const result = await this.jest(testFile, tests);
    return tests.map((test) => outcomeOf(result, test));
  }

  /** What became of the test of a mutation while that is in place. */
  async runMutated(mutation) {
    const path = join(this.root, mutation.file);
    const source = readFileSync(path, 'utf8');
    writeFileSync(path, mutate(source, mutation));
    try {
      return (await this.run(mutation.testFile, [mutation.test]))[0];
    } finally {
      writeFileSync(path, source);
    }
  }

  async jest(testFile, tests) {
    const output = join(this.root, 'result.json');
    rmSync(output, { force: true });
    const names = `^(?:${tests.map(escape).join('|')})$`;
    const options = [testFile, '-t', names, '--maxWorkers=1', '--json', `--outputFile=${output}`];
    const child = spawn(process.execPath, ['node_modules/jest/bin/jest.js', ...options], {
      cwd: this.root,
      env: { ...cleanEnvironment(), TEST_DATABASE_URL: this.database },
      stdio: 'ignore',
      timeout: LIMIT_MS,
      killSignal: 'SIGKILL',
    });
    await once(child, 'close');
    try {
      return JSON.parse(readFileSync(output, 'utf8'));
    } catch {
      return { testResults: [{ assertionResults: [], message: 'Jest wrote no result' }] };
    }
  }
}

function escape(text) {
  return text.replace(/[\\^$.*+?()[\]{}|/]/g, '\\$&');
}

/** Two runs at once must not share a Redis. */
function cleanEnvironment() {
  const other = Object.entries(process.env).filter(([name]) => !/^(GATEHOUSE_|TEST_|JEST_)/.test(name));
  return Object.fromEntries(other);
}
