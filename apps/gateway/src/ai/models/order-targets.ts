import type { AiModelDefinition } from './ai-model-definition.js';
import type { AiTarget } from './ai-target.js';

export type Strategy = AiModelDefinition['strategy'];

/** What an order may go by. */
export interface OrderedFor {
  /** Whether the call is to be streamed. */
  readonly stream: boolean;
  /** What the call costs at a target; undefined: nobody knows. */
  readonly costAt: (target: AiTarget) => number | undefined;
  /** `Date.now()` */
  readonly now: number;
  readonly random: () => number;
}

type Order = (targets: readonly AiTarget[], call: OrderedFor) => readonly AiTarget[];

const ORDERS: Readonly<Record<Strategy, Order>> = {
  ordered: (targets) => targets,
  weighted: (targets, { random }) => byWeight(targets, random),
  latency: (targets, { stream }) => byLatency(targets, stream),
  cost: (targets, { costAt }) => ascending(targets, (target) => costAt(target) ?? Infinity),
  load: (targets) => ascending(targets, ({ health }) => health.underWay),
};

/** In which order targets are asked: those that rest come last, as they are better than none. */
export function orderTargets(
  targets: readonly AiTarget[],
  strategy: Strategy,
  call: OrderedFor,
): readonly AiTarget[] {
  if (targets.length < 2) return targets;
  const ordered = ORDERS[strategy](targets, call);
  const rested = ordered.filter(({ health }) => !health.rests(call.now));
  if (rested.length === ordered.length) return ordered;
  return [...rested, ...ordered.filter(({ health }) => health.rests(call.now))];
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
  return ascending(targets, ({ health }) => health.latency(stream).value(now));
}

/** Those that are alike stay as they are. */
function ascending(targets: readonly AiTarget[], of: (target: AiTarget) => number): readonly AiTarget[] {
  const measured = targets.map((target) => ({ target, value: of(target) }));
  return measured.sort((a, b) => (a.value === b.value ? 0 : a.value - b.value)).map(({ target }) => target);
}
