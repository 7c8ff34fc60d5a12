/** `npm run bench:gateway`: the gateway beside other proxies, one core each, in one run. docs/performance.md explains it. */
import { fetch } from 'undici';
import { casesOf } from './gateway/cases.mjs';
import { measureHalfLoad } from './gateway/half-load.mjs';
import { readOptions, USAGE } from './gateway/options.mjs';
import { profileGateway } from './report/profile-target.mjs';
import { setStage } from './gateway/stage.mjs';
import { ratioAim } from './report/aims.mjs';
import { ratio } from './report/statistics.mjs';
import { describeMachine, memoryRow, memoryText, tell } from './report/tell.mjs';
import { load, loadInTurn } from './stand/load.mjs';
import { giveUp, ROOT, runOnStand } from './stand/run.mjs';
import { StandError } from './stand/stand.mjs';

const WARM_UP_S = 3;

async function main() {
  const options = readOptions(process.argv.slice(2));
  if (options.help) return console.log(USAGE);
  await runOnStand(async (stand) => {
    const stage = await setStage(stand, ROOT);
    if (options.soak) await soak(stage, options.soak);
    else tell('bench-gateway', options, await measure(stand, stage, options));
  });
}

async function measure(stand, stage, { seconds, rounds, only, profile }) {
  const machine = describeMachine();
  const plan = { seconds, rounds, warmUpSeconds: WARM_UP_S };
  await checkRefusal(stage);
  const found = { machine, results: {}, aims: [] };
  for (const [name, { targets, ratios }] of Object.entries(casesOf(stage))) {
    if (!only.includes(name)) continue;
    console.log(`${name} …`);
    const results = await loadInTurn(targets, plan);
    Object.assign(found.results, results);
    found.aims.push(...ratios.map((pair) => aimOf(results, ...pair)));
  }
  if (only.includes('half-load')) {
    console.log('half-load …');
    const half = await measureHalfLoad(stage, plan);
    Object.assign(found.results, half.results);
    for (const one of half.added) {
      found.aims.push(addedBy('p50', one), addedBy('p99', one, one.name === 'gateway' ? 1 : undefined));
    }
  }
  found.aims.push(memoryRow('the gateway', stage.gatehouse.gatewayProgram));
  if (profile) found.profile = await profileGateway(stand, stage, seconds);
  return found;
}

/** The ratio of the processor time that a call costs: what else the machine does touches it least. */
function aimOf(results, one, other, aim) {
  return ratioAim(`${one} to ${other}`, ratio('perProcessorSecond', results[one], results[other]), aim);
}

function addedBy(percentile, half, aim) {
  const { median, min, max } = half[percentile];
  return {
    name: `${percentile} added by ${half.name} at ${Math.round(100 * half.share.median)} % of the most`,
    found: `${median.toFixed(2)} ms`,
    range: `${min.toFixed(2)}–${max.toFixed(2)}`,
    aim: aim === undefined ? undefined : `< ${aim} ms`,
    pass: aim === undefined ? undefined : median < aim,
  };
}

/** A gateway that checks nothing would be fast. */
async function checkRefusal({ gatehouse }) {
  const { status } = await fetch(`${gatehouse.gateway}/limited/answer`);
  if (status !== 401) throw new StandError(`the guarded route answered ${status} to a call without a token`);
}

async function soak({ recording, authorizations, renewTokens }, minutes) {
  const target = { program: recording.program, url: `${recording.url}/limited/answer`, authorizations };
  for (let minute = 1; minute <= minutes; minute += 1) {
    // They live for ten minutes; the file stays where it is.
    await renewTokens();
    const { perSecond, errors, p99 } = await load(target, 60);
    console.log(
      `minute ${minute}: ${Math.round(perSecond)}/s, p99 ${p99.toFixed(1)} ms, ${errors} errors, ` +
        memoryText(recording.program),
    );
  }
}

main().catch(giveUp);
