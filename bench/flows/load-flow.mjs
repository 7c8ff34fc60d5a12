import { CONNECTIONS } from '../stand/load.mjs';
import { processorTimeOf } from '../stand/stand.mjs';

/**
 * Runs one step over and over on all connections. The answer is of the same shape as a run of `load`.
 * @param {object} program whose processor time is counted
 * @param {(state: object) => Promise<void>} step of one worker; `state` is the worker's own
 * @param {object[]} states as many as there are workers
 */
export async function loadFlow(program, step, states, seconds) {
  const latencies = [];
  let errors = 0;
  let firstError;
  const before = processorTimeOf(program);
  const from = performance.now();
  const until = from + seconds * 1000;
  const worker = async (state) => {
    while (performance.now() < until) {
      const start = performance.now();
      try {
        await step(state);
        latencies.push(performance.now() - start);
      } catch (error) {
        errors += 1;
        firstError ??= error;
      }
    }
  };
  await Promise.all(states.map(worker));
  const elapsed = (performance.now() - from) / 1000;
  const processorSeconds = processorTimeOf(program) - before;
  if (firstError) console.error(`${program.name}: ${firstError.message}`);
  latencies.sort((a, b) => a - b);
  return {
    perSecond: latencies.length / elapsed,
    perProcessorSecond: latencies.length / processorSeconds,
    coreShare: processorSeconds / elapsed,
    p50: percentile(latencies, 0.5),
    p99: percentile(latencies, 0.99),
    errors,
  };
}

/** A worker for each connection. */
export function workers(make) {
  return Promise.all(Array.from({ length: CONNECTIONS }, make));
}

function percentile(sorted, share) {
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? 0;
}
