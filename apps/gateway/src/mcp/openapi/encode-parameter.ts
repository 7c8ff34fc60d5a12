import type { Parameter } from './parameters.js';

/** An argument that cannot be sent; its message is for the model. */
export class ArgumentFault extends Error {}

/** Everything but the unreserved characters of RFC 3986 §2.3, so that no value can end its place. */
export function percentEncode(text: string): string {
  return encoded(text).replace(/[!'()*]/g, (sign) => `%${sign.charCodeAt(0).toString(16).toUpperCase()}`);
}

function encoded(text: string): string {
  try {
    return encodeURIComponent(text);
  } catch {
    throw new ArgumentFault('must be well-formed text: it has half a character');
  }
}

type Shape = 'scalar' | 'list' | 'object';
type Pair = readonly [name: string, value: string];

/** A value as texts: one, many, or named ones. Nothing says how deeper values would be written. */
function textsOf(value: unknown): { readonly shape: Shape; readonly pairs: readonly Pair[] } {
  if (Array.isArray(value)) return { shape: 'list', pairs: value.map((one) => ['', textOf(one)]) };
  if (typeof value !== 'object' || value === null) return { shape: 'scalar', pairs: [['', textOf(value)]] };
  const members = Object.entries(value).filter(([, member]) => member !== undefined && member !== null);
  return { shape: 'object', pairs: members.map(([name, member]) => [name, textOf(member)]) };
}

function textOf(value: unknown): string {
  if (typeof value === 'string') return value;
  if (typeof value === 'number' || typeof value === 'boolean') return String(value);
  throw new ArgumentFault('must not be that deep: a parameter has texts, numbers and truth values');
}

/** The value of a path parameter (styles simple, label and matrix), which stays within its segment. */
export function pathText(parameter: Parameter, value: unknown): string {
  const { name, style, explode } = parameter;
  const { shape, pairs } = parameter.isJson
    ? { shape: 'scalar' as const, pairs: [['', JSON.stringify(value)] as const] }
    : textsOf(value);
  for (const text of pairs.flat()) demandNoDots(text);
  if (pairs.every(([, text]) => text === '')) throw new ArgumentFault('must not be empty');
  if (style === 'matrix') return matrix(percentEncode(name), shape, explode, pairs);
  const separator = style === 'label' && explode ? '.' : ',';
  const text = joined(shape, explode, pairs, separator, percentEncode);
  return style === 'label' ? `.${text}` : text;
}

/** Servers that decode `%2F` before they resolve dots would leave the path that was meant. */
function demandNoDots(text: string): void {
  if (text.split(/[/\\]/).some((one) => one === '.' || one === '..'))
    throw new ArgumentFault('must not be, or have between slashes, . or ..');
}

function matrix(name: string, shape: Shape, explode: boolean, pairs: readonly Pair[]): string {
  if (!explode || shape === 'scalar') return `;${name}=${joined(shape, false, pairs, ',', percentEncode)}`;
  return pairs
    .map(([key, text]) => `;${shape === 'list' ? name : percentEncode(key)}=${percentEncode(text)}`)
    .join('');
}

function joined(
  shape: Shape,
  explode: boolean,
  pairs: readonly Pair[],
  separator: string,
  encode: (text: string) => string,
): string {
  if (shape !== 'object') return pairs.map(([, text]) => encode(text)).join(separator);
  return pairs
    .map(([key, text]) => `${encode(key)}${explode ? '=' : separator}${encode(text)}`)
    .join(separator);
}

/** Names and values of a parameter in the query or in cookies, encoded already (styles form, spaceDelimited, pipeDelimited, deepObject). */
export function queryPairs({ name, style, explode, isJson }: Parameter, value: unknown): Pair[] {
  const key = percentEncode(name);
  if (isJson) return [[key, percentEncode(JSON.stringify(value))]];
  const { shape, pairs } = textsOf(value);
  if (pairs.length === 0) return [];
  if (style === 'deepObject') {
    if (shape !== 'object') throw new ArgumentFault('must be an object');
    return pairs.map(([member, text]) => [percentEncode(`${name}[${member}]`), percentEncode(text)]);
  }
  if (shape === 'scalar') return [[key, percentEncode(pairs[0]![1])]];
  if (explode)
    return pairs.map(([member, text]) => [
      shape === 'list' ? key : percentEncode(member),
      percentEncode(text),
    ]);
  const separator = { spaceDelimited: '%20', pipeDelimited: '%7C' }[style] ?? ',';
  return [[key, joined(shape, false, pairs, separator, percentEncode)]];
}

/** The value of a header field (style simple). @throws ArgumentFault where it could begin another field */
export function headerText({ explode, isJson }: Parameter, value: unknown): string {
  const { shape, pairs } = isJson ? { shape: 'scalar' as const, pairs: [] } : textsOf(value);
  const text = isJson ? JSON.stringify(value) : joined(shape, explode, pairs, ',', (one) => one);
  if (!/^[\x20-\x7E]*$/.test(text)) throw new ArgumentFault('must be printable ASCII: it goes into a header');
  return text.trim();
}
