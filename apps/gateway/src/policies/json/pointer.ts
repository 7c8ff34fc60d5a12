import { z } from 'zod';

/** A JSON pointer (RFC 6901), in which `*` stands for each member or item, and `**` for any number of steps. */
export const jsonPointer = z
  .string()
  .max(500)
  .regex(/^(?:\/(?:[^/~]|~[01])*)+$/, 'must be a JSON pointer, such as /items/*/price')
  .refine((text) => text.split('/').filter((part) => part === '**').length <= 1, 'may have ** once')
  .refine((text) => !text.endsWith('/**'), 'must name something after **');

/** One that names a single place. */
export const plainPointer = jsonPointer.refine(
  (text) => !text.split('/').some((part) => part === '*' || part === '**'),
  'must name one place, without * and **',
);

export type Holder = Record<string, unknown> | unknown[];

/** What is done at each place that a pointer names. @param key an item's index as text, or a member's name */
export type Visit = (holder: Holder, key: string) => void;

export function segmentsOf(pointer: string): string[] {
  return pointer
    .split('/')
    .slice(1)
    .map((part) => part.replaceAll('~1', '/').replaceAll('~0', '~'));
}

/** Visits each existing place. */
export function visitPlaces(value: unknown, segments: readonly string[], visit: Visit, at = 0): void {
  if (!isHolder(value)) return;
  const segment = segments[at]!;
  if (segment === '**') {
    visitPlaces(value, segments, visit, at + 1);
    for (const key of Object.keys(value)) visitPlaces(read(value, key), segments, visit, at);
    return;
  }
  // Backwards, so that a visit may take an item out.
  const keys = segment === '*' ? Object.keys(value).reverse() : [segment];
  for (const key of keys) {
    if (!Object.hasOwn(value, key)) continue;
    if (at === segments.length - 1) visit(value, key);
    else visitPlaces(read(value, key), segments, visit, at + 1);
  }
}

/** Visits each place, existing or not; missing objects on the way are made, but nothing is made under `*`. */
export function visitOrMake(value: unknown, segments: readonly string[], visit: Visit, at = 0): void {
  if (!isHolder(value)) return;
  const segment = segments[at]!;
  const last = at === segments.length - 1;
  if (segment === '**') return visitPlaces(value, segments, visit, at);
  for (const key of segment === '*' ? Object.keys(value) : [segment]) {
    if (last) visit(value, key);
    else {
      if (!Object.hasOwn(value, key) && !Array.isArray(value)) write(value, key, {});
      if (Object.hasOwn(value, key)) visitOrMake(read(value, key), segments, visit, at + 1);
    }
  }
}

export function read(holder: Holder, key: string): unknown {
  return (holder as Record<string, unknown>)[key];
}

/** By definition, not by assignment: `__proto__` is a name like any other in JSON. */
export function write(holder: Holder, key: string, value: unknown): void {
  if (!Array.isArray(holder)) {
    Object.defineProperty(holder, key, { value, enumerable: true, configurable: true, writable: true });
  } else if (key === '-') holder.push(value);
  else if (/^(?:0|[1-9]\d{0,8})$/.test(key) && Number(key) <= holder.length) holder[Number(key)] = value;
}

export function remove(holder: Holder, key: string): void {
  if (Array.isArray(holder)) holder.splice(Number(key), 1);
  else delete holder[key];
}

function isHolder(value: unknown): value is Holder {
  return typeof value === 'object' && value !== null;
}
