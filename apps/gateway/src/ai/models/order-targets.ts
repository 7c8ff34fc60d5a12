import type { AiModelDefinition } from './ai-model-definition.js';
import type { AiTarget } from './ai-target.js';

type Strategy = AiModelDefinition['strategy'];

/**
 * In which order targets are asked: those that rest come last, as they are better than none.
 * @param stream whether the call is to be streamed
 */
export function orderTargets(
  { targets, strategy }: { readonly targets: readonly AiTarget[]; readonly strategy: Strategy },
  stream: boolean,
  now = Date.now(),
  random = Math.random,
): readonly AiTarget[] {
  if (targets.length === 1) return targets;
  const ordered =
    strategy === 'latency'
      ? byLatency(targets, stream)
      : strategy === 'weighted'
        ? byWeight(targets, random)
        : targets;
  const rested = ordered.filter(({ health }) => !health.rests(now));
  if (rested.length === ordered.length) return ordered;
  return [...rested, ...ordered.filter(({ health }) => health.rests(now))];
}

/** Each place is drawn by weight from those that are left. */
function byWeight(targets: readonly AiTarget[], random: () => number): readonly AiTarget[] {
  const left = [...targets];
  const drawn: AiTarget[] = [];
  while (left.length > 0) {
    const total = left.reduce((sum, { weight }) => sum + weight, 0);
    let point = random() * total;
    const index = left.findIndex(({ weight }) => (point -= weight) < 0);
    drawn.push(...left.splice(Math.max(0, index), 1));
  }
  return drawn;
}

/** One that nobody has asked yet counts as quick, and what was slow once is forgotten: each is tried now and then. */
function byLatency(targets: readonly AiTarget[], stream: boolean): readonly AiTarget[] {
  const now = performance.now();
  const latency = ({ health }: AiTarget) => health.latency(stream).value(now);
  return [...targets].sort((a, b) => latency(a) - latency(b));
}
