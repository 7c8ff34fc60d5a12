import type { OutputFormat } from './chat.js';
import type { JsonObject } from '../../wire/json.js';

/** The schema of an answer, for dialects that have no other place for its description. */
export function outputSchema({
  schema,
  description,
}: Extract<OutputFormat, { type: 'json_schema' }>): JsonObject {
  return description === undefined ? schema : { description, ...schema };
}
