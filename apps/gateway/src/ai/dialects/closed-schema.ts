import { isObject, type JsonObject, type JsonValue } from '../../wire/json.js';

const LISTS = ['anyOf', 'oneOf', 'allOf', 'prefixItems'];
const MAPS = ['properties', '$defs', 'definitions'];

/** A JSON schema whose objects have no members but those it names: narrower, so what fits it fits the schema that was given. */
export function closedSchema(schema: JsonObject): JsonObject {
  const closed: Record<string, JsonValue | undefined> = { ...schema };
  for (const name of LISTS) {
    const list = closed[name];
    if (Array.isArray(list)) closed[name] = list.map(closedValue);
  }
  for (const name of MAPS) {
    const map = closed[name];
    if (isObject(map))
      closed[name] = Object.fromEntries(Object.entries(map).map(([key, value]) => [key, closedValue(value)]));
  }
  if (closed.items !== undefined) closed.items = closedValue(closed.items);
  const describesObject = closed.properties !== undefined || [closed.type].flat().includes('object');
  if (describesObject && closed.additionalProperties === undefined) closed.additionalProperties = false;
  return closed;
}

function closedValue(value: JsonValue | undefined): JsonValue {
  return isObject(value) ? closedSchema(value) : (value ?? null);
}
