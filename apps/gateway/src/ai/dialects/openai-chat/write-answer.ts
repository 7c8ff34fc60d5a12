import type { AssistantPart, Candidate, ChatAnswer, RefusalPart, TextPart } from '../chat.js';
import type { JsonObject } from '../../../wire/json.js';
import { carryCallId } from '../signatures.js';
import { writeLogprobs } from './logprobs.js';
import { writeReasoning } from './reasoning.js';
import { writeStop } from './stop-reason.js';
import { writeUsage } from './usage.js';

export function writeAnswer(answer: ChatAnswer): JsonObject {
  return {
    id: answer.id,
    object: 'chat.completion',
    created: answer.created ?? Math.floor(Date.now() / 1000),
    model: answer.model,
    choices: answer.candidates.map(writeChoice),
    usage: answer.usage && writeUsage(answer.usage),
  };
}

function writeChoice({ parts, stop, logprobs }: Candidate, index: number): JsonObject {
  const refusal = joined(parts.filter((part) => part.type === 'refusal'));
  return {
    index,
    message: { role: 'assistant', ...writeMessage(parts), refusal },
    logprobs: writeLogprobs(logprobs),
    finish_reason: writeStop(stop, refusal !== null),
  };
}

function writeMessage(parts: readonly AssistantPart[]): JsonObject {
  const calls = parts.filter((part) => part.type === 'tool_call');
  return {
    content: joined(parts.filter((part) => part.type === 'text')),
    ...writeReasoning(parts.filter((part) => part.type === 'reasoning')),
    tool_calls:
      calls.length === 0
        ? undefined
        : calls.map((call) => ({
            id: carryCallId(call),
            type: 'function',
            function: { name: call.name, arguments: JSON.stringify(call.arguments) },
          })),
  };
}

function joined(parts: readonly (TextPart | RefusalPart)[]): string | null {
  return parts.length === 0 ? null : parts.map(({ text }) => text).join('');
}
