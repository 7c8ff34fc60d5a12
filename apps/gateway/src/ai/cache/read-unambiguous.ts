import type { JsonObject } from '../../wire/json.js';
import { JsonError, readJson } from '../../policies/json/read-json.js';
import { MAX_DEPTH } from '../requests/json-members.js';

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
