import type { Document } from '../../policies/validate/openapi-document.js';

type Json = Record<string, unknown>;

/** Keywords whose values are no schemas. What is not named here or below is not of JSON Schema, or leads elsewhere. */
const PLAIN = new Set(
  `type enum const title description default format pattern multipleOf minimum maximum exclusiveMinimum exclusiveMaximum
  minLength maxLength minItems maxItems uniqueItems minContains maxContains minProperties maxProperties required
  dependentRequired deprecated`.split(/\s+/),
);
const ONE = new Set(
  `items additionalProperties not contains propertyNames if then else unevaluatedItems unevaluatedProperties`.split(
    ' ',
  ),
);
const LISTS = new Set(['allOf', 'anyOf', 'oneOf', 'prefixItems']);
const MAPS = new Set(['properties', 'patternProperties', 'dependentSchemas']);

const MAX_DEPTH = 64;
const MAX_SCHEMAS = 5_000;

/**
 * Writes schemas of a document as JSON Schema 2020-12 that stands for itself: references are replaced by what they lead to,
 * but those that run in a circle, which lead into `$defs`. Bounded in depth and number: references multiply.
 */
export class PlainSchemas {
  readonly defs: Json = {};
  private readonly names = new Map<string, string>();
  private count = 0;

  /** @param hidden the property that members have which are not for this direction */
  constructor(
    private readonly document: Document,
    private readonly hidden: 'readOnly' | 'writeOnly',
  ) {}

  /** @throws Error when it cannot be used, or is too large */
  at(pointer: string): unknown {
    return this.write(this.document.at(pointer).value, []);
  }

  private write(schema: unknown, within: readonly string[]): unknown {
    if (typeof schema === 'boolean') return schema;
    if (typeof schema !== 'object' || schema === null) throw new Error('A schema must be an object');
    if (within.length > MAX_DEPTH || ++this.count > MAX_SCHEMAS) throw new Error('The schema is too large');
    const { $ref: reference, ...rest } = schema as Json;
    const written = this.members(rest, within);
    if (typeof reference !== 'string') return written;
    const target = this.referred(reference, within);
    // OpenAPI 3.1 and JSON Schema 2020-12 let members stand beside a reference; those that only describe go over.
    return Object.keys(written).length === 0 ? target : { ...(target as Json), ...written };
  }

  private referred(reference: string, within: readonly string[]): unknown {
    if (within.includes(reference)) return { $ref: `#/$defs/${this.named(reference)}` };
    return this.write(this.target(reference), [...within, reference]);
  }

  private target(reference: string): unknown {
    if (!reference.startsWith('#/')) throw new Error(`The reference ${reference} leads out of the document`);
    return this.document.at(decodeURIComponent(reference.slice(1))).value;
  }

  private named(reference: string): string {
    const known = this.names.get(reference);
    if (known !== undefined) return known;
    const name = `${reference.slice(reference.lastIndexOf('/') + 1).replaceAll(/[^A-Za-z0-9_.-]+/g, '_')}_${this.names.size}`;
    this.names.set(reference, name);
    this.defs[name] = this.write(this.target(reference), [reference]);
    return name;
  }

  private members(schema: Json, within: readonly string[]): Json {
    const inner = [...within, ''];
    const one = (value: unknown) => this.write(value, inner);
    const written: [string, unknown][] = [];
    for (const [keyword, value] of Object.entries(schema)) {
      if (PLAIN.has(keyword)) written.push([keyword, value]);
      else if (LISTS.has(keyword) && Array.isArray(value)) written.push([keyword, value.map(one)]);
      else if (ONE.has(keyword)) written.push([keyword, one(value)]);
      else if (MAPS.has(keyword) && typeof value === 'object' && value !== null)
        written.push([keyword, this.map(keyword, value as Json, one)]);
    }
    return nullable(Object.fromEntries(written), schema.nullable === true);
  }

  private map(keyword: string, members: Json, one: (value: unknown) => unknown): Json {
    const shown = Object.entries(members).filter(
      ([, member]) => keyword !== 'properties' || (member as Json | null)?.[this.hidden] !== true,
    );
    return Object.fromEntries(shown.map(([name, member]) => [name, one(member)]));
  }
}

/** OpenAPI 3.0 §4.7.24: `nullable` beside `type`. */
function nullable(schema: Json, isNullable: boolean): Json {
  if (!isNullable || schema.type === undefined) return schema;
  const values = Array.isArray(schema.enum) ? { enum: [...(schema.enum as unknown[]), null] } : {};
  return { ...schema, type: [...new Set([schema.type, 'null'].flat())], ...values };
}
