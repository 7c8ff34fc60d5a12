import { isObject, objectOf } from '../../wire/json.js';
import type { CallerDialectName } from '../dialects/dialect.js';
import type { OperationName } from '../operations/operation.js';
import { MAX_TOKENS } from '../records/attempt-account.js';
import { Asked } from './asked.js';

/** Where each dialect says how much output is wanted at most; what another one has there is no bound in this one. */
const BOUNDS: Readonly<Record<CallerDialectName, readonly string[]>> = {
  // The last is llama.cpp's, where it goes before the others.
  openai: ['max_tokens', 'max_completion_tokens', 'n_predict'],
  openai_responses: ['max_output_tokens'],
  anthropic: ['max_tokens'],
  gemini: ['maxOutputTokens', 'max_output_tokens'],
  mistral: ['max_tokens'],
  ollama: ['num_predict'],
  ollama_generate: ['num_predict'],
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
  ollama_generate: 'num_predict',
};
/** Some have settings in a member of their own; Gemini's may be written in two ways. */
const PLACES: Readonly<Partial<Record<CallerDialectName, readonly [string, ...string[]]>>> = {
  gemini: ['generationConfig', 'generation_config'],
  ollama: ['options'],
  ollama_generate: ['options'],
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
  const places = PLACES[operation.dialect];
  if (places) {
    const place = places.find((one) => isObject(asked.member(one))) ?? places[0];
    const settings = objectOf(asked.member(place)) ?? {};
    const bounds = boundsFor(operation.dialect, (name) => settings[name]).map((name) => [name, tokens]);
    edits.set(place, { ...settings, ...Object.fromEntries(bounds) });
  } else {
    for (const name of boundsFor(operation.dialect, (one) => asked.member(one))) edits.set(name, tokens);
  }
  return new Asked(operation, dialect, edits.apply(), query);
}

/** Members that get a bound: what is there and is none (-1 is as much as there is room for, to some) would stand in its way. */
function boundsFor(dialect: CallerDialectName, said: (name: string) => unknown): readonly string[] {
  const there = BOUNDS[dialect].filter((name) => (said(name) ?? null) !== null);
  return there.length > 0 ? there : [WRITTEN[dialect]];
}

/** The largest of these members, or 0. Some servers take a fraction for a whole number: it counts as the next one. */
export function largestMember(asked: Asked, names: readonly string[]): number {
  const places = PLACES[asked.operation.dialect]?.map((place) => asked.member(place)).filter(isObject);
  const said = names.flatMap((name) => places?.map((place) => place[name]) ?? [asked.member(name)]);
  const counts = said.map(Number).filter((count) => !Number.isNaN(count));
  return Math.min(MAX_TOKENS, Math.max(0, ...counts.map(Math.ceil)));
}
