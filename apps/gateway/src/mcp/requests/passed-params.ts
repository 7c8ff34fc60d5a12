import type { JsonObject } from '../../wire/json.js';

/** Members that any request may have, `_meta` as the caller sent it; tasks are not offered here. */
const ALWAYS = ['_meta', 'inputResponses', 'requestState'];

/** What of the params of a request goes on to the server. @param names members that requests of this method have besides */
export function passedParams(params: JsonObject, names: readonly string[]): JsonObject {
  const passed = [...names, ...ALWAYS].flatMap((name) =>
    params[name] === undefined ? [] : [[name, params[name]] as const],
  );
  return Object.fromEntries(passed);
}
