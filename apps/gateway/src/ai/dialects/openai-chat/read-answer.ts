import { readTiers } from '../../prices/served-tiers.js';
import { randomUUID } from 'node:crypto';
import type { AssistantPart, Candidate, ChatAnswer, StopReason } from '../chat.js';
import { UnreadableAnswer } from '../dialect.js';
import { countOf, objectOf, objectsOf, textOf, type JsonObject } from '../../../wire/json.js';
import { parseArguments } from '../tool-arguments.js';
import { readLogprobs } from './logprobs.js';
import { ofProvider, readReasoning, textIn, thoughtIn } from './reasoning.js';
import { readStop } from './stop-reason.js';
import { readUsage } from './usage.js';

/** @throws UnreadableAnswer */
export function readAnswer(body: JsonObject): ChatAnswer {
  const choices = objectsOf(body.choices);
  if (choices.length === 0) throw new UnreadableAnswer('The provider answered without choices');
  const id = textOf(body.id) || `chatcmpl-${randomUUID()}`;
  return {
    id,
    model: textOf(body.model) ?? '',
    created: countOf(body.created),
    candidates: choices.map((choice, index) => readChoice(choice, `${id}_${index}`)),
    usage: readUsage(body.usage),
    tiers: readTiers(body, 'service_tier'),
  };
}

function readChoice(choice: JsonObject, id: string): Candidate {
  const message = objectOf(choice.message) ?? {};
  const said = readStop(textOf(choice.finish_reason) ?? '');
  const parts = [
    ...readReasoning(message, ofProvider),
    ...readThinking(message),
    ...readContent(message),
    ...readCalls(message, said, id),
  ];
  const logprobs = readLogprobs(choice.logprobs);
  return { parts, stop: stopOf(said, parts), logprobs: logprobs.length > 0 ? logprobs : undefined };
}

/** That tools are called or an answer is refused is not always the reason that is given. */
function stopOf(said: StopReason, parts: readonly AssistantPart[]): StopReason {
  if (said !== 'stop') return said;
  if (parts.some(({ type }) => type === 'tool_call')) return 'tool_calls';
  return parts.some(({ type }) => type === 'refusal') ? 'refusal' : 'stop';
}

function readThinking({ content }: JsonObject): AssistantPart[] {
  const text = thoughtIn(objectsOf(content));
  return text ? [{ type: 'reasoning', text, by: 'openai' }] : [];
}

function readContent(message: JsonObject): AssistantPart[] {
  const text = textOf(message.content) ?? textIn(objectsOf(message.content));
  const refusal = textOf(message.refusal);
  return [
    ...(text ? [{ type: 'text', text } as const] : []),
    ...(refusal ? [{ type: 'refusal', text: refusal } as const] : []),
  ];
}

function readCalls(message: JsonObject, stop: StopReason, id: string): AssistantPart[] {
  return objectsOf(message.tool_calls).flatMap((call, index) => {
    const called = objectOf(call.function);
    const name = textOf(called?.name);
    if (!called || !name) return [];
    const args = parseArguments(called.arguments, stop);
    if (!args) return [];
    return [{ type: 'tool_call', id: textOf(call.id) || `call_${id}_${index}`, name, arguments: args }];
  });
}
