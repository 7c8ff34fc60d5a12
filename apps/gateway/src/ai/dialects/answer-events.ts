import type { AssistantPart, ChatAnswer, ChatEvent } from './chat.js';

/** An answer as the stream that it would have been. */
export function* answerEvents(answer: ChatAnswer): Generator<ChatEvent> {
  yield { type: 'start', id: answer.id, model: answer.model, created: answer.created };
  for (const [candidate, { parts, stop, stopSequence, logprobs }] of answer.candidates.entries()) {
    for (const [part, content] of parts.entries()) yield* partEvents(candidate, part, content);
    if (logprobs) yield { type: 'logprobs', candidate, logprobs };
    yield { type: 'stop', candidate, stop, stopSequence };
  }
  if (answer.usage) yield { type: 'usage', usage: answer.usage, tiers: answer.tiers };
  yield { type: 'end' };
}

function* partEvents(candidate: number, part: number, content: AssistantPart): Generator<ChatEvent> {
  yield { type: 'part_start', candidate, part, of: startOf(content) };
  const text = content.type === 'tool_call' ? JSON.stringify(content.arguments) : content.text;
  if (text !== '') yield { type: 'delta', candidate, part, text };
  if (content.type === 'reasoning' && content.signature !== undefined) {
    yield { type: 'signature', candidate, part, signature: content.signature, redacted: content.redacted };
  }
  yield { type: 'part_end', candidate, part };
}

function startOf(part: AssistantPart): Extract<ChatEvent, { type: 'part_start' }>['of'] {
  if (part.type === 'reasoning') return { type: part.type, by: part.by };
  if (part.type !== 'tool_call') return { type: part.type };
  return { type: part.type, id: part.id, name: part.name, signature: part.signature };
}
