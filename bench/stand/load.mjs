import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { OTHER_CORE, onCore } from './cores.mjs';
import { processorTimeOf } from './stand.mjs';

const run = promisify(execFile);
const SCRIPT = fileURLToPath(new URL('wrk.lua', import.meta.url));

/** Connections that are kept busy; each sends its next request when its last one was answered. */
export const CONNECTIONS = 64;

/**
 * What is loaded: `authorizations` is a file with a value a line, sent in turn; `post` is the body of each request, with its
 * header fields; `pauseMs` is how long each connection waits before its next request, on average: a load below the most
 * there can be.
 * @typedef {{ body: string, headers: Record<string, string> }} Post
 * @typedef {{ program: object, alsoProgram?: object, url: string, authorizations: string, post?: Post, pauseMs?: number }} Target
 *
 * One run against it. Latencies in milliseconds; an error is an answer that is no success, a broken connection or a
 * timeout. `perProcessorSecond` is what one undisturbed core would do; `coreShare` how much of one the target had.
 * @typedef {{ perSecond: number, perProcessorSecond: number, coreShare: number, p50: number, p99: number, errors: number }} Run
 */

/**
 * Loads one target.
 * @param {Target} target
 * @returns {Promise<Run>}
 */
export async function load({ program, alsoProgram, url, authorizations, post, pauseMs }, seconds) {
  const options = ['--threads', '1', '--connections', String(CONNECTIONS), '--duration', `${seconds}s`];
  const args = [...options, '--timeout', '10s', '--latency', '--script', SCRIPT, url, '--', authorizations];
  const [file, ...rest] = onCore(OTHER_CORE, ['wrk', ...args, ...postArguments(post)]);
  const used = () => processorTimeOf(program) + (alsoProgram ? processorTimeOf(alsoProgram) : 0);
  const before = used();
  const env = { ...process.env, ...(pauseMs === undefined ? {} : { PAUSE_MS: String(pauseMs) }) };
  const { stdout } = await run(file, rest, { timeout: (seconds + 30) * 1000, env });
  const processorSeconds = used() - before;
  const result = JSON.parse(/^RESULT (.*)$/m.exec(stdout)[1]);
  const elapsed = result.microseconds / 1e6;
  return {
    perSecond: result.requests / elapsed,
    perProcessorSecond: result.requests / processorSeconds,
    coreShare: processorSeconds / elapsed,
    p50: result.p50 / 1000,
    p99: result.p99 / 1000,
    errors: result.status + result.connect + result.read + result.write + result.timeout,
  };
}

function postArguments(post) {
  if (post === undefined) return [];
  return [post.body, ...Object.entries(post.headers).flat()];
}

/**
 * Loads several targets in turn, so that whatever else the machine does meets all of them.
 * @param {Record<string, Target>} targets
 * @returns {Promise<Record<string, Run[]>>} the rounds of each
 */
export async function loadInTurn(targets, { seconds, rounds, warmUpSeconds }) {
  const names = Object.keys(targets);
  const results = Object.fromEntries(names.map((name) => [name, []]));
  for (const name of names) await load(targets[name], warmUpSeconds);
  for (let round = 0; round < rounds; round += 1) {
    for (const name of names) results[name].push(await load(targets[name], seconds));
  }
  return results;
}
