import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { Flow } from '../../../examples/demo-flow/src/flow.js';
import { silentReport } from '../../../examples/demo-flow/src/report.js';
import { STEPS } from '../../../examples/demo-flow/src/steps.js';
import { parseDemo } from '../../../examples/demo-flow/src/demo-file.js';
import { startApp } from '../../support/app.js';
import { startGatehouse } from '../../support/gatehouse.js';

const FOLDER = join(process.cwd(), 'test', 'e2e', 'packages');

function preload(file: string): string {
  return `--import ${pathToFileURL(join(FOLDER, file)).href}`;
}

/** What the user named, by the apps that need it. Jest is what runs this very file. */
const EVERYWHERE = [
  '@nestjs/common',
  '@nestjs/core',
  '@nestjs/throttler',
  '@nestjs/typeorm',
  'ioredis',
  'pg',
  'typeorm',
];
const AT_THE_GATEWAY = ['@nestjs/passport', 'passport-oauth2'];
const NEEDS = [
  ...EVERYWHERE.map((name) => ['auth-server', name] as const),
  ...[...EVERYWHERE, ...AT_THE_GATEWAY].map((name) => ['gateway', name] as const),
];

describe('a package taken out', () => {
  it.each(NEEDS)('%s does not start without %s', async (app, name) => {
    const env = {
      NODE_OPTIONS: preload('taken-out.mjs'),
      PACKAGE_TAKEN_OUT: name,
      // Nothing listens there: with the package in place the app would complain about this instead.
      DATABASE_URL: 'postgres://nobody@127.0.0.1:1/none',
    };
    await expect(startApp(app, env)).rejects.toThrow(`Cannot find package '${name}'`);
  });

  it('the demo web app does not start without passport-oauth2', async () => {
    const env = { NODE_OPTIONS: preload('taken-out.mjs'), PACKAGE_TAKEN_OUT: 'passport-oauth2' };
    await expect(startApp('demo-app', env)).rejects.toThrow("Cannot find package 'passport-oauth2'");
  });

  it('jest is what `npm test` runs, and what runs this', () => {
    const { scripts } = JSON.parse(readFileSync('package.json', 'utf8')) as {
      scripts: Record<string, string>;
    };
    expect(scripts.test).toMatch(/^jest\b/);
    expect(require.resolve('jest')).toContain('node_modules');
    expect(process.env.JEST_WORKER_ID).toBeDefined();
  });
});

describe('the work of each package in the main job', () => {
  const directory = mkdtempSync(join(tmpdir(), 'gatehouse-witness-'));
  let onRedis = false;

  beforeAll(async () => {
    const gatehouse = await startGatehouse({
      NODE_OPTIONS: preload('witness.mjs'),
      WITNESS_DIRECTORY: directory,
    });
    onRedis = gatehouse.redisUrl !== undefined;
    try {
      const flow = new Flow(parseDemo(gatehouse.demo()), silentReport);
      for (const { run } of STEPS) await run(flow);
    } finally {
      await gatehouse.stop();
    }
  });
  afterAll(() => rmSync(directory, { recursive: true, force: true }));

  function counted(app: string, what: string): number {
    const counts = JSON.parse(readFileSync(join(directory, `${app}.json`), 'utf8')) as Record<string, number>;
    return counts[what] ?? NaN;
  }

  it.each([
    // Two migrations and a seed aside, the flow registers, logs in, grants and revokes.
    ['auth-server', 'pg: queries sent', 50],
    ['gateway', 'pg: queries sent', 5],
    ['auth-server', 'typeorm: query runners made', 30],
    ['gateway', 'typeorm: query runners made', 2],
    ['auth-server', '@nestjs/typeorm: data sources given to Nest', 1],
    ['gateway', '@nestjs/typeorm: data sources given to Nest', 1],
    ['auth-server', '@nestjs/typeorm: repositories given to Nest', 1],
    ['gateway', '@nestjs/typeorm: repositories given to Nest', 1],
    ['auth-server', '@nestjs/core: applications created', 1],
    ['gateway', '@nestjs/core: applications created', 1],
    ['auth-server', '@nestjs/throttler: requests guarded', 20],
    // Its own endpoints alone: calls are counted by the same storage, past Nest's guards.
    ['gateway', '@nestjs/throttler: requests guarded', 2],
    // One login: it leaves the gateway, and comes back.
    ['gateway', '@nestjs/passport: requests handed to a strategy', 2],
    ['gateway', 'passport-oauth2: logins begun and ended', 2],
  ])('%s: %s at least %i times', (app, what, least) => {
    expect(counted(app, what)).toBeGreaterThanOrEqual(least);
  });

  it.each(['auth-server', 'gateway'])(
    '%s: ioredis talks to Redis where there is one, and only there',
    (app) => {
      const commands = counted(app, 'ioredis: commands sent');
      if (onRedis) expect(commands).toBeGreaterThan(20);
      else expect(commands).toBe(0);
    },
  );
});
