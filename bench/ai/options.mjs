import { readCaseOptions } from '../stand/case-options.mjs';

const CASES = ['whole', 'stream', 'converted', 'converted-stream', 'first-token'];

export const USAGE = `npm run bench:ai -- [options]
  --seconds N   how long each target is loaded in a round (4)
  --rounds N    rounds, in each of which every target has its turn (3)
  --only NAMES  some cases, by comma: ${CASES.join(',')}
  --profile     a CPU profile of the gateway under whole answers with everything on
  --soak N      nothing but N minutes of streams with everything on, and the memory at each minute`;

/** @throws StandError naming the option to mend */
export function readOptions(args) {
  return readCaseOptions(args, { cases: CASES, usage: USAGE });
}
