/** What the network says of a PostgreSQL that is away. */
const NETWORK: ReadonlySet<string> = new Set([
  'ECONNREFUSED',
  'ECONNRESET',
  'EPIPE',
  'ETIMEDOUT',
  'EHOSTUNREACH',
  'ENETUNREACH',
  'ENOTFOUND',
  'EAI_AGAIN',
]);
/** What PostgreSQL says of itself: no connection, out of resources, shutting down or starting (its appendix A). */
const SQLSTATE = /^(?:08...|53...|57P0[1-3])$/;
/** What pg says without a code. */
const MESSAGE =
  /^(?:Connection terminated|timeout exceeded when trying to connect|Query read timeout|Driver not Connected)/;

/** Whether an error of a query says that PostgreSQL cannot be had just now, rather than that the query was wrong. */
export function isDatabaseAway(thrown: unknown): boolean {
  if (!(thrown instanceof Error)) return false;
  if (thrown instanceof AggregateError) return thrown.errors.some(isDatabaseAway);
  const { code } = thrown as { code?: unknown };
  if (typeof code === 'string') return NETWORK.has(code) || SQLSTATE.test(code);
  return MESSAGE.test(thrown.message);
}
