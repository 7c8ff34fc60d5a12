/** A problem the operator can fix: its message is one line that names the cause and the setting. */
export class StartProblem extends Error {
  override readonly name = 'StartProblem';
}

/** What went wrong, as one line of text. */
export function describe(error: unknown): string {
  if (error instanceof AggregateError && error.errors.length > 0) return describe(error.errors[0]);
  const text = error instanceof Error ? error.message || error.name : String(error);
  return text.trim().replace(/\s*\n\s*/g, ' ');
}
