import { parseArgs } from 'node:util';
import { StandError } from '../stand/stand.mjs';

export const USAGE = `npm run bench:gateway -- [options]
  --seconds N   how long each target is loaded in a round (4)
  --rounds N    rounds, in each of which every target has its turn (3)
  --only NAMES  some cases, by comma: ${'plain,guarded,routes,opaque,large,events,tls,half-load'}
  --profile     a CPU profile of the gateway under the guarded case
  --soak N      nothing but N minutes of load on the guarded case, and the memory at each minute`;

export const CASES = ['plain', 'guarded', 'routes', 'opaque', 'large', 'events', 'tls', 'half-load'];

/** @throws StandError naming the option to mend */
export function readOptions(args) {
  const { values } = parsed(args);
  const only = values.only?.split(',') ?? CASES;
  const unknown = only.filter((name) => !CASES.includes(name));
  if (unknown.length > 0) throw new StandError(`--only: there is no case ${unknown.join(', ')}\n${USAGE}`);
  return {
    seconds: wholeNumber('seconds', values.seconds, 60),
    rounds: wholeNumber('rounds', values.rounds, 50),
    soak: values.soak === undefined ? undefined : wholeNumber('soak', values.soak, 600),
    only,
    profile: values.profile,
    help: values.help,
  };
}

function parsed(args) {
  const options = {
    seconds: { type: 'string', default: '4' },
    rounds: { type: 'string', default: '3' },
    only: { type: 'string' },
    soak: { type: 'string' },
    profile: { type: 'boolean', default: false },
    help: { type: 'boolean', default: false },
  };
  try {
    return parseArgs({ args, options });
  } catch (error) {
    throw new StandError(`${error.message}\n${USAGE}`, { cause: error });
  }
}

function wholeNumber(name, text, max) {
  const value = Number(text);
  if (Number.isInteger(value) && value >= 1 && value <= max) return value;
  throw new StandError(`--${name} must be a whole number from 1 to ${max} (it is ${text})`);
}
