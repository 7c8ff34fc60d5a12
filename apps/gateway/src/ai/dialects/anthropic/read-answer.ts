import { randomUUID } from 'node:crypto';
import type { AssistantPart, ChatAnswer } from '../chat.js';
import { UnreadableAnswer } from '../dialect.js';
import { objectOf, objectsOf, textOf, type JsonObject } from '../../../wire/json.js';
import { readStop } from './stop-reason.js';
import { readServed, readUsage } from './usage.js';

/** @throws UnreadableAnswer */
export function readAnswer(body: JsonObject): ChatAnswer {
  if (!Array.isArray(body.content)) throw new UnreadableAnswer('The provider answered without content');
  const stopSequence = textOf(body.stop_sequence);
  return {
    id: textOf(body.id) || `msg_${randomUUID()}`,
    model: textOf(body.model) ?? '',
    candidates: [
      {
        parts: objectsOf(body.content).flatMap(readBlock),
        stop: readStop(textOf(body.stop_reason) ?? ''),
        stopSequence,
      },
    ],
    usage: readUsage(body.usage),
    tiers: readServed(body.usage),
  };
}

/** What tools of Anthropic's own say is left out: no request that is converted asks for them. */
function readBlock(block: JsonObject): AssistantPart[] {
  const { type } = block;
  if (type === 'text') return [{ type, text: textOf(block.text) ?? '' }];
  if (type === 'thinking') {
    return [
      {
        type: 'reasoning',
        text: textOf(block.thinking) ?? '',
        by: 'anthropic',
        signature: textOf(block.signature) || undefined,
      },
    ];
  }
  if (type === 'redacted_thinking') {
    return [{ type: 'reasoning', text: '', by: 'anthropic', signature: textOf(block.data), redacted: true }];
  }
  const id = textOf(block.id);
  const name = textOf(block.name);
  if (type !== 'tool_use' || !id || !name) return [];
  return [{ type: 'tool_call', id, name, arguments: objectOf(block.input) ?? {} }];
}
