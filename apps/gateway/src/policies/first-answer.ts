import type { Answer } from '../calls/answer.js';

/** Runs hooks in turn until one gives an answer. A promise is made only where a hook makes one. */
export function firstAnswer<Hook>(
  hooks: readonly Hook[],
  run: (hook: Hook) => Promise<Answer | void> | Answer | void,
  from = 0,
): Promise<Answer | undefined> | Answer | undefined {
  for (let i = from; i < hooks.length; i++) {
    const result = run(hooks[i]!);
    if (result instanceof Promise) return result.then((answer) => answer ?? firstAnswer(hooks, run, i + 1));
    if (result) return result;
  }
  return undefined;
}
