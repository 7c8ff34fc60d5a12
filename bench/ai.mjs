/** `npm run bench:ai`: the AI gateway beside Portkey's and beside none, one core each, in one run. docs/performance.md explains it. */
import { fetch } from 'undici';
import { casesOf, targetsOf } from './ai/cases.mjs';
import { measureFirstToken } from './ai/first-token.mjs';
import { readOptions, USAGE } from './ai/options.mjs';
import { setStage } from './ai/stage.mjs';
import { ratioAim } from './report/aims.mjs';
import { profileTarget } from './report/profile-target.mjs';
import { ratio } from './report/statistics.mjs';
import { describeMachine, memoryRow, memoryText, tell } from './report/tell.mjs';
import { load, loadInTurn } from './stand/load.mjs';
import { giveUp, ROOT, runOnStand } from './stand/run.mjs';
import { StandError } from './stand/stand.mjs';

const WARM_UP_S = 3;
const FIRST_CHUNK_MS = 1;

async function main() {
  const options = readOptions(process.argv.slice(2));
  if (options.help) return console.log(USAGE);
  await runOnStand(async (stand) => {
    const stage = await setStage(stand, ROOT);
    if (options.soak) await soak(stage, options.soak);
    else tell('bench-ai', options, await measure(stand, stage, options));
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
  found.aims.push(memoryRow('the gateway', stage.full.program), memoryRow('Portkey', stage.portkey.program));
  if (profile) found.profile = await profileFull(stand, stage, seconds);
  return found;
}

/** By the processor time that a call costs, which other work on the machine hardly touches; and by the clock. */
function aimsOf(results, one, other, aim) {
  const by = (figure) => ratio(figure, results[one], results[other]);
  return [
    ratioAim(`${one} to Portkey`, by('perProcessorSecond'), aim),
    ratioAim('  the same by the clock', by('perSecond')),
  ];
}

function addedBy({ name, p50, p99 }) {
  const row = (percentile, { median, min, max }, limit) => ({
    name: `${percentile} to the first chunk, added by ${name}`,
    found: `${median.toFixed(2)} ms`,
    range: `${min.toFixed(2)}–${max.toFixed(2)}`,
    ...(limit === undefined ? {} : { aim: `< ${limit} ms`, pass: median < limit }),
  });
  return [row('p50', p50, name.startsWith('gateway') ? FIRST_CHUNK_MS : undefined), row('p99', p99)];
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
    console.log(
      `minute ${minute}: ${Math.round(perSecond)} streams/s, ${errors} errors, ${memoryText(full.program)}`,
    );
  }
}

main().catch(giveUp);
