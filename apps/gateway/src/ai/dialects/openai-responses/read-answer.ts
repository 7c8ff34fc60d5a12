import { readTiers } from '../../prices/served-tiers.js';
import { randomUUID } from 'node:crypto';
import type { AssistantPart, ChatAnswer, StopReason, TokenLogprob } from '../chat.js';
import { UnreadableAnswer } from '../dialect.js';
import { countOf, objectOf, objectsOf, textOf, type JsonObject } from '../../../wire/json.js';
import { readLogprobs } from '../openai-chat/logprobs.js';
import { readProviderError } from '../provider-error.js';
import { parseArguments } from '../tool-arguments.js';
import { readStop, stopOf } from './status.js';
import { readUsage } from './usage.js';

/** @throws UnreadableAnswer */
export function readAnswer(body: JsonObject): ChatAnswer {
  if (objectOf(body.error)) {
    const { message, code } = readProviderError(502, body);
    throw new UnreadableAnswer(message, code);
  }
  if (!Array.isArray(body.output)) throw new UnreadableAnswer('The provider answered without output');
  const items = objectsOf(body.output);
  const said = readStop(body);
  const parts = items.flatMap((item) => readItem(item, said));
  const logprobs = items.flatMap((item) => objectsOf(item.content).flatMap(readTextLogprobs));
  return {
    id: textOf(body.id) || `resp_${randomUUID()}`,
    model: textOf(body.model) ?? '',
    created: countOf(body.created_at),
    candidates: [
      {
        parts,
        stop: stopOf(
          said,
          parts.map(({ type }) => type),
        ),
        logprobs: logprobs.length > 0 ? logprobs : undefined,
      },
    ],
    usage: readUsage(body.usage),
    tiers: readTiers(body, 'service_tier'),
  };
}

export function readTextLogprobs({ logprobs }: JsonObject): TokenLogprob[] {
  return readLogprobs({ content: logprobs });
}

function readItem(item: JsonObject, stop: StopReason): AssistantPart[] {
  switch (item.type) {
    case 'message':
      return objectsOf(item.content).flatMap(readContent);
    case 'function_call': {
      const args = parseArguments(item.arguments, stop);
      return args ? [{ ...callOf(item), arguments: args }] : [];
    }
    case 'reasoning':
      return [
        {
          type: 'reasoning',
          text: reasoningText(item),
          by: 'openai_responses',
          signature: textOf(item.encrypted_content) || undefined,
        },
      ];
    default:
      return [];
  }
}

export function callOf(item: JsonObject): { type: 'tool_call'; id: string; name: string } {
  return {
    type: 'tool_call',
    id: textOf(item.call_id) || (textOf(item.id) ?? ''),
    name: textOf(item.name) ?? '',
  };
}

export function reasoningText(item: JsonObject): string {
  const texts = [...objectsOf(item.summary), ...objectsOf(item.content)];
  return texts.map(({ text }) => textOf(text) ?? '').join('\n\n');
}

export function readContent(content: JsonObject): Extract<AssistantPart, { type: 'text' | 'refusal' }>[] {
  const text = textOf(content.text);
  if (content.type === 'output_text') return text ? [{ type: 'text', text }] : [];
  const refusal = textOf(content.refusal);
  return content.type === 'refusal' && refusal ? [{ type: 'refusal', text: refusal }] : [];
}
