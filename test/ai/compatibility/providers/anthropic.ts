import type Anthropic from '@anthropic-ai/sdk';
import { type Answer, type Heard, type HeardPart, type Stop, type ToolChoice, USAGE } from '../scene.js';
import { requestOf } from './openai-chat.js';
import { namedEvents, pieces, type Wire } from './provider.js';

// Answers and streams as the types of @anthropic-ai/sdk 1 have them, in the order of Anthropic's documentation of streaming.
// https://docs.claude.com/en/docs/build-with-claude/streaming

const STOPS = {
  stop: 'end_turn',
  length: 'max_tokens',
  tools: 'tool_use',
  filtered: 'refusal',
} as const satisfies Record<Stop, Anthropic.StopReason>;

const usage: Anthropic.Usage = {
  input_tokens: USAGE.input - USAGE.cached,
  cache_read_input_tokens: USAGE.cached,
  cache_creation_input_tokens: 0,
  cache_creation: { ephemeral_5m_input_tokens: 0, ephemeral_1h_input_tokens: 0 },
  output_tokens: USAGE.output,
  output_tokens_details: { thinking_tokens: USAGE.reasoning },
  inference_geo: null,
  server_tool_use: null,
  service_tier: 'standard',
} as Anthropic.Usage;

function blocksOf({ text, reasoning, calls = [] }: Answer): Anthropic.ContentBlock[] {
  return [
    ...(reasoning === undefined
      ? []
      : [{ type: 'thinking', thinking: reasoning, signature: 'EqQBsig' } as const]),
    ...(text === undefined ? [] : [{ type: 'text', text } as Anthropic.TextBlock]),
    ...calls.map(({ name, args }, index): Anthropic.ToolUseBlock => ({
      type: 'tool_use',
      id: `toolu_${index}`,
      name,
      input: args,
      caller: { type: 'direct' },
    })),
  ];
}

function whole(answer: Answer): Anthropic.Message {
  return {
    id: 'msg_1',
    type: 'message',
    role: 'assistant',
    model: 'claude-opus-4-5-20251101',
    container: null,
    content: blocksOf(answer),
    stop_reason: STOPS[answer.stop],
    stop_sequence: null,
    stop_details: null,
    usage,
  } as Anthropic.Message;
}

function stream(answer: Answer): string {
  const message = whole(answer);
  const begun = { ...message, content: [], stop_reason: null, usage: { ...usage, output_tokens: 1 } };
  const all: Anthropic.RawMessageStreamEvent[] = [
    { type: 'message_start', message: begun as Anthropic.Message },
    ...message.content.flatMap(eventsOf),
    {
      type: 'message_delta',
      delta: { stop_reason: message.stop_reason, stop_sequence: null, stop_details: null, container: null },
      usage: { ...usage },
    } as Anthropic.RawMessageDeltaEvent,
    { type: 'message_stop' },
  ];
  return namedEvents([all[0]!, { type: 'ping' }, ...all.slice(1)]);
}

function eventsOf(block: Anthropic.ContentBlock, index: number): Anthropic.RawMessageStreamEvent[] {
  const stop = { type: 'content_block_stop', index } as const;
  const start = (content_block: Anthropic.ContentBlock) =>
    ({ type: 'content_block_start', index, content_block }) as const;
  const delta = (delta: Anthropic.RawContentBlockDelta) =>
    ({ type: 'content_block_delta', index, delta }) as const;
  switch (block.type) {
    case 'text':
      return [
        start({ ...block, text: '' }),
        ...pieces(block.text).map((text) => delta({ type: 'text_delta', text })),
        stop,
      ];
    case 'thinking':
      return [
        start({ ...block, thinking: '', signature: '' }),
        ...pieces(block.thinking).map((thinking) =>
          delta({ type: 'thinking_delta', thinking } as Anthropic.ThinkingDelta),
        ),
        delta({ type: 'signature_delta', signature: block.signature }),
        stop,
      ];
    case 'tool_use':
      return [
        start({ ...block, input: {} }),
        delta({ type: 'input_json_delta', partial_json: '' }),
        ...pieces(JSON.stringify(block.input)).map((partial_json) =>
          delta({ type: 'input_json_delta', partial_json }),
        ),
        stop,
      ];
    default:
      throw new Error(`no events of ${block.type}`);
  }
}

const ERRORS: Readonly<Record<number, string>> = {
  400: 'invalid_request_error',
  401: 'authentication_error',
  429: 'rate_limit_error',
  500: 'api_error',
};

export const anthropic: Wire = {
  requestType: 'Anthropic.MessageCreateParams',
  counts: { cached: true, reasoning: true },
  whole,
  stream,
  error: (status, message) => ({
    type: 'error',
    error: { type: ERRORS[status]!, message },
    request_id: 'req_1',
  }),
  heard: (request) => heard(requestOf(request)),
};

function heard(body: Anthropic.MessageCreateParams): Heard {
  const { system = '', output_config: output, thinking } = body;
  return {
    model: body.model,
    stream: body.stream ?? false,
    system: typeof system === 'string' ? system : system.map(({ text }) => text).join('\n\n'),
    turns: body.messages.flatMap(turnOf),
    tools: ((body.tools ?? []) as Anthropic.Tool[]).map(({ name, description, input_schema: schema }) => ({
      name,
      description: description!,
      schema: schema as never,
    })),
    toolChoice: choiceOf(body.tool_choice),
    maxTokens: body.max_tokens,
    stop: body.stop_sequences,
    schema: output?.format?.schema,
    thinks: output?.effort !== undefined || (thinking !== undefined && thinking.type !== 'disabled'),
  };
}

/** Results of tools are told in messages of the user. */
function turnOf({ role, content }: Anthropic.MessageParam): Heard['turns'][number][] {
  if (role === 'system') return [];
  if (typeof content === 'string') return [{ role, parts: [{ text: content }] }];
  const results = content.filter((block) => block.type === 'tool_result');
  const others = content.filter((block) => block.type !== 'tool_result');
  return [
    ...results.map(
      (block) => ({ role: 'tool', parts: [{ result: resultOf(block), of: block.tool_use_id }] }) as const,
    ),
    ...(others.length > 0 ? [{ role, parts: others.flatMap(partOf) }] : []),
  ];
}

function resultOf({ content = '' }: Anthropic.ToolResultBlockParam): string {
  return typeof content === 'string'
    ? content
    : content.map((part) => (part.type === 'text' ? part.text : '')).join('');
}

function partOf(block: Anthropic.ContentBlockParam): HeardPart[] {
  switch (block.type) {
    case 'text':
      return [{ text: block.text }];
    case 'tool_use':
      return [{ id: block.id, call: { name: block.name, args: block.input as Record<string, unknown> } }];
    case 'image':
      if (block.source.type === 'url') return [{ image: { url: block.source.url } }];
      if (block.source.type === 'base64')
        return [{ image: { base64: block.source.data, type: block.source.media_type } }];
      return [];
    case 'document':
      return block.source.type === 'base64'
        ? [{ pdf: { base64: block.source.data, name: block.title! } }]
        : [];
    default:
      return [];
  }
}

function choiceOf(choice: Anthropic.ToolChoice | undefined): ToolChoice | undefined {
  switch (choice?.type) {
    case 'any':
      return 'required';
    case 'tool':
      return { only: choice.name };
    default:
      return choice?.type;
  }
}
