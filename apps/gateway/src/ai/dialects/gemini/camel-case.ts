import { isObject, type JsonObject, type JsonValue } from '../../../wire/json.js';

/** What is the caller's own, down to its names. */
const OPAQUE = new Set([
  'args',
  'response',
  'parameters',
  'parametersJsonSchema',
  'responseSchema',
  'responseJsonSchema',
]);

/** JSON of protocol buffers may say a field's name in snake case too, as Google's own examples do. */
export function camelCase(body: JsonObject): JsonObject {
  return Object.fromEntries(
    Object.entries(body).map(([given, value]) => {
      const name = given.replace(/(?<=[a-z])_([a-z])/g, (_, letter: string) => letter.toUpperCase());
      return [name, OPAQUE.has(name) || value === undefined ? value : camelCaseWithin(value)];
    }),
  );
}

function camelCaseWithin(value: JsonValue): JsonValue {
  if (Array.isArray(value)) return value.map(camelCaseWithin);
  return isObject(value) ? camelCase(value) : value;
}
