import { parseArgs } from 'node:util';
import { StandError } from './stand.mjs';

const OPTIONS = {
  seconds: { type: 'string', default: '4' },
  rounds: { type: 'string', default: '3' },
  only: { type: 'string' },
  soak: { type: 'string' },
  profile: { type: 'boolean', default: false },
  help: { type: 'boolean', default: false },
};

/**
 * The options of a bench that consists of cases.
 * @param {string[]} args
 * @param {{ cases: string[], usage: string }} bench
 * @throws StandError naming the option to mend
 */
export function readCaseOptions(args, { cases, usage }) {
  const values = parsed(args, usage);
  const only = values.only?.split(',') ?? cases;
  const unknown = only.filter((name) => !cases.includes(name));
  if (unknown.length > 0) throw new StandError(`--only: there is no case ${unknown.join(', ')}\n${usage}`);
  return {
    seconds: wholeNumber('seconds', values.seconds, 60),
    rounds: wholeNumber('rounds', values.rounds, 50),
    soak: values.soak === undefined ? undefined : wholeNumber('soak', values.soak, 600),
    only,
    profile: values.profile,
    help: values.help,
  };
}

function parsed(args, usage) {
  try {
    return parseArgs({ args, options: OPTIONS }).values;
  } catch (error) {
    throw new StandError(`${error.message}\n${usage}`, { cause: error });
  }
}

function wholeNumber(name, text, max) {
  const value = Number(text);
  if (Number.isInteger(value) && value >= 1 && value <= max) return value;
  throw new StandError(`--${name} must be a whole number from 1 to ${max} (it is ${text})`);
}
