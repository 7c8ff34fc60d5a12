import type OpenAI from 'openai';
import { type Answer, type Heard, type HeardPart, type ToolCall, type ToolChoice, USAGE } from '../scene.js';
import { fromUrl, requestOf } from './openai-chat.js';
import { namedEvents, pieces, type Wire } from './provider.js';

// Answers and streams as the types of openai 7 have them, in the order of OpenAI's documentation of streaming.
// https://platform.openai.com/docs/api-reference/responses-streaming

/** Without what the SDK itself adds. */
type Response = Omit<OpenAI.Responses.Response, 'output_text'>;
type Item = OpenAI.Responses.ResponseOutputItem;
type Event = OpenAI.Responses.ResponseStreamEvent;

const head = {
  id: 'resp_1',
  object: 'response',
  created_at: 1_764_000_000,
  model: 'gpt-5-mini-2025-08-07',
  error: null,
  instructions: null,
  metadata: {},
  parallel_tool_calls: true,
  temperature: 1,
  top_p: 1,
  tool_choice: 'auto',
  tools: [],
  access_programs: null,
  incomplete_details: null,
} satisfies Partial<Response>;

function message(text: string): OpenAI.Responses.ResponseOutputMessage {
  return {
    type: 'message',
    id: 'msg_1',
    role: 'assistant',
    status: 'completed',
    content: [{ type: 'output_text', text, annotations: [], logprobs: [] }],
  };
}

function thought(text: string): OpenAI.Responses.ResponseReasoningItem {
  return {
    type: 'reasoning',
    id: 'rs_1',
    summary: [{ type: 'summary_text', text }],
    encrypted_content: 'gAAAA',
  };
}

function call({ name, args }: ToolCall, index: number): OpenAI.Responses.ResponseFunctionToolCall {
  return {
    type: 'function_call',
    id: `fc_${index}`,
    call_id: `call_${index}`,
    name,
    arguments: JSON.stringify(args),
    status: 'completed',
  };
}

function itemsOf({ text, reasoning, calls = [] }: Answer): Item[] {
  return [
    ...(reasoning === undefined ? [] : [thought(reasoning)]),
    ...(text === undefined ? [] : [message(text)]),
    ...calls.map(call),
  ];
}

function whole(answer: Answer): Response {
  const isWhole = answer.stop === 'stop' || answer.stop === 'tools';
  return {
    ...head,
    status: isWhole ? 'completed' : 'incomplete',
    incomplete_details: isWhole
      ? null
      : { reason: answer.stop === 'length' ? 'max_output_tokens' : 'content_filter' },
    output: itemsOf(answer),
    usage: {
      input_tokens: USAGE.input,
      input_tokens_details: { cached_tokens: USAGE.cached, cache_write_tokens: 0 },
      output_tokens: USAGE.output,
      output_tokens_details: { reasoning_tokens: USAGE.reasoning },
      total_tokens: USAGE.input + USAGE.output,
    },
  };
}

type Unnumbered<T> = T extends Event ? Omit<T, 'sequence_number'> : never;

function stream(answer: Answer): string {
  const done = whole(answer);
  const begun: Response = { ...head, status: 'in_progress', output: [] };
  const all = [
    { type: 'response.created', response: begun },
    { type: 'response.in_progress', response: begun },
    ...done.output.flatMap((item, index) => eventsOf(item, index)),
    done.status === 'completed'
      ? { type: 'response.completed', response: done }
      : { type: 'response.incomplete', response: done },
  ] as const;
  return namedEvents(all.map((event, sequence_number) => ({ ...event, sequence_number })));
}

