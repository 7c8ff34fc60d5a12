/** `npm run bench:smoke`: how fast and how small, beside what does less. docs/performance.md explains the figures. */
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { measureCalls } from './measure/calls.mjs';
import { measureNpmStart } from './measure/npm-start.mjs';
import { measureProfiles } from './measure/profiles.mjs';
import { measureTokens } from './measure/tokens.mjs';
import { readOptions, USAGE } from './options.mjs';
import { aims } from './report/aims.mjs';
import { summarise } from './report/statistics.mjs';
import { aimRows, speedRows, table } from './report/table.mjs';
import { describeMachine } from './report/tell.mjs';
import { OTHER_CORE } from './stand/cores.mjs';
import { Gatehouse } from './stand/gatehouse.mjs';
import { startUpstream } from './stand/nginx.mjs';
import { giveUp, runOnStand } from './stand/run.mjs';
import { memoryOf, StandError } from './stand/stand.mjs';
import { startPostgres, startRedis } from './stand/stores.mjs';

const WARM_UP_S = 3;

async function main() {
  const options = readOptions(process.argv.slice(2));
  if (options.help) return console.log(USAGE);
  await runOnStand(async (stand) => report(options, await measure(stand, options)), options.root);
}

async function measure(stand, { root, seconds, rounds, profile }) {
  const machine = describeMachine();
  const npmStart = await measureNpmStart(stand, root);
  const stores = { databaseUrl: await startPostgres(stand, root), redisUrl: await startRedis(stand) };
  const upstream = await startUpstream(stand, OTHER_CORE);
  const gatehouse = await Gatehouse.prepare(stand, root, stores);
  const first = await gatehouse.start();
  await gatehouse.stop();
  const second = await gatehouse.start();
  const plan = { seconds, rounds, warmUpSeconds: WARM_UP_S };
  const calls = await measureCalls(stand, gatehouse, { ...plan, upstream });
  const tokens = await measureTokens(stand, gatehouse, {
    ...plan,
    clientAuthorization: await gatehouse.registerClient(),
  });
  const memory = {
    gateway: memoryOf(gatehouse.gatewayProgram),
    'auth-server': memoryOf(gatehouse.authServerProgram),
    'oidc-provider 9': tokens.peerMemory,
  };
  const targets = { gateway: calls.target, 'auth-server': tokens.target };
  const profiles = profile ? await measureProfiles(stand, gatehouse, targets, seconds) : undefined;
  return {
    machine,
    calls: calls.results,
    tokens: tokens.results,
    memory,
    ready: { first, second },
    npmStart,
    profiles,
  };
}

function report({ root, seconds, rounds }, found) {
  const { machine, calls, tokens, profiles } = found;
  const summaries = { ...summariseAll(calls), ...summariseAll(tokens) };
  const lines = aims(found);
  console.log(
    `\n${machine.cores} cores, ${machine.model}, Node ${machine.node}; ${rounds} rounds of ${seconds} s; ` +
      `load average before: ${machine.loadAverageBefore.toFixed(1)}\n`,
  );
  console.log(table(speedRows(summaries)).join('\n'), '\n');
  console.log(table(aimRows(lines)).join('\n'), '\n');
  for (const [name, profile] of Object.entries(profiles ?? {})) reportProfile(name, profile);
  const file = join(root, '.data', 'bench-smoke.json');
  mkdirSync(join(root, '.data'), { recursive: true });
  writeFileSync(file, `${JSON.stringify({ ...found, summaries, aims: lines }, null, 2)}\n`);
  console.log(`All of it: ${file}`);
  const errors = Object.values(summaries).reduce((sum, one) => sum + one.errors, 0);
  if (errors > 0) throw new StandError(`${errors} requests failed: these figures do not count`);
}

function summariseAll(results) {
  return Object.fromEntries(Object.entries(results).map(([name, rounds]) => [name, summarise(rounds)]));
}

function reportProfile(name, { packages, functions }) {
  const percent = (share) => `${(100 * share).toFixed(1)} %`;
  const rows = (shares) => table([['', ''], ...shares.map(([key, share]) => [key, percent(share)])]).slice(1);
  console.log(
    `${name}: self time by package\n${rows(packages.filter(([, share]) => share >= 0.005)).join('\n')}\n`,
  );
  console.log(`${name}: self time by function\n${rows(functions).join('\n')}\n`);
}

main().catch(giveUp);
