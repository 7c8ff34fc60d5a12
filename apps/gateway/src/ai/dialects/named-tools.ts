import type { ToolDefinition } from './chat.js';

/** The tools of these names: for providers that are told of a choice among some by being shown no others. */
export function namedTools(
  tools: readonly ToolDefinition[],
  names: readonly string[],
): readonly ToolDefinition[] {
  const chosen = new Set(names);
  return tools.filter(({ name }) => chosen.has(name));
}
