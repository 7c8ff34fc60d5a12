import type { PolicyHooks } from './policy.js';

/** Where one of these policies reads the body of the answer, the upstream is asked for all of it, as it is. */
export function plainAnswers(readers: readonly PolicyHooks[]): PolicyHooks {
  return {
    onRequest(call, { headers }) {
      if (!readers.some((one) => one.isFor?.(call) ?? true)) return;
      headers.set('accept-encoding', 'identity');
      headers.delete('range');
      headers.delete('if-range');
    },
  };
}
