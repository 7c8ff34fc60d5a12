import type { AssistantPart, ChatAnswer } from '../chat.js';
import { carryCallId } from '../signatures.js';
import type { JsonObject } from '../../../wire/json.js';
import { writeStop } from './done-reason.js';
import { writeLogprobs } from './logprobs.js';
import { writeUsage } from './usage.js';

export function writeAnswer(answer: ChatAnswer): JsonObject {
  const { parts, stop, logprobs = [] } = answer.candidates[0]!;
  const thinking = textOf(parts, 'reasoning');
  const calls = parts.filter((part) => part.type === 'tool_call');
  return {
    ...answerHead(answer),
    message: {
      role: 'assistant',
      content: textOf(parts, 'text') + textOf(parts, 'refusal'),
      thinking: thinking || undefined,
      tool_calls: calls.length > 0 ? calls.map(writeCall) : undefined,
    },
    done: true,
    done_reason: writeStop(stop),
    ...writeUsage(answer.usage ?? {}),
    logprobs: writeLogprobs(logprobs),
  };
}

export function answerHead({ model, created }: Pick<ChatAnswer, 'model' | 'created'>): JsonObject {
  const at = created === undefined ? new Date() : new Date(created * 1_000);
  return { model, created_at: at.toISOString() };
}

function textOf(parts: readonly AssistantPart[], type: 'text' | 'refusal' | 'reasoning'): string {
  return parts.map((part) => (part.type === type ? part.text : '')).join('');
}

export function writeCall(
  call: Omit<Extract<AssistantPart, { type: 'tool_call' }>, 'type'>,
  index = 0,
): JsonObject {
  return { id: carryCallId(call), function: { index, name: call.name, arguments: call.arguments } };
}
