import type { HeaderList } from '../../calls/header-list.js';

/** A media type (RFC 9110 §8.3.1) in lower case. */
export interface MediaType {
  readonly type: string;
  readonly parameters: ReadonlyMap<string, string>;
}

const TOKEN = "[!#$%&'*+\\-.^_`|~0-9A-Za-z]+";
const QUOTED = '"(?:[\\t \\x21\\x23-\\x5B\\x5D-\\x7E]|\\\\[\\t \\x21-\\x7E])*"';
const TYPE = new RegExp(`^${TOKEN}/${TOKEN}`);
const PARAMETER = new RegExp(`[ \\t]*;[ \\t]*(?:(${TOKEN})=(${TOKEN}|${QUOTED}))?`, 'y');

/** By the grammar, to the last character: what a more generous reader might see is refused. @returns undefined */
export function readMediaType(field: string): MediaType | undefined {
  const type = TYPE.exec(field)?.[0];
  if (type === undefined) return undefined;
  const parameters = new Map<string, string>();
  PARAMETER.lastIndex = type.length;
  let end = type.length;
  while (end < field.length) {
    const match = PARAMETER.exec(field);
    if (!match) return undefined;
    end = PARAMETER.lastIndex;
    const name = match[1]?.toLowerCase();
    if (name === undefined) continue;
    if (parameters.has(name)) return undefined;
    const value = match[2]!;
    parameters.set(name, value.startsWith('"') ? value.slice(1, -1).replace(/\\(.)/g, '$1') : value);
  }
  return { type: type.toLowerCase(), parameters };
}

/** The one Content-Type of a message; undefined where it has none, null where it is not one that can be relied on. */
export function contentTypeOf(headers: HeaderList): MediaType | undefined | null {
  const fields = headers.all('content-type');
  if (fields.length === 0) return undefined;
  const type = fields.length === 1 ? readMediaType(fields[0]!) : undefined;
  return type ?? null;
}

/** JSON, in the only encoding it has (RFC 8259 §8.1). */
export function isJson({ type, parameters }: MediaType): boolean {
  const charset = parameters.get('charset')?.toLowerCase();
  if (charset !== undefined && charset !== 'utf-8' && charset !== 'us-ascii') return false;
  return type === 'application/json' || type === 'text/json' || type.endsWith('+json');
}
