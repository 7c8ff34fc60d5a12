import Anthropic from '@anthropic-ai/sdk';
import Anthropic0 from 'anthropic-sdk-v0';
import type { Ask, Said, Stop, Turn, UserPart } from '../scene.js';
import { type Caller, complaint, errorName, PDF_TYPE } from './caller.js';

export function anthropicCallers(base: string, apiKey: string): Caller[] {
  const options = { baseURL: base, apiKey, maxRetries: 0 };
  return [
    anthropic('@anthropic-ai/sdk 1', new Anthropic(options)),
    // What is asked of it is the same in both lines.
    anthropic('@anthropic-ai/sdk 0.137', new Anthropic0(options) as unknown as Anthropic),
  ];
}

function anthropic(name: string, client: Anthropic): Caller {
  return {
    name,
    ask: async (ask, model, signal) =>
      saidBy(await client.messages.create(paramsOf(ask, model), { signal: signal ?? null })),
    stream: async (ask, model, signal, onPiece) => {
      const stream = client.messages.stream(paramsOf(ask, model), { signal: signal ?? null });
      let pieces = 0;
      stream.on('text', () => {
        pieces++;
        onPiece?.();
      });
      return { ...saidBy(await stream.finalMessage()), pieces };
    },
    complaintOf: complaint,
    errorName,
  };
}

function paramsOf(ask: Ask, model: string): Anthropic.MessageCreateParamsNonStreaming {
  return {
    model,
    max_tokens: ask.maxTokens ?? 20_000,
    messages: ask.turns.flatMap(messagesOf),
    ...(ask.system !== undefined && { system: ask.system }),
    ...(ask.tools && {
      tools: ask.tools.map(({ name, description, schema }) => ({
        name,
        description,
        input_schema: schema as Anthropic.Tool.InputSchema,
      })),
    }),
    ...(ask.toolChoice && { tool_choice: choiceOf(ask.toolChoice) }),
    ...(ask.stop && { stop_sequences: [...ask.stop] }),
    ...(ask.schema && { output_config: { format: { type: 'json_schema', schema: ask.schema } } }),
    ...(ask.thinks && { thinking: { type: 'enabled', budget_tokens: 10_000 } }),
  };
}

function choiceOf(choice: NonNullable<Ask['toolChoice']>): Anthropic.ToolChoice {
  if (typeof choice !== 'string') return { type: 'tool', name: choice.only };
  return { type: choice === 'required' ? 'any' : choice };
}

function messagesOf(turn: Turn): Anthropic.MessageParam[] {
  if ('assistant' in turn) return [{ role: 'assistant', content: turn.assistant }];
  if ('user' in turn)
    return [{ role: 'user', content: typeof turn.user === 'string' ? turn.user : turn.user.map(partOf) }];
  const content = turn.said.own as Anthropic.ContentBlock[];
  const calls = content.filter((block) => block.type === 'tool_use');
  return [
    { role: 'assistant', content },
    {
      role: 'user',
      content: turn.results.map((result, index) => ({
        type: 'tool_result',
        tool_use_id: calls[index]!.id,
        content: result,
      })),
    },
  ];
}

function partOf(part: UserPart): Anthropic.ContentBlockParam {
  if ('text' in part) return { type: 'text', text: part.text };
  if ('pdf' in part) {
    const { base64: data, name: title } = part.pdf;
    return { type: 'document', title, source: { type: 'base64', media_type: PDF_TYPE, data } };
  }
  if ('url' in part.image) return { type: 'image', source: { type: 'url', url: part.image.url } };
  const { type, base64: data } = part.image;
  return { type: 'image', source: { type: 'base64', media_type: type as 'image/png', data } };
}

const STOPS: Readonly<Record<string, Stop>> = {
  end_turn: 'stop',
  stop_sequence: 'stop',
  max_tokens: 'length',
  tool_use: 'tools',
  refusal: 'filtered',
};

function saidBy({ content, stop_reason: stop, usage }: Anthropic.Message): Said {
  const cached = usage.cache_read_input_tokens ?? 0;
  const reasoning = usage.output_tokens_details?.thinking_tokens;
  return {
    text: content.map((block) => (block.type === 'text' ? block.text : '')).join(''),
    reasoning: content.map((block) => (block.type === 'thinking' ? block.thinking : '')).join(''),
    calls: content.flatMap((block) =>
      block.type === 'tool_use' ? [{ name: block.name, args: block.input as Record<string, unknown> }] : [],
    ),
    stop: STOPS[stop ?? ''] ?? 'other',
    usage: {
      input: usage.input_tokens + cached,
      cached,
      output: usage.output_tokens,
      ...(reasoning === undefined ? {} : { reasoning }),
    },
    own: content,
  };
}
