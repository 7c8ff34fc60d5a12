import type { AssistantPart, ChatAnswer, StopReason, TokenLogprob } from '../chat.js';
import type { JsonObject } from '../../../wire/json.js';
import { writeLogprobs } from './logprobs.js';
import { writeStop } from './stop-reason.js';
import { carryThought } from './thought-signatures.js';
import { writeUsage } from './usage.js';

export function writeAnswer(answer: ChatAnswer): JsonObject {
  return {
    candidates: answer.candidates.map(({ parts, stop, logprobs }, index) =>
      writeCandidate(index, parts.map(writePart), stop, logprobs),
    ),
    usageMetadata: answer.usage && writeUsage(answer.usage),
    ...answerHead(answer),
  };
}

export function writeCandidate(
  index: number,
  parts: readonly JsonObject[],
  stop?: StopReason,
  logprobs?: readonly TokenLogprob[],
): JsonObject {
  return {
    index,
    content: { role: 'model', parts },
    finishReason: stop && writeStop(stop),
    logprobsResult: writeLogprobs(logprobs),
  };
}

export function answerHead({ id, model, created }: Pick<ChatAnswer, 'id' | 'model' | 'created'>): JsonObject {
  const createTime = created === undefined ? undefined : new Date(created * 1000).toISOString();
  return { modelVersion: model, responseId: id, createTime };
}

export function writePart(part: AssistantPart): JsonObject {
  switch (part.type) {
    case 'text':
    case 'refusal':
      return { text: part.text };
    case 'reasoning':
      return { text: part.text, thought: true, thoughtSignature: carryThought(part) };
    case 'tool_call':
      return {
        functionCall: { id: part.id, name: part.name, args: part.arguments },
        thoughtSignature: part.signature,
      };
  }
}
