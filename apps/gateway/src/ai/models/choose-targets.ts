import { costOf } from '../prices/cost.js';
import { TOKEN_BYTES } from '../records/attempt-account.js';
import { outputBound } from '../requests/output-bound.js';
import type { AiModel } from './ai-models.service.js';
import type { AiTarget } from './ai-target.js';
import { fitsInto } from './context-tokens.js';
import { orderTargets } from './order-targets.js';
import type { Asking } from './target-condition.js';

/**
 * Who is asked, and in which order: those that are for the call. Those whose context window is too small for it are left
 * out, as long as another one's is not: how long it is for a model, the model itself knows best.
 */
export function chooseTargets(model: AiModel, asking: Asking): readonly AiTarget[] {
  const { targets, strategy } = model;
  const meant = targets.some(({ isFor }) => isFor)
    ? targets.filter(({ isFor }) => isFor?.(asking) ?? true)
    : targets;
  const { asked } = asking;
  const now = Date.now();
  return orderTargets(largeEnough(meant, asking), strategy, {
    stream: asked.stream,
    costAt: (target) => costOf(target, expected(model, asking), now),
    now,
    random: Math.random,
  });
}

function largeEnough(targets: readonly AiTarget[], { asked }: Asking): readonly AiTarget[] {
  if (targets.length < 2 || targets.every(({ contextWindow }) => contextWindow === undefined)) return targets;
  const output = outputBound(asked);
  const large = targets.filter(
    ({ contextWindow }) => contextWindow === undefined || fitsInto(contextWindow - output, asked),
  );
  return large.length === 0 ? targets : large;
}

/** To compare prices by. */
function expected({ assumed_output: assumed }: AiModel, { asked }: Asking) {
  const input = Math.ceil(asked.members.bytes.length / TOKEN_BYTES);
  return { input, output: outputBound(asked) || assumed };
}
