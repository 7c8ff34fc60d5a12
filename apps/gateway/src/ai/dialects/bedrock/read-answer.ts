import { randomUUID } from 'node:crypto';
import type { AssistantPart, ChatAnswer, ReasoningPart } from '../chat.js';
import { UnreadableAnswer } from '../dialect.js';
import { objectOf, objectsOf, textOf, type JsonObject } from '../../../wire/json.js';
import { readStop } from './stop-reason.js';
import { readUsage } from './usage.js';

/** Answers have no id. */
export function answerId(): string {
  return `bedrock-${randomUUID()}`;
}

/** @throws UnreadableAnswer */
export function readAnswer(body: JsonObject, model = ''): ChatAnswer {
  const message = objectOf(objectOf(body.output)?.message);
  if (!Array.isArray(message?.content)) throw new UnreadableAnswer('The provider answered without content');
  const stop = readStop(textOf(body.stopReason) ?? '');
  if (!stop) throw new UnreadableAnswer(`The model failed: ${textOf(body.stopReason)}`);
  return {
    id: answerId(),
    model,
    candidates: [{ parts: objectsOf(message.content).flatMap(readBlock), stop }],
    usage: readUsage(body.usage),
  };
}

/** A block has one member, which says what it is. */
function readBlock({ text, toolUse, reasoningContent, citationsContent }: JsonObject): AssistantPart[] {
  if (typeof text === 'string') return [{ type: 'text', text }];
  const reasoning = objectOf(reasoningContent);
  if (reasoning) return [readReasoning(reasoning)];
  const cited = objectsOf(objectOf(citationsContent)?.content).flatMap((one) => textOf(one.text) ?? []);
  if (cited.length > 0) return [{ type: 'text', text: cited.join('') }];
  const call = objectOf(toolUse);
  const id = textOf(call?.toolUseId);
  const name = textOf(call?.name);
  if (!id || !name) return [];
  return [{ type: 'tool_call', id, name, arguments: objectOf(call?.input) ?? {} }];
}

/** What is signed is Claude's, and Anthropic takes it too: other models sign nothing. */
function readReasoning({ reasoningText, redactedContent }: JsonObject): ReasoningPart {
  const redacted = textOf(redactedContent);
  if (redacted !== undefined) {
    return { type: 'reasoning', text: '', by: 'anthropic', signature: redacted, redacted: true };
  }
  const said = objectOf(reasoningText);
  const signature = textOf(said?.signature) || undefined;
  const text = textOf(said?.text) ?? '';
  return signature === undefined
    ? { type: 'reasoning', text }
    : { type: 'reasoning', text, by: 'anthropic', signature };
}
