import type { AssistantPart, ChatAnswer } from '../chat.js';
import { UnreadableAnswer } from '../dialect.js';
import { recoverCallId } from '../signatures.js';
import { objectOf, objectsOf, textOf, type JsonObject } from '../../../wire/json.js';
import { readStop } from './done-reason.js';
import { readLogprobs } from './logprobs.js';
import { readUsage } from './usage.js';

/** What the gateway itself has answered, to be kept or judged. @throws UnreadableAnswer */
export function readAnswer(body: JsonObject): ChatAnswer {
  const message = objectOf(body.message);
  if (!message) throw new UnreadableAnswer('The answer has no message');
  const calls = readCalls(message);
  const thinking = textOf(message.thinking);
  const text = textOf(message.content);
  const parts: AssistantPart[] = [
    ...(thinking ? [{ type: 'reasoning', text: thinking } as const] : []),
    ...(text ? [{ type: 'text', text } as const] : []),
    ...calls,
  ];
  const logprobs = readLogprobs(body.logprobs);
  return {
    ...readHead(body),
    candidates: [
      {
        parts,
        stop: readStop(textOf(body.done_reason) ?? '', calls.length > 0),
        logprobs: logprobs.length > 0 ? logprobs : undefined,
      },
    ],
    usage: readUsage(body),
  };
}

/** Its answers have no ids. */
export function readHead(body: JsonObject): Pick<ChatAnswer, 'id' | 'model' | 'created'> {
  const time = Date.parse(textOf(body.created_at) ?? '');
  return {
    id: '',
    model: textOf(body.model) ?? '',
    created: Number.isNaN(time) ? undefined : Math.floor(time / 1_000),
  };
}

export function readCalls(message: JsonObject): Extract<AssistantPart, { type: 'tool_call' }>[] {
  return objectsOf(message.tool_calls).map((call) => {
    const called = objectOf(call.function) ?? {};
    return {
      type: 'tool_call',
      ...recoverCallId(textOf(call.id) ?? ''),
      name: textOf(called.name) ?? '',
      arguments: objectOf(called.arguments) ?? {},
    };
  });
}
