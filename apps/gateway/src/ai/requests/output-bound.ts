import { isObject } from '../../wire/json.js';
import type { CallerDialectName } from '../dialects/dialect.js';
import type { OperationName } from '../operations/operation.js';
import { Asked } from './asked.js';

/** Where each dialect says how much output is wanted at most; what another one has there is no bound in this one. */
const BOUNDS: Readonly<Record<CallerDialectName, readonly string[]>> = {
  openai: ['max_tokens', 'max_completion_tokens'],
  openai_responses: ['max_output_tokens'],
  anthropic: ['max_tokens'],
  gemini: ['maxOutputTokens', 'max_output_tokens'],
  mistral: ['max_tokens'],
  ollama: ['num_predict'],
};
const BOUNDED: ReadonlySet<OperationName> = new Set(['chat', 'completions']);
/** The one that is written. */
const WRITTEN: Readonly<Record<CallerDialectName, string>> = {
  openai: 'max_completion_tokens',
  openai_responses: 'max_output_tokens',
  anthropic: 'max_tokens',
  gemini: 'maxOutputTokens',
  mistral: 'max_tokens',
  ollama: 'num_predict',
};
/** Some have settings in a member of their own; Gemini's may be written in two ways. */
const PLACES: Readonly<Partial<Record<CallerDialectName, readonly [string, ...string[]]>>> = {
  gemini: ['generationConfig', 'generation_config'],
  ollama: ['options'],
};

/** The most tokens of output that the caller wants of each candidate; 0: it does not say. */
export function outputBound(asked: Asked): number {
  const { name, dialect } = asked.operation;
  return BOUNDED.has(name) ? largestMember(asked, BOUNDS[dialect]) : 0;
}

/** The same with a bound where it has none. Other operations than chat have one of their own, which is small. */
export function withOutputBound(asked: Asked, tokens: number): Asked {
  const { operation, dialect, query } = asked;
  if (operation.name !== 'chat' || outputBound(asked) > 0) return asked;
  const edits = asked.edits();
  const name = WRITTEN[operation.dialect];
  const places = PLACES[operation.dialect];
  if (places) {
    const place = places.find((one) => isObject(asked.member(one))) ?? places[0];
    edits.set(place, { ...(asked.member(place) as object | undefined), [name]: tokens });
  } else edits.set(name, tokens);
  return new Asked(operation, dialect, edits.apply(), query);
}

/** The largest of these members, or 0. */
export function largestMember(asked: Asked, names: readonly string[]): number {
  const places = PLACES[asked.operation.dialect]?.map((place) => asked.member(place)).filter(isObject);
  const said = names.flatMap((name) => places?.map((place) => place[name]) ?? [asked.member(name)]);
  return Math.max(0, ...said.map(Number).filter(Number.isSafeInteger));
}
