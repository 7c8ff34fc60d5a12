import { type ASTNode, Environment } from '@marcbachmann/cel-js';
import type { Claims } from './caller-token.js';

/** Whether claims fulfil a condition. */
export type ClaimsCondition = (claims: Claims) => boolean;

const MAX_LENGTH = 2_000;
/** Enough for any condition that a person can read. */
const LIMITS = {
  maxAstNodes: 200,
  maxDepth: 16,
  maxListElements: 100,
  maxMapEntries: 50,
  maxCallArguments: 8,
};

const environment = new Environment({ limits: LIMITS }).registerVariable('claims', 'map');

/** Macros that go through a list. */
const LOOPS = new Set(['all', 'exists', 'exists_one', 'filter']);
/** What could take longer than the claims are long: backtracking expressions, and lists that grow. */
const REFUSED: Readonly<Record<string, string>> = {
  matches: 'matches() is not available: use startsWith, endsWith, contains or ==',
  map: 'map() is not available: use exists, all or filter',
};

/** The condition cannot be used. */
export class ClaimsConditionError extends Error {}

/**
 * Compiles a condition over `claims` in the Common Expression Language. One that fails, as for want of a claim, is not
 * fulfilled.
 * @throws ClaimsConditionError
 */
export function claimsCondition(text: string): ClaimsCondition {
  if (text.length > MAX_LENGTH) throw new ClaimsConditionError(`must have ${MAX_LENGTH} characters at most`);
  const parsed = parse(text);
  const { valid, type, error } = parsed.check();
  if (!valid) throw new ClaimsConditionError(firstLine(error));
  if (type !== 'bool' && type !== 'dyn') throw new ClaimsConditionError(`is ${type}, not true or false`);
  checkCost(parsed.ast, false);
  return (claims) => {
    try {
      return parsed({ claims }) === true;
    } catch {
      return false;
    }
  };
}

function parse(text: string) {
  try {
    return environment.parse(text);
  } catch (error) {
    throw new ClaimsConditionError(firstLine(error as Error));
  }
}

/** A loop within a loop would cost the square of what the caller sent. */
function checkCost(node: ASTNode, inLoop: boolean): void {
  const { op, args } = node;
  const name = op === 'call' || op === 'rcall' ? args[0] : '';
  if (name in REFUSED) throw new ClaimsConditionError(REFUSED[name]!);
  const isLoop = LOOPS.has(name);
  if (isLoop && inLoop) throw new ClaimsConditionError('must not have a loop within a loop');
  for (const child of nodesIn(args)) checkCost(child, inLoop || isLoop);
}

function nodesIn(value: unknown): ASTNode[] {
  if (Array.isArray(value)) return value.flatMap(nodesIn);
  const isNode = typeof value === 'object' && value !== null && 'op' in value && 'args' in value;
  return isNode ? [value as ASTNode] : [];
}

function firstLine(error: Error | undefined): string {
  return error?.message.split('\n', 1)[0] ?? 'is no expression';
}
