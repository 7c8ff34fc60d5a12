import { ratio } from './statistics.mjs';

const MEGABYTE = 1_000_000;
const MEMORY_LIMIT = 150 * MEGABYTE;
const MIN_OF_BARE_PROXY = 0.7;
const MIN_OF_OIDC_PROVIDER = 3;
const FIRST_START_MS = 10_000;
const SECOND_START_MS = 5_000;

/** Every figure that has an aim, or that belongs beside one. */
export function aims({ calls, tokens, memory, ready, npmStart }) {
  return [
    ...ratioAims(
      'gateway to bare undici proxy',
      calls.gateway,
      calls['bare undici proxy'],
      MIN_OF_BARE_PROXY,
    ),
    ...ratioAims('gateway to nginx as proxy', calls.gateway, calls['nginx as proxy']),
    ...ratioAims(
      'auth-server to oidc-provider',
      tokens['auth-server'],
      tokens['oidc-provider 9'],
      MIN_OF_OIDC_PROVIDER,
    ),
    ...Object.entries(memory).map(([name, { rss, peak }]) => ({
      name: `RSS of ${name} after load`,
      found: megabytes(rss),
      range: `peak ${megabytes(peak)}`,
      ...(MEMORY_AIMS.has(name) ? { aim: `< ${megabytes(MEMORY_LIMIT)}`, pass: rss < MEMORY_LIMIT } : {}),
    })),
    timeAim('auth-server ready, empty database', ready.first.authServer),
    timeAim('auth-server ready', ready.second.authServer),
    timeAim('gateway ready, empty database', ready.first.gateway),
    timeAim('gateway ready', ready.second.gateway),
    timeAim('npm start, first', npmStart.first, FIRST_START_MS),
    timeAim('npm start, second', npmStart.second, SECOND_START_MS),
  ];
}

const MEMORY_AIMS = new Set(['gateway', 'auth-server']);

/** By the clock, as the aim is meant; and by processor time, which other programs on the machine hardly disturb. */
function ratioAims(name, rounds, toRounds, least) {
  return [
    ratioAim(name, ratio('perSecond', rounds, toRounds), least),
    ratioAim('  the same by CPU time', ratio('perProcessorSecond', rounds, toRounds), least),
  ];
}

/** How many times as fast, and whether that is enough. @param least undefined: there is no aim */
export function ratioAim(name, { median, min, max }, least) {
  return {
    name,
    found: median.toFixed(2),
    range: `${min.toFixed(2)}–${max.toFixed(2)}`,
    ...(least === undefined ? {} : { aim: `≥ ${least}`, pass: median >= least }),
  };
}

function timeAim(name, milliseconds, limit) {
  return {
    name,
    found: `${(milliseconds / 1000).toFixed(2)} s`,
    ...(limit === undefined ? {} : { aim: `< ${limit / 1000} s`, pass: milliseconds < limit }),
  };
}

function megabytes(bytes) {
  return `${Math.round(bytes / MEGABYTE)} MB`;
}
