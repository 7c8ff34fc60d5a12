import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

const TOP = 25;

/**
 * Where a program spent its time, from what `node --cpu-prof` wrote.
 * @param {string} folder where it wrote
 * @param {{ from: number, to: number }} window microseconds of the monotonic clock: start-up is left out
 * @returns {{ packages: [string, number][], functions: [string, number][] }} shares of the busy time, largest first
 */
export function readProfile(folder, window) {
  const [file] = readdirSync(folder).filter((name) => name.endsWith('.cpuprofile'));
  const profile = JSON.parse(readFileSync(join(folder, file), 'utf8'));
  const selfTimes = selfTimesOf(profile, window);
  const packages = new Map();
  const functions = new Map();
  let busy = 0;
  for (const node of profile.nodes) {
    const time = selfTimes.get(node.id) ?? 0;
    const { functionName, url, lineNumber } = node.callFrame;
    if (time === 0 || functionName === '(idle)') continue;
    busy += time;
    const owner = ownerOf(functionName, url);
    add(packages, owner, time);
    add(functions, `${functionName || '(anonymous)'}  ${place(owner, url, lineNumber)}`, time);
  }
  return { packages: shares(packages, busy), functions: shares(functions, busy).slice(0, TOP) };
}

/** Time by node in microseconds; each sample stands for the time until the next. */
function selfTimesOf({ samples, timeDeltas, startTime }, { from, to }) {
  const times = new Map();
  let at = startTime;
  for (let i = 0; i < samples.length; i += 1) {
    at += timeDeltas[i];
    if (at >= from && at <= to) add(times, samples[i], timeDeltas[i + 1] ?? 0);
  }
  return times;
}

/** The package of a function: one of npm's, our own app or library, Node's own, or the engine. */
function ownerOf(functionName, url) {
  if (url === '') return functionName.startsWith('(') ? functionName : 'native';
  if (url.startsWith('node:')) return 'node';
  const installed = /.*\/node_modules\/((?:@[^/]+\/)?[^/]+)/.exec(url);
  if (installed) return installed[1];
  return /\/dist\/((?:apps|libs)\/[^/]+)/.exec(url)?.[1] ?? url;
}

function place(owner, url, lineNumber) {
  if (url === '') return owner;
  const file = url.startsWith('node:') ? url : url.slice(url.lastIndexOf(owner)).replace('/src/', '/');
  return `${file}:${lineNumber + 1}`;
}

function shares(times, busy) {
  return [...times].sort(([, a], [, b]) => b - a).map(([name, time]) => [name, time / busy]);
}

function add(times, key, time) {
  times.set(key, (times.get(key) ?? 0) + time);
}
