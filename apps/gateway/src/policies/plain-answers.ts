import type { PolicyHooks } from './policy.js';

/** Where a policy reads bodies of answers, the upstream is asked for all of them, as they are. */
export const PLAIN_ANSWERS: PolicyHooks = {
  onRequest(_call, { headers }) {
    headers.set('accept-encoding', 'identity');
    headers.delete('range');
    headers.delete('if-range');
  },
};
