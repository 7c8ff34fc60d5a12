import type { FieldFault } from '@gatehouse/http';
import { type Document, step } from './openapi-document.js';
import type { SchemaCheck, Schemas } from './schema-check.js';

/** What a request has by way of parameters. */
export interface SentParameters {
  readonly path: Readonly<Record<string, string>>;
  readonly query: URLSearchParams;
  /** Every field of a name, in lower case. */
  header(name: string): readonly string[];
  cookie(name: string): readonly string[];
}

export interface ParameterCheck {
  readonly place: Place;
  readonly name: string;
  check(sent: SentParameters): FieldFault[];
}

type Place = 'path' | 'query' | 'header' | 'cookie';
const PLACES: ReadonlySet<unknown> = new Set(['path', 'query', 'header', 'cookie']);

/** Fields that OpenAPI 3.1 §4.8.12 leaves to others. */
const NO_PARAMETERS = new Set(['accept', 'content-type', 'authorization']);

/** @param pointer of a parameter in the document @returns undefined for one that is not to be checked */
export function parameterCheck(
  pointer: string,
  document: Document,
  schemas: Schemas,
): ParameterCheck | undefined {
  const { value, pointer: at } = document.at(pointer);
  const { name, in: place, required = place === 'path' } = value;
  if (typeof name !== 'string' || !PLACES.has(place)) throw new Error(`${at} is no parameter`);
  if (place === 'header' && NO_PARAMETERS.has(name.toLowerCase())) return undefined;
  const read = reader(value, at, document);
  const check = checkOf(value, at, schemas);
  const prefix = `/${place as Place}${step(name)}`;
  return {
    place: place as Place,
    name,
    check(sent) {
      const values = valuesOf(sent, place as Place, name);
      if (values.length === 0) return required ? [{ pointer: prefix, detail: 'is required' }] : [];
      const result = read(values);
      if ('fault' in result) return [{ pointer: prefix, detail: result.fault }];
      return check(result.value).map((fault) => ({ ...fault, pointer: prefix + fault.pointer }));
    },
  };
}

function checkOf(parameter: Record<string, unknown>, at: string, schemas: Schemas): SchemaCheck {
  if (parameter.schema !== undefined) return schemas.at(`${at}/schema`);
  const [type] = Object.keys((parameter.content as object | undefined) ?? {});
  return type === undefined ? () => [] : schemas.at(`${at}/content${step(type)}/schema`);
}

function valuesOf(sent: SentParameters, place: Place, name: string): readonly string[] {
  if (place === 'query') return sent.query.getAll(name);
  if (place === 'header') return sent.header(name.toLowerCase());
  if (place === 'cookie') return sent.cookie(name);
  return name in sent.path ? [sent.path[name]!] : [];
}

type Reading = { readonly value: unknown } | { readonly fault: string };

/** How the text of a parameter becomes a value (OpenAPI 3.1 §4.8.12.3): `style` simple and form, or JSON by `content`. */
function reader(
  parameter: Record<string, unknown>,
  at: string,
  document: Document,
): (values: readonly string[]) => Reading {
  if (parameter.content !== undefined) return readJsonParameter;
  const schema = parameter.schema === undefined ? {} : document.at(`${at}/schema`).value;
  const types = [schema.type ?? []].flat() as string[];
  if (types.includes('object'))
    throw new Error(`${at}: parameters that are objects must have content, not schema`);
  if (!types.includes('array'))
    return (values) => (values.length > 1 ? TWICE : { value: scalar(values[0]!, types) });
  const form = parameter.in === 'query' || parameter.in === 'cookie';
  const explode = parameter.explode ?? form;
  const separator = { spaceDelimited: ' ', pipeDelimited: '|' }[String(parameter.style)] ?? ',';
  const items =
    schema.items === undefined ? {} : document.at(`${document.at(`${at}/schema`).pointer}/items`).value;
  const itemTypes = [items.type ?? []].flat() as string[];
  return (values) => {
    if (form && explode) return { value: values.map((one) => scalar(one, itemTypes)) };
    if (values.length > 1) return TWICE;
    const parts = values[0] === '' ? [] : values[0]!.split(separator).map((one) => one.trim());
    return { value: parts.map((one) => scalar(one, itemTypes)) };
  };
}

const TWICE: Reading = { fault: 'must not be there twice' };

function readJsonParameter(values: readonly string[]): Reading {
  if (values.length > 1) return TWICE;
  try {
    return { value: JSON.parse(values[0]!) as unknown };
  } catch {
    return { fault: 'must be JSON' };
  }
}

/** The value as its type has it; a text that is none stays a text, and the schema says so. */
function scalar(text: string, types: readonly string[]): unknown {
  if (types.includes('boolean') && (text === 'true' || text === 'false')) return text === 'true';
  const isNumber = types.includes('integer') || types.includes('number');
  return isNumber && /^-?(?:0|[1-9]\d{0,300})(?:\.\d{1,300})?(?:[eE][+-]?\d{1,3})?$/.test(text)
    ? Number(text)
    : text;
}
