import type { Answer } from '../calls/answer.js';
import type { PolicyHooks } from './policy.js';

/** An answer, and the policy that gave it. */
export interface GivenAnswer {
  readonly answer: Answer;
  readonly by: PolicyHooks;
}

/** Runs hooks in turn until one gives an answer. A promise is made only where a hook makes one. */
export function firstAnswer<Hook extends PolicyHooks>(
  hooks: readonly Hook[],
  run: (hook: Hook) => Promise<Answer | void> | Answer | void,
  from = 0,
): Promise<GivenAnswer | undefined> | GivenAnswer | undefined {
  for (let i = from; i < hooks.length; i++) {
    const by = hooks[i]!;
    const result = run(by);
    if (result instanceof Promise) {
      return result.then((answer) => (answer ? { answer, by } : firstAnswer(hooks, run, i + 1)));
    }
    if (result) return { answer: result, by };
  }
  return undefined;
}
