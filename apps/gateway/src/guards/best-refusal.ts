import { Problem } from '@gatehouse/http';
import { RedirectAnswer } from './route-guard.js';

/**
 * Of the refusals of guards of which one would have done, the one that serves the caller best: where a browser can sign
 * in; then what failed on our side, as other credentials would not help; then "too many" and the like; then every way to
 * come with credentials (RFC 9110 §11.6.1), even where those of another way were good and not enough; then the rest.
 */
export function bestRefusal(refusals: readonly unknown[]): unknown {
  const redirect = refusals.find((one) => one instanceof RedirectAnswer);
  if (redirect) return redirect;
  const problems = refusals.filter((one) => one instanceof Problem);
  if (problems.length < refusals.length) return refusals.find((one) => !(one instanceof Problem));
  const failure = problems.find(({ status }) => status >= 500);
  const other = problems.find(({ status }) => status !== 401 && status !== 403);
  return failure ?? other ?? inOne(problems);
}

/** The statuses are 401 or 403. */
function inOne(problems: readonly Problem[]): Problem {
  if (problems.length === 1) return problems[0]!;
  const status = problems.some((one) => one.status === 401) ? 401 : 403;
  const detail = [...new Set(problems.map((one) => one.detail))].join(' ');
  const headers: Record<string, string | string[]> = {};
  for (const problem of problems) {
    if (problem.status !== status) continue;
    for (const [name, value] of Object.entries(problem.headers)) headers[name] ??= value;
  }
  const challenges = problems.flatMap((one) => one.headers['www-authenticate'] ?? []);
  if (challenges.length > 0) headers['www-authenticate'] = [...new Set(challenges)];
  return new Problem(status, detail, { headers });
}
