/** `npm run bench:auth`: the flows of an authorization server, side by side with oidc-provider 9. */
import { mkdirSync, writeFileSync } from 'node:fs';
import { cpus, loadavg } from 'node:os';
import { join } from 'node:path';
import { AuthorizationServer } from './flows/authorization-server.mjs';
import { CASES } from './flows/cases.mjs';
import { signedInAtGatehouse } from './flows/gatehouse-server.mjs';
import { loadFlow } from './flows/load-flow.mjs';
import { readOptions } from './options.mjs';
import { readProfile } from './report/profile.mjs';
import { ratio, summarise } from './report/statistics.mjs';
import { aimRows, speedRows, table } from './report/table.mjs';
import { Gatehouse } from './stand/gatehouse.mjs';
import { startOidcProviderFlows } from './stand/peers.mjs';
import { giveUp, runOnStand } from './stand/run.mjs';
import { StandError } from './stand/stand.mjs';
import { startPostgres, startRedis } from './stand/stores.mjs';

const REDIRECT_URI = 'http://127.0.0.1:9/callback';
const WARM_UP_S = 2;
const LEAST = 3;
const OURS = 'gatehouse';
const PEERS = { durable: 'oidc-provider on Redis', memory: 'oidc-provider in memory' };

async function main() {
  const options = readOptions(process.argv.slice(2));
  if (options.help) return console.log(USAGE);
  await runOnStand(async (stand) => report(options, await measure(stand, options)), options.root);
}

async function measure(stand, options) {
  const stores = { databaseUrl: await startPostgres(stand, options.root), redisUrl: await startRedis(stand) };
  const trusting = { GATEHOUSE_TRUST_PROXY: '127.0.0.1/32' };
  const gatehouse = await Gatehouse.prepare(stand, options.root, stores, trusting);
  await gatehouse.startAuthServer();
  const redisUrl = stores.redisUrl.replace(/0$/, '1');
  const peers = [
    [PEERS.durable, await startOidcProviderFlows(stand, REDIRECT_URI, redisUrl)],
    [PEERS.memory, await startOidcProviderFlows(stand, REDIRECT_URI)],
  ];
  const servers = { [OURS]: await signedInAtGatehouse(gatehouse, options.root, REDIRECT_URI) };
  for (const [name, peer] of peers) {
    servers[name] = new AuthorizationServer(peer);
    await servers[name].signIn();
  }
  const found = {};
  for (const [name, one] of Object.entries(CASES)) {
    console.log(`${name} …`);
    found[name] = await measureCase(one, servers, options);
  }
  const profiles = options.profile ? await profileCases(stand, gatehouse, servers[OURS], options) : {};
  for (const server of Object.values(servers)) await server.close();
  return { found, profiles };
}

/** The same once more under V8's sampling profiler. */
async function profileCases(stand, gatehouse, server, { seconds }) {
  const folder = join(stand.directory, 'profiles');
  mkdirSync(folder);
  await stand.end(gatehouse.authServerProgram);
  await gatehouse.startAuthServer(['--cpu-prof', `--cpu-prof-dir=${folder}`, '--cpu-prof-interval=500']);
  const program = gatehouse.authServerProgram;
  const windows = {};
  for (const [name, { prepare, step }] of Object.entries(CASES)) {
    const states = await prepare(server);
    const run = (length) => loadFlow(program, (state) => step(server, state), states, length);
    await run(WARM_UP_S);
    const from = microseconds();
    await run(seconds);
    windows[name] = { from, to: microseconds() };
  }
  // The profile is written at the end.
  await stand.end(program);
  return Object.fromEntries(
    Object.entries(windows).map(([name, window]) => [name, readProfile(folder, window)]),
  );
}

/** The clock that V8 stamps its samples with. */
function microseconds() {
  return Number(process.hrtime.bigint() / 1000n);
}

/** Each server in turn, round after round, so that whatever else the machine does meets all of them. */
async function measureCase({ prepare, step }, servers, { seconds, rounds }) {
  const results = {};
  const states = {};
  for (const [name, server] of Object.entries(servers)) {
    results[name] = [];
    states[name] = await prepare(server);
    await loadFlow(server.program, (state) => step(server, state), states[name], WARM_UP_S);
  }
  for (let round = 0; round < rounds; round += 1) {
    for (const [name, server] of Object.entries(servers)) {
      results[name].push(
        await loadFlow(server.program, (state) => step(server, state), states[name], seconds),
      );
    }
  }
  return results;
}

function report({ root, seconds, rounds }, { found, profiles }) {
  const [one] = cpus();
  console.log(
    `\n${cpus().length} cores, ${one.model}, Node ${process.version}; ${rounds} rounds of ${seconds} s; load average: ${loadavg()[0].toFixed(1)}`,
  );
  let errors = 0;
  const summaries = {};
  const ratios = [];
  for (const [name, results] of Object.entries(found)) {
    const summary = Object.fromEntries(
      Object.entries(results).map(([server, list]) => [server, summarise(list)]),
    );
    summaries[name] = summary;
    // oidc-provider in memory keeps a thousand entries and forgets the rest, refresh tokens among them.
    errors += summary[OURS].errors + summary[PEERS.durable].errors;
    console.log(`\n${name}\n${table(speedRows(summary)).join('\n')}`);
    // By processor time: the load generator, PostgreSQL and Redis share the other core and slow all of them alike.
    for (const peer of Object.values(PEERS)) {
      const { median, min, max } = ratio('perProcessorSecond', results[OURS], results[peer]);
      const aim = peer === PEERS.durable ? { aim: `≥ ${LEAST}`, pass: median >= LEAST } : {};
      const range = `${min.toFixed(2)}–${max.toFixed(2)}`;
      ratios.push({ name: `${name}, to ${peer}`, found: median.toFixed(2), range, ...aim });
    }
  }
  console.log(`\n${table(aimRows(ratios)).join('\n')}\n`);
  for (const [name, profile] of Object.entries(profiles)) reportProfile(name, profile);
  const file = join(root, '.data', 'bench-auth.json');
  mkdirSync(join(root, '.data'), { recursive: true });
  writeFileSync(file, `${JSON.stringify({ rounds: found, summaries, ratios }, null, 2)}\n`);
  console.log(`All of it: ${file}`);
  if (errors > 0) throw new StandError(`${errors} requests failed: these figures do not count`);
}

function reportProfile(name, { packages, functions }) {
  const percent = (share) => `${(100 * share).toFixed(1)} %`;
  const rows = (shares) => table([['', ''], ...shares.map(([key, share]) => [key, percent(share)])]).slice(1);
  console.log(`${name}: self time by package\n${rows(packages.filter(([, s]) => s >= 0.005)).join('\n')}\n`);
  console.log(`${name}: self time by function\n${rows(functions).join('\n')}\n`);
}

const USAGE = `npm run bench:auth -- [options]
  --seconds N   how long each server is loaded in a round (4)
  --rounds N    rounds, in each of which every server has its turn (3)
  --profile     CPU profiles of each case as well
  --root DIR    another checkout of Gatehouse, with its packages installed (this one)`;

main().catch(giveUp);
