type Json = Record<string, unknown>;

/** What is needed of an OpenAPI document; everything else is left to its readers. */
export interface OpenApiDocument extends Json {
  readonly openapi: string;
  readonly paths?: Readonly<Record<string, Json>>;
  readonly servers?: readonly { readonly url?: string }[];
}

/** A document by its name, within which `$ref` is followed. */
export class Document {
  constructor(readonly root: Json) {}

  /** What stands at a pointer, behind references, and where that is. @throws Error when there is nothing */
  at(pointer: string): { readonly value: Json; readonly pointer: string } {
    let current = pointer;
    for (let hops = 0; hops < 20; hops++) {
      const value = this.plain(current);
      const reference = value.$ref;
      if (typeof reference !== 'string') return { value, pointer: current };
      if (!reference.startsWith('#/'))
        throw new Error(`The reference ${reference} leads out of the document`);
      current = decodeURIComponent(reference.slice(1));
    }
    throw new Error(`The references at ${pointer} run in a circle`);
  }

  private plain(pointer: string): Json {
    let value: unknown = this.root;
    for (const part of pointer.split('/').slice(1)) {
      const name = part.replaceAll('~1', '/').replaceAll('~0', '~');
      value =
        typeof value === 'object' && value !== null && Object.hasOwn(value, name)
          ? (value as Json)[name]
          : undefined;
    }
    if (typeof value !== 'object' || value === null) throw new Error(`There is nothing at ${pointer}`);
    return value as Json;
  }
}

/** One step of a pointer. */
export function step(name: string): string {
  return `/${name.replaceAll('~', '~0').replaceAll('/', '~1')}`;
}

/**
 * The document as JSON Schema reads it, for one direction: OpenAPI 3.0 has `exclusiveMinimum: true`, and required members
 * that are `readOnly` are not for requests, nor `writeOnly` ones for answers (OpenAPI 3.1 §4.8.24).
 */
export function forDirection(document: Json, direction: 'request' | 'response'): Json {
  const hidden = direction === 'request' ? 'readOnly' : 'writeOnly';
  const old = String(document.openapi ?? '3.1').startsWith('3.0');
  const convert = (value: unknown): unknown => {
    if (Array.isArray(value)) return value.map(convert);
    if (typeof value !== 'object' || value === null) return value;
    const converted = Object.fromEntries(
      Object.entries(value).map(([name, member]) => [name, convert(member)]),
    );
    withoutHidden(converted, hidden);
    if (old) limitsOfDraft7(converted);
    return converted;
  };
  return convert(document) as Json;
}

function withoutHidden(schema: Json, hidden: string): void {
  const { required, properties } = schema;
  if (!Array.isArray(required) || typeof properties !== 'object' || properties === null) return;
  schema.required = required.filter(
    (name: string) => (properties as Record<string, Json>)[name]?.[hidden] !== true,
  );
}

function limitsOfDraft7(schema: Json): void {
  for (const [exclusive, limit] of [
    ['exclusiveMinimum', 'minimum'],
    ['exclusiveMaximum', 'maximum'],
  ] as const) {
    if (typeof schema[exclusive] !== 'boolean') continue;
    if (schema[exclusive]) {
      schema[exclusive] = schema[limit];
      delete schema[limit];
    } else delete schema[exclusive];
  }
}
