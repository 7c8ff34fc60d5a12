import type { OutputFormat, ToolDefinition } from './chat.js';
import type { JsonObject } from '../../wire/json.js';

type Optional<Value> = Value | null | undefined;

/** What both of OpenAI's APIs say of a function, the one a level deeper. @param index of the tool */
export function readFunction(
  said: {
    readonly name: string;
    readonly description?: Optional<string>;
    readonly parameters?: Optional<JsonObject>;
    readonly strict?: Optional<boolean>;
  },
  index: number,
): ToolDefinition {
  return {
    name: said.name,
    description: said.description ?? undefined,
    parameters: said.parameters ?? undefined,
    strict: said.strict ?? undefined,
    at: `/tools/${index}`,
  };
}

/** The same of a schema for the output. */
export function readJsonSchema(said: {
  readonly name: string;
  readonly description?: Optional<string>;
  readonly schema?: Optional<JsonObject>;
  readonly strict?: Optional<boolean>;
}): OutputFormat {
  return {
    type: 'json_schema',
    name: said.name,
    description: said.description ?? undefined,
    schema: said.schema ?? {},
    strict: said.strict ?? undefined,
  };
}
