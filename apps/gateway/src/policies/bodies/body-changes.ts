import { z } from 'zod';
import type { Call } from '../../calls/call.js';
import { openJson } from '../json/lossless-json.js';
import {
  jsonPointer,
  plainPointer,
  read,
  remove,
  segmentsOf,
  visitOrMake,
  visitPlaces,
  write,
} from '../json/pointer.js';
import { compileJsonTemplate, templateText } from '../template/template.js';

/** JSON, in whose texts templates may stand. */
const jsonValue: z.ZodType<JsonValue> = z.lazy(() =>
  z.union([
    templateText,
    z.number(),
    z.boolean(),
    z.null(),
    z.array(jsonValue),
    z.record(z.string(), jsonValue),
  ]),
);
type JsonValue = string | number | boolean | null | JsonValue[] | { [name: string]: JsonValue };

export const bodyChanges = z.strictObject({
  remove: z.array(jsonPointer).max(100).default([]),
  rename: z.record(plainPointer, plainPointer).default({}).describe('Old places, and the new one of each'),
  set: z.record(jsonPointer, jsonValue).default({}).describe('Values by place; missing objects are made'),
  body_limit: z.int().min(1).max(33_554_432).default(1_048_576).describe('Bytes; larger bodies are refused'),
});

export type BodyChanges = z.output<typeof bodyChanges>;

/** Changes a JSON body in the order remove, rename, set. @throws JsonError */
export function compileBodyChanges({ remove: removed, rename, set }: BodyChanges) {
  const gone = removed.map(segmentsOf);
  const moved = Object.entries(rename).map(([from, to]) => [segmentsOf(from), segmentsOf(to)] as const);
  const placed = Object.entries(set).map(([at, value]) => [segmentsOf(at), filler(value)] as const);
  return (call: Call, body: Buffer): Buffer => {
    const json = openJson(body);
    for (const segments of gone) visitPlaces(json.value, segments, remove);
    for (const [from, to] of moved) move(json.value, from, to);
    for (const [segments, fill] of placed) place(json.value, segments, fill(call));
    return json.write();
  };
}

function move(root: unknown, from: readonly string[], to: readonly string[]): void {
  visitPlaces(root, from, (holder, key) => {
    const value = read(holder, key);
    remove(holder, key);
    visitOrMake(root, to, (target, name) => write(target, name, value));
  });
}

/** A value that the call has not leaves nothing at its place: not even what the caller put there. */
function place(root: unknown, segments: readonly string[], value: unknown): void {
  if (value === undefined) visitPlaces(root, segments, remove);
  else visitOrMake(root, segments, (holder, key) => write(holder, key, value));
}

function filler(value: JsonValue): (call: Call) => unknown {
  if (typeof value === 'string') return compileJsonTemplate(value);
  if (Array.isArray(value)) {
    const items = value.map(filler);
    return (call) => items.map((item) => item(call) ?? null);
  }
  if (typeof value !== 'object' || value === null) return () => value;
  const members = Object.entries(value).map(([name, one]) => [name, filler(one)] as const);
  return (call) => Object.fromEntries(members.map(([name, fill]) => [name, fill(call)]));
}
