import { isOwnField, upstreamHeader } from '../../tokens/upstream-header.js';
import { type Document, step } from '../../policies/validate/openapi-document.js';

/** A parameter of an operation, as it is sent (OpenAPI 3.1 §4.8.12). */
export interface Parameter {
  readonly name: string;
  readonly in: 'path' | 'query' | 'header' | 'cookie';
  readonly required: boolean;
  readonly description: string | undefined;
  readonly style: string;
  readonly explode: boolean;
  /** Its value is JSON: it has `content` in place of `schema`. */
  readonly isJson: boolean;
  /** Where its schema stands; undefined: it has none. */
  readonly schema: string | undefined;
}

const DEFAULT_STYLES = { path: 'simple', query: 'form', header: 'simple', cookie: 'form' } as const;
const STYLES = {
  path: ['simple', 'label', 'matrix'],
  query: ['form', 'spaceDelimited', 'pipeDelimited', 'deepObject'],
  header: ['simple'],
  cookie: ['form'],
} as const;
const TOKEN = /^[!#$%&'*+\-.^_`|~0-9A-Za-z]{1,200}$/;
/** What the gateway says of itself, and what OpenAPI 3.1 §4.8.12 leaves to others. */
const NOT_GIVEN =
  /^(?:accept.*|authorization|proxy-.*|range|user-agent|traceparent|tracestate|sec-.*|mcp-.*)$/;

/**
 * The parameters of the operation at a pointer; its own stand in for those of its path.
 * @param setByGateway header fields that callers do not give
 * @throws Error when one cannot be sent
 */
export function parametersOf(
  path: string,
  operation: string,
  document: Document,
  setByGateway: readonly string[],
): Parameter[] {
  const all = [path, operation].flatMap((at) => {
    const { parameters } = document.at(at).value;
    if (!Array.isArray(parameters)) return [];
    return parameters.map((_, index) => parameterAt(`${at}/parameters/${index}`, document));
  });
  const unique = [...new Map(all.map((one) => [`${one.in} ${one.name}`, one])).values()];
  return unique.filter((one) => one.in !== 'header' || isGiven(one.name, setByGateway));
}

function parameterAt(pointer: string, document: Document): Parameter {
  const { value, pointer: at } = document.at(pointer);
  const { name, in: place, required, description, schema, content } = value;
  if (typeof name !== 'string' || name === '' || !isPlace(place)) throw new Error(`${at} is no parameter`);
  if ((place === 'header' || place === 'cookie') && !TOKEN.test(name))
    throw new Error(`${at}: no ${place} can have the name ${name.slice(0, 100)}`);
  const style = (value.style as string | undefined) ?? DEFAULT_STYLES[place];
  if (!(STYLES[place] as readonly string[]).includes(style))
    throw new Error(`${at}: the style ${style} is not for parameters in ${place}`);
  return {
    name,
    in: place,
    required: required === true || place === 'path',
    description: typeof description === 'string' ? description : undefined,
    style,
    explode: typeof value.explode === 'boolean' ? value.explode : style === 'form',
    ...schemaOf(at, schema, content as Record<string, object> | undefined),
  };
}

function schemaOf(at: string, schema: unknown, content: Record<string, object> | undefined) {
  if (schema !== undefined) return { isJson: false, schema: `${at}/schema` };
  const [type, media] = Object.entries(content ?? {})[0] ?? [];
  if (type === undefined) return { isJson: false, schema: undefined };
  if (!/^application\/(?:.*\+)?json$/i.test(type)) throw new Error(`${at}: its content must be JSON`);
  const has = 'schema' in media!;
  return { isJson: true, schema: has ? `${at}/content${step(type)}/schema` : undefined };
}

function isPlace(place: unknown): place is Parameter['in'] {
  return typeof place === 'string' && Object.hasOwn(STYLES, place);
}

/** Callers must not set what frames the message, says who calls, or is the gateway's own secret. */
function isGiven(field: string, setByGateway: readonly string[]): boolean {
  const name = field.toLowerCase();
  if (NOT_GIVEN.test(name) || isOwnField(name) || setByGateway.includes(name)) return false;
  return !upstreamHeader.safeParse(name).error;
}
