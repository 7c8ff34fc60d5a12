import { readCaseOptions } from '../stand/case-options.mjs';

const CASES = ['plain', 'guarded', 'routes', 'opaque', 'large', 'events', 'tls', 'half-load'];

export const USAGE = `npm run bench:gateway -- [options]
  --seconds N   how long each target is loaded in a round (4)
  --rounds N    rounds, in each of which every target has its turn (3)
  --only NAMES  some cases, by comma: ${CASES.join(',')}
  --profile     a CPU profile of the gateway under the guarded case
  --soak N      nothing but N minutes of load on the guarded case, and the memory at each minute`;

/** @throws StandError naming the option to mend */
export function readOptions(args) {
  return readCaseOptions(args, { cases: CASES, usage: USAGE });
}
