import type { Judge } from '../targets/target.js';

/** Several as one; undefined where there are none. */
export function judgesTogether(...judges: readonly (Judge | undefined)[]): Judge | undefined {
  const all = judges.filter((one) => one !== undefined);
  if (all.length < 2) return all[0];
  return {
    succeeded: (target) => all.forEach((one) => one.succeeded(target)),
    failed: (target) => all.forEach((one) => one.failed(target)),
  };
}
