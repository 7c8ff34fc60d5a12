/** `npm run bench:ai`: the AI gateway beside Portkey's and beside none, one core each, in one run. docs/performance.md explains it. */
import { mkdirSync, writeFileSync } from 'node:fs';
import { cpus, loadavg } from 'node:os';
import { join } from 'node:path';
import { fetch } from 'undici';
import { casesOf, targetsOf } from './ai/cases.mjs';
import { measureFirstToken } from './ai/first-token.mjs';
import { readOptions, USAGE } from './ai/options.mjs';
import { setStage } from './ai/stage.mjs';
import { profileTarget } from './report/profile-target.mjs';
import { ratio, summarise } from './report/statistics.mjs';
import { aimRows, speedRows, table } from './report/table.mjs';
import { load, loadInTurn } from './stand/load.mjs';
import { giveUp, ROOT, runOnStand } from './stand/run.mjs';
import { memoryOf, StandError } from './stand/stand.mjs';

const WARM_UP_S = 3;
const MIB = 1_048_576;
const FIRST_CHUNK_MS = 1;

async function main() {
  const options = readOptions(process.argv.slice(2));
  if (options.help) return console.log(USAGE);
  await runOnStand(async (stand) => {
    const stage = await setStage(stand, ROOT);
    if (options.soak) await soak(stage, options.soak);
    else report(options, await measure(stand, stage, options));
  });
}

async function measure(stand, stage, { seconds, rounds, only, profile }) {
  const found = { machine: describeMachine(), results: {}, aims: [] };
  await checkAnswers(stage);
  for (const [name, { targets, ratios }] of Object.entries(casesOf(stage))) {
    if (!only.includes(name)) continue;
    console.log(`${name} …`);
    const results = await loadInTurn(targets, { seconds, rounds, warmUpSeconds: WARM_UP_S });
    Object.assign(found.results, results);
    found.aims.push(...ratios.flatMap((pair) => aimsOf(results, ...pair)));
    await stage.renewTokens();
  }
  if (only.includes('first-token')) {
    console.log('first-token …');
    for (const one of await measureFirstToken(stage, { seconds, rounds })) found.aims.push(...addedBy(one));
  }
  found.aims.push(memory('the gateway', stage.full), memory('Portkey', stage.portkey));
  if (profile) found.profile = await profileFull(stand, stage, seconds);
  return found;
}

function describeMachine() {
  const [one] = cpus();
  return { cores: cpus().length, model: one.model, node: process.version, loadAverageBefore: loadavg()[0] };
}

/** By the processor time that a call costs, which other work on the machine hardly touches; and by the clock. */
function aimsOf(results, one, other, aim) {
  const row = (name, { median, min, max }, least) => ({
    name,
    found: median.toFixed(2),
    range: `${min.toFixed(2)}–${max.toFixed(2)}`,
    ...(least === undefined ? {} : { aim: `≥ ${least}`, pass: median >= least }),
  });
  return [
    row(`${one} to Portkey`, ratio('perProcessorSecond', results[one], results[other]), aim),
    row('  the same by the clock', ratio('perSecond', results[one], results[other])),
  ];
}

function addedBy({ name, p50, p99 }) {
  const row = (percentile, { median, min, max }, limit) => ({
    name: `${percentile} to the first chunk, added by ${name}`,
    found: `${median.toFixed(2)} ms`,
    range: `${min.toFixed(2)}–${max.toFixed(2)}`,
    ...(limit === undefined ? {} : { aim: `< ${limit} ms`, pass: median < limit }),
  });
  return [row('p50', p50, name === 'Portkey' ? undefined : FIRST_CHUNK_MS), row('p99', p99)];
}

function memory(name, { program }) {
  const { rss, peak } = memoryOf(program);
  return { name: `memory of ${name}`, found: `${mebibytes(rss)} MiB`, range: `peak ${mebibytes(peak)}` };
}

/** Whoever answers nothing, or anybody, would be fast. */
async function checkAnswers(stage) {
  for (const type of ['openai', 'anthropic']) {
    const { full, portkey } = targetsOf(stage, { type, stream: false });
    const [refused, converted] = [await post(full.url, full.post), await post(portkey.url, portkey.post)];
    if (refused.status !== 401)
      throw new StandError(`without a token, ${full.url} answered ${refused.status}`);
    if (converted.status !== 200 || !(await converted.text()).includes('"choices"')) {
      throw new StandError(`Portkey answered ${converted.status} for ${type}`);
    }
  }
}

function post(url, { body, headers }) {
  return fetch(url, { method: 'POST', headers, body });
}

async function profileFull(stand, stage, seconds) {
  const start = (options) => stage.gatehouse.startAnother('profiled', {}, options);
  const { full } = targetsOf(stage, { type: 'openai', stream: false });
  return profileTarget(
    stand,
    start,
    ({ program, url }) => ({
      ...full,
      program,
      url: url + new URL(full.url).pathname,
    }),
    seconds,
  );
}

async function soak(stage, minutes) {
  const { full } = targetsOf(stage, { type: 'openai', stream: true });
  for (let minute = 1; minute <= minutes; minute += 1) {
    // They live for ten minutes; the file stays where it is.
    await stage.renewTokens();
    const { perSecond, errors } = await load(full, 60);
    const { rss, peak } = memoryOf(full.program);
    console.log(
      `minute ${minute}: ${Math.round(perSecond)} streams/s, ${errors} errors, ` +
        `RSS ${mebibytes(rss)} MiB (peak ${mebibytes(peak)})`,
    );
  }
}

function report({ seconds, rounds }, found) {
  const { machine, results, aims, profile } = found;
  const summaries = Object.fromEntries(
    Object.entries(results).map(([name, runs]) => [name, summarise(runs)]),
  );
  console.log(
    `\n${machine.cores} cores, ${machine.model}, Node ${machine.node}; ${rounds} rounds of ${seconds} s; ` +
      `load average before: ${machine.loadAverageBefore.toFixed(1)}\n`,
  );
  if (Object.keys(summaries).length > 0) console.log(table(speedRows(summaries)).join('\n'), '\n');
  console.log(table(aimRows(aims)).join('\n'), '\n');
  if (profile) console.log(profile);
  const file = join(ROOT, '.data', 'bench-ai.json');
  mkdirSync(join(ROOT, '.data'), { recursive: true });
  writeFileSync(file, `${JSON.stringify({ ...found, summaries }, null, 2)}\n`);
  console.log(`All of it: ${file}`);
  const errors = Object.values(summaries).reduce((sum, one) => sum + one.errors, 0);
  if (errors > 0) throw new StandError(`${errors} requests failed: these figures do not count`);
}

function mebibytes(bytes) {
  return Math.round(bytes / MIB);
}

main().catch(giveUp);
