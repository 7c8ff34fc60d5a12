import { isObject, type JsonObject } from '../../wire/json.js';

/**
 * Whether a message asks the agent to call somebody back. Agents read members in several spellings: ProtoJSON takes
 * `push_notification_config`, too, and some readers any case: Go's `encoding/json` folds U+017F to s and U+212A to k as well.
 */
export function hasPushConfig(params: JsonObject): boolean {
  return Object.entries(params).some(([name, value]) => {
    const plain = plainName(name);
    if (plain.endsWith('pushnotificationconfig')) return value !== null;
    return plain === 'configuration' && isObject(value) && hasPushConfig(value);
  });
}

function plainName(name: string): string {
  return name.toUpperCase().toLowerCase().replaceAll(/[_-]/g, '');
}
