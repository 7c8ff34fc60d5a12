import { type Document, step } from '../../policies/validate/openapi-document.js';
import { percentEncode } from './encode-parameter.js';

/** The body that an operation takes. */
export interface BodyOfOperation {
  readonly required: boolean;
  readonly description: string | undefined;
  readonly contentType: string;
  /** Where its schema stands; undefined: it has none. */
  readonly schema: string | undefined;
  write(value: unknown): Buffer;
}

type Write = BodyOfOperation['write'];

/** @returns undefined where it takes none @throws Error where it takes only what no tool can write */
export function bodyOf(operation: string, document: Document): BodyOfOperation | undefined {
  if (document.at(operation).value.requestBody === undefined) return undefined;
  const { value, pointer } = document.at(`${operation}/requestBody`);
  const content = (value.content as Record<string, object> | undefined) ?? {};
  const writable = Object.keys(content).flatMap((type) => {
    const known = writerOf(type);
    return known ? [{ type, ...known }] : [];
  });
  const [best] = writable.sort((one, other) => one.rank - other.rank);
  if (!best) throw new Error(`its body is none of JSON, a form or text: ${Object.keys(content).join(', ')}`);
  return {
    required: value.required === true,
    description: typeof value.description === 'string' ? value.description : undefined,
    contentType: best.type.includes('*') ? 'application/json' : best.type,
    schema: 'schema' in content[best.type]! ? `${pointer}/content${step(best.type)}/schema` : undefined,
    write: best.write,
  };
}

/** JSON first: its schema says all of it. */
function writerOf(type: string): { readonly rank: number; readonly write: Write } | undefined {
  const name = type.split(';', 1)[0]!.trim().toLowerCase();
  if (!/^[\x20-\x7E]+$/.test(type)) return undefined;
  if (name === 'application/json' || name === '*/*' || name === 'application/*')
    return { rank: 0, write: json };
  if (/^application\/.*\+json$/.test(name)) return { rank: 1, write: json };
  if (name === 'application/x-www-form-urlencoded') return { rank: 2, write: form };
  return /^text\/[^*]+$/.test(name) ? { rank: 3, write: text } : undefined;
}

function json(value: unknown): Buffer {
  return Buffer.from(JSON.stringify(value));
}

function text(value: unknown): Buffer {
  return Buffer.from(typeof value === 'string' ? value : JSON.stringify(value));
}

/** OpenAPI 3.1 §4.8.14.4: lists by a member for each item, and what is deeper as JSON. */
function form(value: unknown): Buffer {
  const members = Object.entries((value ?? {}) as object).flatMap(([name, member]: [string, unknown]) =>
    [member]
      .flat()
      .map(
        (one) =>
          `${percentEncode(name)}=${percentEncode(typeof one === 'string' ? one : JSON.stringify(one))}`,
      ),
  );
  return Buffer.from(members.join('&'));
}
