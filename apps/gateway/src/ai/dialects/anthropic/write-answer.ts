import type { AssistantPart, ChatAnswer } from '../chat.js';
import type { JsonObject } from '../../../wire/json.js';
import { carryCallId, carrySignature } from '../signatures.js';
import { writeStop } from './stop-reason.js';
import { writeMessageUsage } from './usage.js';

export function writeAnswer(answer: ChatAnswer): JsonObject {
  const candidate = answer.candidates[0]!;
  return {
    ...messageHead(answer),
    content: candidate.parts.map(writePart),
    ...writeStop(candidate),
    usage: writeMessageUsage(answer.usage ?? {}),
  };
}

export function messageHead({ id, model }: Pick<ChatAnswer, 'id' | 'model'>): JsonObject {
  return { id, type: 'message', role: 'assistant', model, container: null, diagnostics: null };
}

function writePart(part: AssistantPart): JsonObject {
  switch (part.type) {
    case 'text':
    case 'refusal':
      return { type: 'text', text: part.text, citations: [] };
    case 'tool_call':
      return {
        type: 'tool_use',
        id: carryCallId(part),
        name: part.name,
        input: part.arguments,
        caller: { type: 'direct' },
      };
    case 'reasoning': {
      const signature = carrySignature(part, 'anthropic') ?? '';
      if (part.redacted) return { type: 'redacted_thinking', data: signature };
      return { type: 'thinking', thinking: part.text, signature };
    }
  }
}
