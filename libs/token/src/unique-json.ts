/** How deep a JSON text may nest: what signs things for this server has no need of more. */
const MAX_DEPTH = 32;

/**
 * Parses a JSON object in which no name comes twice, at any depth: two readers of a text with duplicates may see two
 * different texts (RFC 7515 §4, RFC 7519 §4, RFC 8259 §4).
 * @returns undefined when the text is no such object
 */
export function parseUniqueJson(text: string): Record<string, unknown> | undefined {
  try {
    const value: unknown = JSON.parse(text);
    if (typeof value !== 'object' || value === null || Array.isArray(value)) return undefined;
    return hasDuplicates(text) ? undefined : (value as Record<string, unknown>);
  } catch {
    return undefined;
  }
}

const TOKEN = /"(?:[^"\\]|\\.)*"|[{}[\],:]/g;

/** @param text valid JSON */
function hasDuplicates(text: string): boolean {
  const open: (Set<string> | undefined)[] = [];
  let name: string | undefined;
  for (const [token] of text.matchAll(TOKEN)) {
    if (token === '{' || token === '[') {
      open.push(token === '{' ? new Set() : undefined);
      if (open.length > MAX_DEPTH) return true;
    } else if (token === '}' || token === ']') open.pop();
    else if (token === ':') {
      const names = open.at(-1)!;
      if (names.has(name!)) return true;
      names.add(name!);
    } else if (token !== ',') name = JSON.parse(token) as string;
  }
  return false;
}
