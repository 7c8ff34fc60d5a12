import { randomUUID } from 'node:crypto';
import type { AssistantPart, ChatAnswer, StopReason } from '../chat.js';
import { UnreadableAnswer } from '../dialect.js';
import { parseArguments } from '../tool-arguments.js';
import { objectOf, objectsOf, textOf, type JsonObject } from '../../../wire/json.js';
import { readStop } from './stop-reason.js';
import { readUsage } from './usage.js';

/** Answers do not name the model. @throws UnreadableAnswer */
export function readAnswer(body: JsonObject, model = ''): ChatAnswer {
  const message = objectOf(body.message);
  if (!message) throw new UnreadableAnswer('The provider answered without a message');
  const reason = textOf(body.finish_reason) ?? '';
  const stop = readStop(reason);
  if (!stop) throw new UnreadableAnswer(`The model failed: ${reason}`);
  return {
    id: textOf(body.id) || `cohere-${randomUUID()}`,
    model,
    candidates: [{ parts: readMessage(message, stop), stop }],
    usage: readUsage(body.usage),
  };
}

/** What tools are called for is said apart: it is text as any other. */
function readMessage(message: JsonObject, stop: StopReason): AssistantPart[] {
  const plan = textOf(message.tool_plan);
  return [
    ...objectsOf(message.content).flatMap(readContent),
    ...(plan ? [{ type: 'text', text: plan } as const] : []),
    ...objectsOf(message.tool_calls).flatMap((call) => readCall(call, stop)),
  ];
}

function readContent({ type, text, thinking }: JsonObject): AssistantPart[] {
  if (type === 'text') return [{ type, text: textOf(text) ?? '' }];
  return type === 'thinking' ? [{ type: 'reasoning', text: textOf(thinking) ?? '' }] : [];
}

function readCall({ id, function: called }: JsonObject, stop: StopReason): AssistantPart[] {
  const name = textOf(objectOf(called)?.name);
  const args = parseArguments(objectOf(called)?.arguments, stop);
  if (!textOf(id) || !name || args === undefined) return [];
  return [{ type: 'tool_call', id: textOf(id)!, name, arguments: args }];
}