function eventsOf(item: Item, output_index: number): Unnumbered<Event>[] {
  const done: Unnumbered<Event> = { type: 'response.output_item.done', item, output_index };
  const added = (item: Item): Unnumbered<Event> => {
    return { type: 'response.output_item.added', item, output_index };
  };
  switch (item.type) {
    case 'message': {
      const [part] = item.content as [OpenAI.Responses.ResponseOutputText];
      const place = { item_id: item.id, output_index, content_index: 0 };
      return [
        added({ ...item, status: 'in_progress', content: [] }),
        { type: 'response.content_part.added', ...place, part: { ...part, text: '' } },
        ...pieces(part.text).map((delta): Unnumbered<Event> => {
          return { type: 'response.output_text.delta', ...place, delta, logprobs: [] };
        }),
        { type: 'response.output_text.done', ...place, text: part.text, logprobs: [] },
        { type: 'response.content_part.done', ...place, part },
        done,
      ];
    }
    case 'reasoning': {
      const [part] = item.summary as [{ type: 'summary_text'; text: string }];
      const place = { item_id: item.id, output_index, summary_index: 0 };
      return [
        added({ ...item, summary: [], encrypted_content: null }),
        { type: 'response.reasoning_summary_part.added', ...place, part: { ...part, text: '' } },
        ...pieces(part.text).map(
          (delta) => ({ type: 'response.reasoning_summary_text.delta', ...place, delta }) as const,
        ),
        { type: 'response.reasoning_summary_text.done', ...place, text: part.text },
        { type: 'response.reasoning_summary_part.done', ...place, part },
        done,
      ];
    }
    case 'function_call': {
      const place = { item_id: item.id!, output_index };
      return [
        added({ ...item, status: 'in_progress', arguments: '' }),
        ...pieces(item.arguments).map(
          (delta) => ({ type: 'response.function_call_arguments.delta', ...place, delta }) as const,
        ),
        {
          type: 'response.function_call_arguments.done',
          ...place,
          arguments: item.arguments,
        },
        done,
      ];
    }
    default:
      throw new Error(`no events of ${item.type}`);
  }
}

export const openAiResponses: Wire = {
  requestType: 'OpenAI.Responses.ResponseCreateParams',
  counts: { cached: true, reasoning: true },
  whole,
  stream,
  error: (_, message) => ({ error: { message, type: 'invalid_request_error', param: null, code: null } }),
  heard: (request) => heard(requestOf(request)),
};

function heard(body: OpenAI.Responses.ResponseCreateParams): Heard {
  const input =
    typeof body.input === 'string' ? [{ role: 'user', content: body.input } as const] : (body.input ?? []);
  const system = input.flatMap((item) =>
    isMessage(item) && (item.role === 'system' || item.role === 'developer') ? [textOf(item.content)] : [],
  );
  const format = body.text?.format;
  return {
    model: body.model!,
    stream: body.stream ?? false,
    system: [...(body.instructions ? [body.instructions] : []), ...system].join('\n\n'),
    turns: input.flatMap(turnOf),
    tools: (body.tools ?? []).flatMap((tool) =>
      tool.type === 'function'
        ? [{ name: tool.name, description: tool.description ?? '', schema: tool.parameters as never }]
        : [],
    ),
    toolChoice: choiceOf(body.tool_choice),
    maxTokens: body.max_output_tokens ?? undefined,
    schema: format?.type === 'json_schema' ? (format.schema ?? undefined) : undefined,
    thinks: body.reasoning?.effort !== undefined,
  };
}

type Input = OpenAI.Responses.ResponseInputItem;

function isMessage(item: Input): item is OpenAI.Responses.EasyInputMessage {
  return 'role' in item && 'content' in item;
}

function textOf(content: string | readonly object[]): string {
  if (typeof content === 'string') return content;
  return content.map((part) => ('text' in part ? String(part.text) : '')).join('');
}

function turnOf(item: Input): Heard['turns'][number][] {
  switch (item.type) {
    case 'function_call':
      return [
        {
          role: 'assistant',
          parts: [{ id: item.call_id, call: { name: item.name, args: JSON.parse(item.arguments) } }],
        },
      ];
    case 'function_call_output':
      return [{ role: 'tool', parts: [{ result: textOf(item.output), of: item.call_id ?? undefined }] }];
    case undefined:
    case 'message':
      if (!isMessage(item)) return [];
      if (item.role === 'assistant') return [{ role: 'assistant', parts: [{ text: textOf(item.content) }] }];
      return item.role === 'user' ? [{ role: 'user', parts: partsOf(item.content) }] : [];
    default:
      return [];
  }
}

function partsOf(content: string | readonly object[]): HeardPart[] {
  if (typeof content === 'string') return [{ text: content }];
  return (content as OpenAI.Responses.ResponseInputContent[]).map((part): HeardPart => {
    switch (part.type) {
      case 'input_text':
        return { text: part.text };
      case 'input_image':
        return { image: fromUrl(part.image_url!) };
      case 'input_file':
        return { pdf: { base64: fromUrl(part.file_data!).base64!, name: part.filename! } };
    }
  });
}

function choiceOf(choice: OpenAI.Responses.ResponseCreateParams['tool_choice']): ToolChoice | undefined {
  if (choice === undefined || typeof choice === 'string') return choice;
  return choice.type === 'function' ? { only: choice.name } : undefined;
}
