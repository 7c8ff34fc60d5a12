import { readFileSync } from 'node:fs';
import { Client } from 'undici';
import { spread } from '../report/statistics.mjs';
import { StandError } from '../stand/stand.mjs';
import { targetsOf } from './cases.mjs';

const WARM_UP = 500;
const CALLS_PER_SECOND = 100;

/**
 * How much later the first bytes of a streamed answer come through each gateway than from the provider itself, in
 * milliseconds. One call at a time, each target in turn, so that nobody waits for anybody.
 * @returns {Promise<{ name: string, p50: object, p99: object }[]>} the spread over rounds
 */
export async function measureFirstToken(stage, { seconds, rounds }) {
  const { direct, bare, full, open, portkey } = targetsOf(stage, { type: 'openai', stream: true });
  const callers = { direct, bare, full, open, portkey };
  for (const [role, target] of Object.entries(callers)) callers[role] = callerOf(target);
  for (let call = 0; call < WARM_UP; call += 1) await eachOnce(callers);
  const added = { full: [], open: [], bare: [], portkey: [] };
  for (let round = 0; round < rounds; round += 1) {
    const times = await timesOf(callers, seconds * CALLS_PER_SECOND);
    for (const role of Object.keys(added)) added[role].push(difference(times[role], times.direct));
  }
  await Promise.all(Object.values(callers).map(({ client }) => client.close()));
  return Object.entries(added).map(([role, found]) => ({
    name: NAMES[role],
    p50: spread(found.map(({ p50 }) => p50)),
    p99: spread(found.map(({ p99 }) => p99)),
  }));
}

const NAMES = {
  full: 'gateway with auth, budget and records',
  open: 'gateway with nothing on',
  bare: 'a bare undici proxy',
  portkey: 'Portkey',
};

async function timesOf(callers, calls) {
  const times = Object.fromEntries(Object.keys(callers).map((role) => [role, []]));
  for (let call = 0; call < calls; call += 1) {
    for (const [role, ms] of Object.entries(await eachOnce(callers))) times[role].push(ms);
  }
  return times;
}

async function eachOnce(callers) {
  const times = {};
  for (const [role, caller] of Object.entries(callers)) times[role] = await firstChunk(caller);
  return times;
}

function callerOf({ url, authorizations, post }) {
  const { origin, pathname } = new URL(url);
  const [authorization] = readFileSync(authorizations, 'utf8').split('\n');
  return { client: new Client(origin), path: pathname, post, authorization };
}

/** Milliseconds from the request to the first bytes of the body. The rest is read, too, before the next call. */
async function firstChunk({ client, path, post, authorization }) {
  const from = performance.now();
  const { statusCode, body } = await client.request({
    method: 'POST',
    path,
    headers: { ...post.headers, authorization },
    body: post.body,
  });
  if (statusCode !== 200) throw new StandError(`${path} answered ${statusCode}: ${await body.text()}`);
  const chunks = body[Symbol.asyncIterator]();
  await chunks.next();
  const first = performance.now() - from;
  while (!(await chunks.next()).done);
  return first;
}

function difference(through, direct) {
  const at = (share, values) => [...values].sort((a, b) => a - b)[Math.floor(values.length * share)];
  return { p50: at(0.5, through) - at(0.5, direct), p99: at(0.99, through) - at(0.99, direct) };
}
