import { z, type ZodType } from 'zod';
import { DialectError } from './dialect.js';
import { isObject, pointerToken, type JsonObject } from '../../wire/json.js';

/** JSON that is taken as it is. */
export const json = z.custom<JsonObject>(isObject, 'must be an object');

/**
 * One of several forms, told apart by a member. A form that is not known here is read as undefined, so that it counts as
 * unread: providers have more forms than can be converted.
 */
export function formOf<Forms extends readonly [z.ZodObject, ...z.ZodObject[]]>(member: string, forms: Forms) {
  const known = new Set(forms.flatMap((form) => [...((form.shape[member] as z.ZodLiteral).values ?? [])]));
  const other = z.object({ [member]: z.string().refine((value) => !known.has(value)) });
  return z.union([
    z.discriminatedUnion(member, forms as unknown as [Forms[number], ...Forms[number][]]),
    other.transform(() => undefined),
  ]);
}

/** Texts by names of the caller's, of which the first that is none is told of. */
export const strings = json.transform((value, context): Readonly<Record<string, string>> => {
  const wrong = Object.keys(value).find((name) => typeof value[name] !== 'string');
  if (wrong === undefined) return value as Readonly<Record<string, string>>;
  context.addIssue({ code: 'invalid_type', expected: 'string', path: [wrong], input: value });
  return z.NEVER;
});

/**
 * A list, of which nothing is looked at behind the first item that is wrong: what is told of an item takes a thousand times the
 * room that it has in a body, and a body has room for millions.
 */
export function list<Item extends ZodType>(item: Item, least = 0) {
  return z
    .array(z.unknown())
    .min(least)
    .transform((values, context): z.output<Item>[] => {
      const items: z.output<Item>[] = [];
      for (const [index, value] of values.entries()) {
        const { data, error } = item.safeParse(value);
        if (error) {
          const [issue] = error.issues;
          context.addIssue({ ...issue!, path: [index, ...issue!.path] });
          return z.NEVER;
        }
        items.push(data as z.output<Item>);
      }
      return items;
    });
}

/** What is never done: where it is asked for, it counts as unread. */
export const never = z
  .boolean()
  .nullish()
  .transform((asked) => (asked ? undefined : false));

export interface ReadBody<T> {
  readonly value: T;
  /** What the schema does not know, as JSON pointers. */
  readonly unread: string[];
}

/**
 * @param model takes the place of the body's own
 * @throws DialectError that names the first member that is wrong
 */
export function readBody<Schema extends ZodType>(
  schema: Schema,
  sent: JsonObject,
  model?: string,
): ReadBody<z.output<Schema>> {
  const body = model === undefined ? sent : { ...sent, model };
  const result = schema.safeParse(body);
  if (result.success) {
    const unread: string[] = [];
    findUnread(body, result.data, '', unread);
    return { value: result.data, unread };
  }
  const { path, must } = faultOf(result.error.issues[0]!);
  const pointer = path.map((name) => `/${pointerToken(name)}`).join('');
  const missing = valueAt(body, path) === undefined;
  throw new DialectError(`${pointer || 'The body'} ${missing ? 'is missing: it ' : ''}${must}`, pointer);
}

/** A member that is null or an empty list says nothing. What is taken as it is is the same object. */
function findUnread(input: unknown, output: unknown, pointer: string, unread: string[]): void {
  if (input === output || input === null || input === undefined) return;
  if (Array.isArray(input) && input.length === 0) return;
  if (typeof output !== 'object' || output === null) {
    unread.push(pointer);
    return;
  }
  for (const [name, value] of Object.entries(input)) {
    findUnread(value, (output as JsonObject)[name], `${pointer}/${pointerToken(name)}`, unread);
  }
}

function valueAt(body: unknown, path: readonly PropertyKey[]): unknown {
  return path.reduce((value, name) => (value as Record<PropertyKey, unknown> | undefined)?.[name], body);
}

interface Fault {
  readonly path: readonly PropertyKey[];
  readonly must: string;
}

function faultOf(issue: z.core.$ZodIssue): Fault {
  if (issue.code === 'invalid_union') return faultOfUnion(issue);
  return { path: issue.path, must: mustOf(issue) };
}

/** Of several forms, the one that fits furthest is the one that is meant. */
function faultOfUnion(issue: z.core.$ZodIssueInvalidUnion): Fault {
  const faults = issue.errors.flatMap((errors) => errors.slice(0, 1).map(faultOf));
  if (faults.length === 0) return { path: issue.path, must: 'must be a string' };
  const deepest = faults.reduce((best, fault) => (fault.path.length > best.path.length ? fault : best));
  if (deepest.path.length > 0) return { path: [...issue.path, ...deepest.path], must: deepest.must };
  const forms = new Set(faults.map(({ must }) => must.replace(/^must be /, '')));
  return { path: issue.path, must: `must be ${[...forms].join(' or ')}` };
}

function mustOf(issue: z.core.$ZodIssue): string {
  switch (issue.code) {
    case 'invalid_type':
      return `must be ${TYPES[issue.expected] ?? issue.expected}`;
    case 'invalid_value':
      return `must be ${issue.values.map((value) => JSON.stringify(value)).join(' or ')}`;
    case 'too_small':
      return `must ${bound(issue.origin, 'at least', issue.minimum)}`;
    case 'too_big':
      return `must ${bound(issue.origin, 'at most', issue.maximum)}`;
    default:
      return issue.message;
  }
}

function bound(origin: string, word: string, limit: number | bigint): string {
  if (origin === 'array') return `have ${word} ${limit} ${limit === 1 ? 'item' : 'items'}`;
  if (origin === 'string') return `have ${word} ${limit} ${limit === 1 ? 'character' : 'characters'}`;
  return `be ${word} ${limit}`;
}

const TYPES: Readonly<Record<string, string>> = {
  string: 'a string',
  number: 'a number',
  int: 'an integer',
  boolean: 'true or false',
  array: 'an array',
  object: 'an object',
  record: 'an object',
};
