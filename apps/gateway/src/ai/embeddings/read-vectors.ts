import { type JsonObject, objectOf, objectsOf } from '../../wire/json.js';
import { UnreadableAnswer } from '../dialects/dialect.js';

/** @throws UnreadableAnswer where it is no list of numbers */
export function readVector(value: unknown): readonly number[] {
  if (Array.isArray(value) && value.length > 0 && value.every((one) => typeof one === 'number')) return value;
  throw new UnreadableAnswer('no vector');
}

/** Vectors that stand in objects of a list. @throws UnreadableAnswer */
export function readVectors(list: unknown, vectorOf: (item: JsonObject) => unknown): (readonly number[])[] {
  return objectsOf(list).map((item) => readVector(vectorOf(item)));
}

export function valuesOf(item: unknown): unknown {
  return objectOf(item)?.values;
}
