import { isObject, textOf, type JsonObject, type JsonValue } from '../../../wire/json.js';

/** Numbers that protocol buffers say as text. */
const COUNTS = new Set(['minItems', 'maxItems', 'minLength', 'maxLength', 'minProperties', 'maxProperties']);

/** Gemini's `Schema`, after OpenAPI 3.0, as the JSON Schema that it stands for. */
export function jsonSchemaOf(schema: JsonObject): JsonObject {
  const { nullable, propertyOrdering: _, ...members } = schema;
  const read = Object.fromEntries(
    Object.entries(members).map(([name, value]) => [name, readMember(name, value)]),
  );
  return nullable === true && textOf(read.type) ? { ...read, type: [read.type!, 'null'] } : read;
}

function readMember(name: string, value: JsonValue | undefined): JsonValue | undefined {
  if (name === 'type' && typeof value === 'string') return value.toLowerCase();
  if (COUNTS.has(name) && typeof value === 'string') return Number(value);
  if (name === 'items' && isObject(value)) return jsonSchemaOf(value);
  if (name === 'anyOf' && Array.isArray(value))
    return value.map((one) => (isObject(one) ? jsonSchemaOf(one) : one));
  if (name !== 'properties' || !isObject(value)) return value;
  return Object.fromEntries(
    Object.entries(value).map(([property, one]) => [property, isObject(one) ? jsonSchemaOf(one) : one]),
  );
}
