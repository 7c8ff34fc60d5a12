import { isUtf8 } from 'node:buffer';
import type { CallContents } from '../contents/call-contents.js';
import { AiProblem } from '../errors/ai-problem.js';
import type { OperationName } from '../operations/operation.js';
import { Asked } from '../requests/asked.js';
import { Blocked, uncheckable } from './blocked.js';
import { guardTexts } from './guard-texts.js';
import type { Rail, Rails } from './guardrails.js';
import type { Placeholders } from './placeholders.js';
import type { GuardrailEvents } from './guardrail-events.js';
import type { Judged } from './ai-guardrail.js';
import { readTexts, writeTexts } from './texts/json-texts.js';

/** Requests that are JSON with texts where all strings are looked at. Whatever else there may be is not. */
const READABLE: ReadonlySet<OperationName> = new Set([
  'chat',
  'count_tokens',
  'embeddings',
  'batch_embeddings',
  'completions',
  'moderations',
  'images',
  'speech',
]);

/** They answer with numbers. */
export const WITHOUT_TEXT: ReadonlySet<OperationName> = new Set([
  'count_tokens',
  'embeddings',
  'batch_embeddings',
  'moderations',
]);

/** They answer with what nobody can read. */
const UNREADABLE: ReadonlySet<OperationName> = new Set(['images', 'speech']);

/** What makes a model answer otherwise than by text and calls of tools: in a stream, such is not seen. */
const OTHER_OUTPUT = /modalities|\/audio|web_search/i;

/** What holds a call to guardrails. */
export interface Guarding {
  readonly rails: Rails;
  readonly events: GuardrailEvents;
  readonly placeholders: Placeholders;
  readonly judged: Omit<Judged, 'on'>;
  /** Is told what is said once it was masked, and before the caller's own is put back. */
  readonly contents: CallContents | undefined;
}

/**
 * Holds what a caller asks to the guardrails of its route, and sees to it that the answer can be held to them, too.
 * @returns what is asked now: the same, where nothing was masked
 * @throws AiProblem 400
 */
export async function checkRequest(asked: Asked, guarding: Guarding): Promise<Asked> {
  demandReadableAnswer(asked, guarding.rails.answer);
  const rails = guarding.rails.request;
  if (rails.length === 0) return asked;
  if (!READABLE.has(asked.operation.name)) throw uncheckable(asked.operation.name.replaceAll('_', ' '));
  const { bytes } = asked.members;
  if (!isUtf8(bytes)) throw new AiProblem(400, 'The body is not UTF-8.', 'invalid_request');
  const source = bytes.toString();
  const { texts, unreadable } = textsOf(asked, source);
  demandReadable(unreadable, rails);
  for (const { text } of texts) guarding.placeholders.avoidThoseIn(text);
  const watch = { ...guarding, on: 'request' } as const;
  const judged = { ...guarding.judged, on: 'request' } as const;
  const written = writeTexts(source, await guardTexts(texts, rails, watch, judged));
  return written === source
    ? asked
    : new Asked(asked.operation, asked.dialect, Buffer.from(written), asked.query);
}

function textsOf(asked: Asked, source: string) {
  // That it is JSON is known by now, or told.
  void asked.json;
  return readTexts(source);
}

function demandReadable(unreadable: readonly string[], rails: readonly Rail[]): void {
  const [pointer] = unreadable;
  const blocking = rails.find((rail) => rail.unreadable === 'block');
  if (pointer === undefined || !blocking) return;
  throw new Blocked(blocking.name, 'request', { pointer, why: `${pointer} is nothing that it can read` });
}

/** @throws AiProblem 400 where the answer would be none that can be looked at */
function demandReadableAnswer(asked: Asked, rails: readonly Rail[]): void {
  const { name } = asked.operation;
  if (rails.length === 0 || WITHOUT_TEXT.has(name)) return;
  if (!READABLE.has(name)) throw uncheckable(`the answer of ${name.replaceAll('_', ' ')}`);
  const blocking = UNREADABLE.has(name) && rails.find((rail) => rail.unreadable === 'block');
  if (blocking) throw new Blocked(blocking.name, 'answer', { why: 'it is nothing that it can read' });
  if (asked.stream && name !== 'chat') throw uncheckable(`streams of ${name}`, '/stream');
  const pointer = tokensAsked(asked) ?? (asked.stream ? otherOutput(asked) : undefined);
  if (pointer !== undefined) throw uncheckable(`what ${pointer} asks for`, pointer);
}

/** Likelihoods of tokens say the text once more, in pieces that nobody can look at. */
function tokensAsked(asked: Asked): string | undefined {
  if (asked.operation.name === 'chat') {
    const { topLogprobs, pointers } = asked.chat;
    return topLogprobs === undefined ? undefined : (pointers?.topLogprobs ?? '/logprobs');
  }
  return (asked.member('logprobs') ?? null) === null ? undefined : '/logprobs';
}

function otherOutput({ chat }: Asked): string | undefined {
  return chat.unconverted.find((pointer) => OTHER_OUTPUT.test(pointer));
}
