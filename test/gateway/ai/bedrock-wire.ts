import { EventStreamCodec } from '@smithy/core/event-streams';
import { fromUtf8, toUtf8 } from '@smithy/core/serde';
import type {
  AssistantPart,
  ChatAnswer,
  ChatEvent,
  StopReason,
} from '../../../apps/gateway/src/ai/dialects/chat.js';
import type { JsonObject } from '../../../apps/gateway/src/wire/json.js';
import { bedrock } from '../../../apps/gateway/src/ai/dialects/bedrock/bedrock.dialect.js';

// Bedrock's side of its wire, by the types of @aws-sdk/client-bedrock-runtime; its client reads what is written here.

const codec = new EventStreamCodec(toUtf8, fromUtf8);
const text = (value: string) => ({ type: 'string', value }) as const;

/** One message of `application/vnd.amazon.eventstream`. */
export function message(name: string, body: object, type: 'event' | 'exception' = 'event'): Buffer {
  const headers = {
    [`:${type}-type`]: text(name),
    ':content-type': text('application/json'),
    ':message-type': text(type),
  };
  return Buffer.from(codec.encode({ headers, body: fromUtf8(JSON.stringify(body)) }));
}

const STOPS: Readonly<Record<StopReason, string>> = {
  stop: 'end_turn',
  stop_sequence: 'stop_sequence',
  length: 'max_tokens',
  context_window: 'model_context_window_exceeded',
  tool_calls: 'tool_use',
  refusal: 'content_filtered',
  content_filter: 'guardrail_intervened',
  pause: 'end_turn',
};

function usageOf({ usage }: Pick<ChatAnswer, 'usage'>) {
  const { input = 0, output = 0, cacheRead = 0, cacheWrite = 0 } = usage ?? {};
  return {
    inputTokens: input - cacheRead - cacheWrite,
    outputTokens: output,
    totalTokens: input + output,
    cacheReadInputTokens: cacheRead,
    cacheWriteInputTokens: cacheWrite,
  };
}

function blockOf(part: AssistantPart): JsonObject {
  switch (part.type) {
    case 'text':
    case 'refusal':
      return { text: part.text };
    case 'tool_call':
      return { toolUse: { toolUseId: part.id, name: part.name, input: part.arguments } };
    case 'reasoning':
      if (part.redacted) return { reasoningContent: { redactedContent: part.signature } };
      return { reasoningContent: { reasoningText: { text: part.text, signature: part.signature } } };
  }
}

/** What `Converse` answers. */
export function converseAnswer(answer: ChatAnswer): JsonObject {
  const { parts, stop } = answer.candidates[0]!;
  return {
    output: { message: { role: 'assistant', content: parts.map(blockOf) } },
    stopReason: STOPS[stop],
    usage: usageOf(answer),
    metrics: { latencyMs: 7 },
  };
}

/** What `ConverseStream` answers. */
export function converseStream(events: Iterable<ChatEvent>): Buffer {
  const types = new Map<number, string>();
  return Buffer.concat([...events].flatMap((event) => messagesOf(event, types)));
}

function messagesOf(event: ChatEvent, types: Map<number, string>): Buffer[] {
  switch (event.type) {
    case 'start':
      return [message('messageStart', { p: 'abc', role: 'assistant' })];
    case 'part_start': {
      const { part: contentBlockIndex, of } = event;
      types.set(contentBlockIndex, of.type);
      if (of.type !== 'tool_call') return [];
      return [
        message('contentBlockStart', {
          contentBlockIndex,
          start: { toolUse: { toolUseId: of.id, name: of.name } },
        }),
      ];
    }
    case 'delta': {
      const { part: contentBlockIndex, text: said } = event;
      const type = types.get(contentBlockIndex);
      const delta =
        type === 'tool_call'
          ? { toolUse: { input: said } }
          : type === 'reasoning'
            ? { reasoningContent: { text: said } }
            : { text: said };
      return [message('contentBlockDelta', { contentBlockIndex, delta, p: 'ab' })];
    }
    case 'signature': {
      const { part: contentBlockIndex, signature, redacted } = event;
      const reasoningContent = redacted ? { redactedContent: signature } : { signature };
      return [message('contentBlockDelta', { contentBlockIndex, delta: { reasoningContent } })];
    }
    case 'part_end':
      return [message('contentBlockStop', { contentBlockIndex: event.part })];
    case 'stop':
      return [message('messageStop', { stopReason: STOPS[event.stop] })];
    case 'usage':
      return [message('metadata', { usage: usageOf(event), metrics: { latencyMs: 7 } })];
    default:
      return [];
  }
}

/** A stream as the gateway reads it, in pieces of a size. */
export function readBedrock(
  stream: Buffer,
  size = 1_000_000,
  model = 'anthropic.claude-opus-4-5-v1:0',
): ChatEvent[] {
  const parser = bedrock.parser!();
  const reader = bedrock.reader(model);
  const read: ChatEvent[] = [];
  for (let at = 0; at < stream.length; at += size) {
    read.push(...parser.push(stream.subarray(at, at + size)).flatMap((event) => reader.read(event)));
  }
  return [...read, ...parser.end().flatMap((event) => reader.read(event)), ...reader.end()];
}
