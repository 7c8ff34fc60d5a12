/** What a script can tell by the exit code. */
export const EXIT = {
  done: 0,
  /** `diff` found differences. */
  differs: 1,
  usage: 2,
  notSignedIn: 3,
  /** The gateway said no, and why. */
  refused: 4,
  /** No answer, or one that nobody meant to give. */
  failed: 5,
} as const;

export type ExitCode = (typeof EXIT)[keyof typeof EXIT];

/** Ends a command; its lines are all that is said. */
export class CommandError extends Error {
  constructor(
    readonly exitCode: ExitCode,
    readonly lines: readonly string[],
  ) {
    super(lines.join('\n'));
    this.name = 'CommandError';
  }
}
