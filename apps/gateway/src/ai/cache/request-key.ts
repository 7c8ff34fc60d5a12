import { createHash } from 'node:crypto';
import type { JsonObject } from '../../wire/json.js';
import type { CallerDialectName } from '../dialects/dialect.js';
import type { OperationName } from '../operations/operation.js';
import type { Asked } from '../requests/asked.js';
import { forwarded } from '../requests/outgoing.js';
import type { CachedCall } from './cached-call.js';
import { canonicalJson } from '../../wire/canonical-json.js';
import { readUnambiguous } from './read-unambiguous.js';

/** Of what is kept: another one is not read as this one. */
const FORMAT = 1;

/** A larger request is not cached: to put its members into order would hold up others. */
const MAX_REQUEST = 1_024 * 1_024;

/** Their answers name places that are there for an hour. */
const NEVER: ReadonlySet<OperationName> = new Set(['images']);

/** Members that point at what is kept elsewhere, and changes there. */
const STATEFUL = ['previous_response_id', 'conversation', 'container'];

const OPENAI = [
  'model',
  'stream',
  'stream_options',
  'user',
  'safety_identifier',
  'metadata',
  'prompt_cache_key',
  'prompt_cache_retention',
];

/** Members that say how an answer comes, or who asks, and not what is asked. */
const NOT_ASKED: Readonly<Record<CallerDialectName, readonly string[]>> = {
  openai: OPENAI,
  openai_responses: OPENAI,
  anthropic: ['model', 'stream', 'metadata'],
  mistral: ['model', 'stream', 'metadata', 'prompt_cache_key'],
  ollama: ['model', 'stream', 'keep_alive'],
  ollama_generate: ['model', 'stream', 'keep_alive'],
  gemini: ['labels'],
};

/** Query parameters that say how an answer comes. */
const HOW = new Set(['alt', 'key']);

/** What is asked, as far as it makes the answer. @returns undefined where answers to it are not kept */
export function requestOf(asked: Asked): JsonObject | undefined {
  const { operation, members } = asked;
  if (NEVER.has(operation.name) || members.bytes.length > MAX_REQUEST) return undefined;
  // Nobody but chat has streams that can be told whole from cut.
  if (asked.stream && operation.name !== 'chat') return undefined;
  const body = readUnambiguous(members.bytes);
  if (!body || STATEFUL.some((name) => (body[name] ?? null) !== null)) return undefined;
  const left = new Set(NOT_ASKED[operation.dialect]);
  return Object.fromEntries(Object.entries(body).filter(([name]) => !left.has(name)));
}

/**
 * The key of an answer: the same for two calls only where the answer to one is an answer to the other.
 * @param owner the route and whoever shares answers there
 * @param targets who answers for the model
 */
export function requestKey(
  request: JsonObject,
  question: CachedCall,
  owner: string,
  targets: string,
): string {
  const { asked, model } = question;
  const { name, dialect } = asked.operation;
  const query = [...asked.query].filter(([parameter]) => !HOW.has(parameter)).sort();
  const told = toldFields(question);
  const parts = [FORMAT, owner, model.name, targets, targetsFor(question), name, dialect, query, told];
  return createHash('sha256')
    .update(`${JSON.stringify(parts)}\n${canonicalJson(request)}`)
    .digest('base64url');
}

/** Which of the targets are for the call: what others would answer is not for whoever makes it. */
function targetsFor({ call, asked, model }: CachedCall): readonly boolean[] {
  return model.targets.map(({ isFor }) => isFor?.({ call, asked }) ?? true);
}

/** Header fields of the caller that a provider may be told. */
function toldFields({ call, model }: CachedCall): readonly (readonly [string, string])[] {
  const names = new Set(model.targets.flatMap(({ provider }) => provider.type.forwarded ?? []));
  return Object.entries(forwarded(call.headers, [...names].sort()));
}
