import type { FuncKeywordDefinition } from 'ajv';
import { canonicalJson } from '../../wire/canonical-json.js';
import type { JsonValue } from '../../wire/json.js';

/**
 * `uniqueItems` in time that grows with the items. Ajv compares such as are no scalars each with each: a caller who sends
 * many would hold up everybody. Values are equal whatever the order of their members (JSON Schema 2020-12, §4.2.2).
 */
export const uniqueItems: FuncKeywordDefinition = {
  keyword: 'uniqueItems',
  type: 'array',
  schemaType: 'boolean',
  errors: false,
  error: { message: 'must NOT have duplicate items' },
  validate: (isWanted: boolean, items: readonly JsonValue[]) =>
    !isWanted || new Set(items.map(canonicalJson)).size === items.length,
};
