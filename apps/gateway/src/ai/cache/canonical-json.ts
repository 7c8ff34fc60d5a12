import type { JsonObject, JsonValue } from '../../wire/json.js';
import { JsonError, readJson } from '../../policies/json/read-json.js';

/** As deep as bodies of AI calls may nest. */
const MAX_DEPTH = 256;
/** Decimal digits that every double keeps apart, and exponents that it has. */
const LONG_NUMBER = /\d(?:\.?\d){15}|e[+-]?\d{3}/i;

/**
 * Reads a body of which two with the same value are sure to mean the same to whoever reads them.
 * @returns undefined where readers may differ: a name twice, a number that a double does not hold, no UTF-8
 */
export function readUnambiguous(body: Buffer): JsonObject | undefined {
  try {
    const { text, value, inexact } = readJson(body, MAX_DEPTH);
    const isExact = inexact.every(([start, end]) => !LONG_NUMBER.test(text.slice(start, end)));
    return isExact ? (value as JsonObject) : undefined;
  } catch (error) {
    if (error instanceof JsonError) return undefined;
    throw error;
  }
}

/** One text for each value: without space, members in the order of their names. */
export function canonicalJson(value: JsonValue): string {
  if (typeof value !== 'object' || value === null) return JSON.stringify(value);
  if (Array.isArray(value)) return `[${(value as readonly JsonValue[]).map(canonicalJson).join(',')}]`;
  const members = Object.entries(value as JsonObject)
    .sort(([one], [other]) => (one < other ? -1 : 1))
    .map(([name, member]) => `${JSON.stringify(name)}:${canonicalJson(member!)}`);
  return `{${members.join(',')}}`;
}
