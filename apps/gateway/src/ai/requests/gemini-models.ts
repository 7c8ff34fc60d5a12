import { isObject, type JsonObject, type JsonValue } from '../../wire/json.js';

/** Gemini's bodies repeat the model that the path names, where they hold requests of other operations. */
export function withModel(body: JsonObject, model: string): Buffer {
  const name = model.includes('/') ? model : `models/${model}`;
  const { requests, generateContentRequest: inner } = body;
  return Buffer.from(
    JSON.stringify({
      ...renamed(body, name),
      ...(Array.isArray(requests) ? { requests: requests.map((one: JsonValue) => renamed(one, name)) } : {}),
      ...(inner === undefined ? {} : { generateContentRequest: renamed(inner, name) }),
    }),
  );
}

function renamed(value: JsonValue, model: string): JsonObject {
  return isObject(value) && value.model !== undefined ? { ...value, model } : (value as JsonObject);
}
