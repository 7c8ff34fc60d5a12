import type { FieldFault } from '@gatehouse/http';
import { isJson, type MediaType } from '../json/media-type.js';
import { JsonError, readJson } from '../json/read-json.js';
import { type Document, step } from './openapi-document.js';
import type { SchemaCheck, Schemas } from './schema-check.js';

/** What a body may be, by media type. */
export interface ContentCheck {
  /** The types, for whoever sent another one. */
  readonly accepted: string;
  /** How a body of this type is checked; undefined: the type is not among them. */
  of(type: MediaType): ((body: Buffer) => BodyFault | undefined) | undefined;
}

export interface BodyFault {
  /** The body is not what its type says; otherwise it is, and not as the schema says. */
  readonly malformed: boolean;
  readonly errors: readonly FieldFault[];
}

/** @param pointer of a `content` in the document */
export function contentCheck(pointer: string, document: Document, schemas: Schemas): ContentCheck {
  const { value: content, pointer: at } = document.at(pointer);
  const checks = new Map<string, SchemaCheck | undefined>();
  for (const [range, media] of Object.entries(content)) {
    const type = range.split(';', 1)[0]!.trim().toLowerCase();
    const hasSchema = typeof media === 'object' && media !== null && 'schema' in media;
    checks.set(type, hasSchema ? schemas.at(`${at}${step(range)}/schema`) : undefined);
  }
  return {
    accepted: [...checks.keys()].join(', '),
    of(type) {
      const range = rangesFor(type).find((one) => checks.has(one));
      if (range === undefined) return undefined;
      const schema = checks.get(range);
      return bodyCheck(type, schema);
    },
  };
}

/** Every type with the structured syntax of JSON (RFC 6839 §3.1). */
export const ANY_JSON = '*/*+json';

/** From the most specific (RFC 9110 §12.5.1). */
function rangesFor({ type }: MediaType): string[] {
  const suffixed = type.endsWith('+json') ? [ANY_JSON] : [];
  return [type, ...suffixed, `${type.slice(0, type.indexOf('/'))}/*`, '*/*'];
}

function bodyCheck(type: MediaType, schema: SchemaCheck | undefined) {
  if (isJson(type)) return (body: Buffer) => checkJson(body, schema);
  if (type.type === 'application/x-www-form-urlencoded' && schema)
    return (body: Buffer) => checkForm(body, schema);
  // JSON by name in an encoding that nobody may use (RFC 8259 §8.1).
  if (type.type.endsWith('json')) return undefined;
  return () => undefined;
}

function checkJson(body: Buffer, schema: SchemaCheck | undefined): BodyFault | undefined {
  try {
    const { value } = readJson(body);
    return faultOf(schema?.(value) ?? []);
  } catch (error) {
    if (!(error instanceof JsonError)) throw error;
    return { malformed: true, errors: [{ pointer: '/body', detail: error.message }] };
  }
}

/** A form as an object of texts and lists of texts. */
function checkForm(body: Buffer, schema: SchemaCheck): BodyFault | undefined {
  const form = new URLSearchParams(body.toString('utf8'));
  const value = Object.fromEntries(
    [...new Set(form.keys())].map((name) => {
      const values = form.getAll(name);
      return [name, values.length === 1 ? values[0]! : values] as const;
    }),
  );
  return faultOf(schema(value));
}

function faultOf(faults: readonly FieldFault[]): BodyFault | undefined {
  if (faults.length === 0) return undefined;
  return {
    malformed: false,
    errors: faults.map((fault) => ({ ...fault, pointer: `/body${fault.pointer}` })),
  };
}
