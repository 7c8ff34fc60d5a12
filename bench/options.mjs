import { parseArgs } from 'node:util';
import { fileURLToPath } from 'node:url';
import { StandError } from './stand/stand.mjs';

const MAX = { seconds: 60, rounds: 50 };

export const USAGE = `npm run bench:smoke -- [options]
  --seconds N   how long each target is loaded in a round (4)
  --rounds N    rounds, in each of which every target has its turn (3)
  --profile     CPU profiles of both apps as well
  --root DIR    another checkout of Gatehouse, with its packages installed (this one)`;

/** @throws StandError naming the option to mend */
export function readOptions(args) {
  const { values } = parsed(args);
  return {
    seconds: wholeNumber('seconds', values.seconds),
    rounds: wholeNumber('rounds', values.rounds),
    profile: values.profile,
    root: values.root,
    help: values.help,
  };
}

function parsed(args) {
  try {
    return parseArgs({
      args,
      options: {
        seconds: { type: 'string', default: '4' },
        rounds: { type: 'string', default: '3' },
        profile: { type: 'boolean', default: false },
        root: { type: 'string', default: fileURLToPath(new URL('..', import.meta.url)) },
        help: { type: 'boolean', default: false },
      },
    });
  } catch (error) {
    throw new StandError(`${error.message}\n${USAGE}`, { cause: error });
  }
}

function wholeNumber(name, text) {
  const value = Number(text);
  if (Number.isInteger(value) && value >= 1 && value <= MAX[name]) return value;
  throw new StandError(`--${name} must be a whole number from 1 to ${MAX[name]} (it is ${text})`);
}
