import { z } from 'zod';
import type { AnswerHead } from '../calls/answer.js';
import type { Call } from '../calls/call.js';
import type { PolicyHooks } from './policy.js';

/** The calls that a policy is for, where it is not for all of them. */
export const policyCondition = z
  .strictObject({
    methods: z
      .array(z.string().regex(/^[A-Z]{1,20}$/, 'must be a method in capitals'))
      .min(1)
      .max(20)
      .optional(),
    paths: z
      .array(z.string().startsWith('/').max(1_024))
      .min(1)
      .max(100)
      .optional()
      .describe('Prefixes at segment boundaries, of the path that the caller asked for'),
  })
  .describe('The calls that the policy is for; left out: all');

export type PolicyCondition = z.output<typeof policyCondition>;

/** The same policy for these calls alone. */
export function onlyWhen({ methods, paths }: PolicyCondition, hooks: PolicyHooks): PolicyHooks {
  const applies = ({ method, path }: Call): boolean =>
    (methods === undefined || methods.includes(method)) &&
    (paths === undefined || paths.some((prefix) => isUnder(path, prefix)));
  const limited: Record<string, unknown> = { ...hooks, isFor: applies };
  for (const [name, hook] of Object.entries(hooks)) {
    if (typeof hook !== 'function') continue;
    limited[name] = (call: Call, ...rest: unknown[]) =>
      applies(call) ? (Reflect.apply(hook, hooks, [call, ...rest]) as unknown) : undefined;
  }
  // Bodies of other calls are not even read.
  limited.wantsRequestBody = (call: Call) => applies(call) && (hooks.wantsRequestBody?.(call) ?? true);
  limited.wantsResponseBody = (call: Call, head: AnswerHead) =>
    applies(call) && (hooks.wantsResponseBody?.(call, head) ?? true);
  return limited;
}

function isUnder(path: string, prefix: string): boolean {
  if (!path.startsWith(prefix)) return false;
  return path.length === prefix.length || prefix.endsWith('/') || path[prefix.length] === '/';
}
