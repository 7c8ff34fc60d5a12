import { createContext, Script } from 'node:vm';

const context = createContext({});
const script = new Script('work()');

/**
 * Runs something that callers may have made endless, and ends it when it takes too long.
 * @throws Error then, and when it goes too deep
 */
export function withinTime<Result>(ms: number, work: () => Result): Result {
  context.work = work;
  try {
    return script.runInContext(context, { timeout: ms }) as Result;
  } finally {
    context.work = undefined;
  }
}
