import { z } from 'zod';

/**
 * A guard as routes say it: one of a type with its settings, or several of which any or all must agree. Exactly one of
 * `type`, `any_of` and `all_of` is there.
 */
export interface GuardDefinition {
  readonly type?: string | undefined;
  readonly any_of?: readonly GuardDefinition[] | undefined;
  readonly all_of?: readonly GuardDefinition[] | undefined;
  readonly [setting: string]: unknown;
}

/** How deep `any_of` and `all_of` may stand in each other. */
const DEPTH = 3;

const typed = z.looseObject({ type: z.string() });

/** A guard, or several that stand within another `depth` times at most. */
function guard(depth: number): z.ZodType<GuardDefinition> {
  if (depth === 0) return typed;
  const inner = z.array(guard(depth - 1)).min(1);
  return z
    .looseObject({
      type: z.string().optional().describe('A guard type; its settings stand beside it'),
      any_of: inner.max(10).optional().describe('One of them must agree; the first that does counts'),
      all_of: inner.max(10).optional().describe('All of them must agree'),
    })
    .superRefine((one, context) => {
      const { type, any_of: any, all_of: all, ...settings } = one;
      if ([type, any, all].filter((member) => member !== undefined).length !== 1) {
        context.addIssue({ code: 'custom', message: 'must have one of type, any_of and all_of' });
      } else if (type === undefined && Object.keys(settings).length > 0) {
        context.addIssue({ code: 'custom', message: 'must have nothing beside any_of or all_of' });
      }
    });
}

/** Who may call, as routes say it. */
export const guardList = z
  .array(guard(DEPTH))
  .max(20)
  .describe('Who may call: all must agree. An empty list makes the route public');

/** All guards that have a type, wherever they stand. */
export function typedGuards(guards: readonly GuardDefinition[]): (GuardDefinition & { type: string })[] {
  return guards.flatMap(({ type, any_of: any, all_of: all, ...settings }) =>
    type === undefined ? typedGuards(any ?? all ?? []) : [{ type, ...settings }],
  );
}
