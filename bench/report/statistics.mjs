/** The middle and the ends of some figures. */
export function spread(values) {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = Math.floor(sorted.length / 2);
  const median = sorted.length % 2 === 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
  return { median, min: sorted[0], max: sorted.at(-1) };
}

/** One target's rounds in short. */
export function summarise(rounds) {
  return {
    perSecond: spread(rounds.map((round) => round.perSecond)),
    perProcessorSecond: spread(rounds.map((round) => round.perProcessorSecond)),
    coreShare: spread(rounds.map((round) => round.coreShare)),
    p99: spread(rounds.map((round) => round.p99)),
    errors: rounds.reduce((sum, round) => sum + round.errors, 0),
  };
}

/**
 * How many times as fast, round by round: what disturbed a round disturbed both.
 * @param {'perSecond' | 'perProcessorSecond'} figure
 */
export function ratio(figure, rounds, toRounds) {
  return spread(rounds.map((round, index) => round[figure] / toRounds[index][figure]));
}
