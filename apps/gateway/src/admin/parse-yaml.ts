import { Problem } from '@gatehouse/http';
import { parseDocument } from 'yaml';

/** An alias may stand for a node that has aliases: what they unfold to is bounded. */
const MAX_ALIASES = 100;

/** Reads YAML 1.2. @throws Problem 400 that names line and column */
export function parseYaml(text: string): unknown {
  const document = parseDocument(text, { prettyErrors: true });
  const [error] = document.errors;
  if (error) throw new Problem(400, `This is not YAML: ${error.message.split('\n')[0]!.replace(/:$/, '')}`);
  try {
    // Through JSON: dates and the like become what JSON would have.
    return JSON.parse(JSON.stringify(document.toJS({ maxAliasCount: MAX_ALIASES }) ?? null)) as unknown;
  } catch (thrown) {
    throw new Problem(400, `This is not YAML: ${(thrown as Error).message}`);
  }
}
