import type { OpenApiDefinition } from './openapi-definition.js';
import { operationTool, type OperationTool, sidesOf } from './operation-tool.js';

/** An operation of the settings that can be no tool, and why. */
export class OperationFault extends Error {
  /** @param index which of `operations` */
  constructor(
    readonly index: number,
    readonly member: 'operation' | 'name',
    message: string,
  ) {
    super(message);
  }
}

const MAX_NAME = 64;

/**
 * The tools of an API, by their names.
 * @param setByGateway header fields that callers do not give
 * @throws OperationFault
 */
export function operationTools(
  { operations }: Pick<OpenApiDefinition, 'operations'>,
  document: Record<string, unknown>,
  setByGateway: readonly string[],
): ReadonlyMap<string, OperationTool> {
  const sides = sidesOf(document);
  const tools = new Map<string, OperationTool>();
  const given = new Set(operations.flatMap(({ name }) => name ?? []));
  for (const [index, chosen] of operations.entries()) {
    const { suggestedName, ...tool } = about(index, () => operationTool(chosen, sides, setByGateway));
    const name = chosen.name ?? freeName(suggestedName, (one) => tools.has(one) || given.has(one));
    if (tools.has(name)) throw new OperationFault(index, 'name', 'is the name of another operation');
    tools.set(name, tool);
  }
  return tools;
}

function about<Tool>(index: number, make: () => Tool): Tool {
  try {
    return make();
  } catch (error) {
    throw new OperationFault(index, 'operation', (error as Error).message.slice(0, 300));
  }
}

function freeName(suggested: string, isTaken: (name: string) => boolean): string {
  const plain =
    suggested
      .replaceAll(/[^A-Za-z0-9_.-]+/g, '_')
      .replaceAll(/^_+|_+$/g, '')
      .slice(0, MAX_NAME) || 'operation';
  if (!isTaken(plain)) return plain;
  for (let count = 2; ; count++) {
    const name = `${plain.slice(0, MAX_NAME - 5)}_${count}`;
    if (!isTaken(name)) return name;
  }
}
