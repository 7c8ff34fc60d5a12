import { AiProblem } from '../errors/ai-problem.js';
import type { Direction } from './ai-guardrail.js';

export const BLOCKED = 'guardrail_blocked';

/** A guardrail does not allow it. It tells which one and where, and never what was found. */
export class Blocked extends AiProblem {
  constructor(
    readonly guardrail: string,
    on: Direction,
    { pointer, why }: { readonly pointer?: string | undefined; readonly why?: string } = {},
  ) {
    const what = on === 'request' ? 'this request' : 'the answer of the model';
    const reason = why === undefined ? '' : `: ${why}`;
    // SDKs must not ask again: it will not be allowed then.
    const headers = { 'x-should-retry': 'false' };
    super(400, `The guardrail ${guardrail} does not allow ${what}${reason}.`, BLOCKED, { pointer, headers });
  }
}

/** On a route with guardrails, what they cannot look at is not let through. */
export function uncheckable(what: string, pointer?: string): AiProblem {
  return new AiProblem(400, `The guardrails of this route cannot check ${what}.`, 'guardrail_unsupported', {
    pointer,
    headers: { 'x-should-retry': 'false' },
  });
}
