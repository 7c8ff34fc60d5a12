// The mutations: each takes the check that a requirement cites out of the source, so that the test must fail.
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

/** All mutations of the JSON files in a folder: {requirement, file, find, replace, testFile, test}. */
export function readMutations(folder) {
  const files = readdirSync(folder).filter((name) => name.endsWith('.json'));
  return files.sort().flatMap((name) => JSON.parse(readFileSync(join(folder, name), 'utf8')));
}

/** The source without the check. @throws Error when `find` is not there exactly once */
export function mutate(source, { find, replace, file }) {
  const parts = source.split(find);
  if (parts.length !== 2) throw new Error(`${file}: found ${parts.length - 1} times, not once: ${find}`);
  return parts.join(replace);
}

/** `count` of them, the same ones for the same seed. */
export function sample(all, count, seed) {
  const random = mulberry32(seed);
  const rest = [...all];
  const chosen = [];
  while (chosen.length < count && rest.length > 0) {
    chosen.push(...rest.splice(Math.floor(random() * rest.length), 1));
  }
  return chosen;
}

function mulberry32(seed) {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let t = Math.imul(state ^ (state >>> 15), state | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
  };
}

/** What became of a test, by the results of `jest --json`. */
export function outcomeOf(result, test) {
  const found = result.testResults
    .flatMap(({ assertionResults }) => assertionResults)
    .filter(({ fullName, status }) => fullName === test && status !== 'pending');
  if (found.length === 0) return { status: 'missing', message: firstLine(result.testResults[0]?.message) };
  const failed = found.find(({ status }) => status === 'failed');
  if (!failed) return { status: 'passed', message: '' };
  const text = failed.failureMessages.join('\n');
  // A server that does not even start shows nothing about the check.
  const status = /auth-server\.start |at (Function|AuthServer)\.start \(/.test(text) ? 'broken' : 'failed';
  return { status, message: firstLine(text) };
}

function firstLine(text = '') {
  return text.split('\n', 1)[0].slice(0, 160);
}
