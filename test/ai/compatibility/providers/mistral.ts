import type OpenAI from 'openai';
import { type Answer, type Heard, USAGE } from '../scene.js';
import { fromUrl, heardByChat, openAiChat } from './openai-chat.js';
import { events, pieces, type Wire } from './provider.js';

// Answers and streams as the types of @mistralai/mistralai 2 have them on the wire, thinking as in its documentation.
// https://docs.mistral.ai/capabilities/reasoning

const STOPS = { stop: 'stop', length: 'length', tools: 'tool_calls', filtered: 'error' };

const head = { id: 'cmpl-1', created: 1_764_000_000, model: 'magistral-medium-2509' };
const usage = {
  prompt_tokens: USAGE.input,
  completion_tokens: USAGE.output,
  total_tokens: USAGE.input + USAGE.output,
};

const thinking = (text: string) => ({ type: 'thinking', thinking: [{ type: 'text', text }] });

function callsOf({ calls = [] }: Answer): object[] | null {
  if (calls.length === 0) return null;
  return calls.map(({ name, args }, index) => ({
    id: `D681PevK${index}`,
    function: { name, arguments: JSON.stringify(args) },
    index,
  }));
}

function whole(answer: Answer): object {
  const { text = '', reasoning, stop } = answer;
  const content = reasoning === undefined ? text : [thinking(reasoning), { type: 'text', text }];
  const message = { role: 'assistant', content, tool_calls: callsOf(answer) };
  return {
    ...head,
    object: 'chat.completion',
    choices: [{ index: 0, message, finish_reason: STOPS[stop] }],
    usage,
  };
}

/** Calls come whole, in one piece. */
function stream(answer: Answer): string {
  const { text, reasoning, stop } = answer;
  const chunk = (delta: object, finish_reason: string | null = null, more: object = {}) => ({
    ...head,
    object: 'chat.completion.chunk',
    choices: [{ index: 0, delta, finish_reason }],
    ...more,
  });
  const calls = callsOf(answer);
  const all = [
    chunk({ role: 'assistant', content: '' }),
    ...(reasoning === undefined
      ? []
      : pieces(reasoning).map((piece) => chunk({ content: [thinking(piece)] }))),
    ...(text === undefined ? [] : pieces(text).map((content) => chunk({ content }))),
    chunk({ content: '', ...(calls ? { tool_calls: calls } : {}) }, STOPS[stop], { usage }),
  ];
  return `${events(all)}data: [DONE]\n\n`;
}

interface DocumentChunk {
  readonly type: 'document_url';
  readonly document_url: string;
  readonly document_name?: string;
}

export const mistral: Wire = {
  ...openAiChat,
  requestType: 'MistralChat',
  counts: { cached: false, reasoning: false },
  whole,
  stream,
  error: (status, message) => ({
    object: 'error',
    message,
    type: 'invalid_request_error',
    param: null,
    code: String(status),
  }),
  heard: ({ json }) => heard(json as unknown as OpenAI.ChatCompletionCreateParams),
};

/** Its requests are OpenAI's, but for documents. */
function heard(body: OpenAI.ChatCompletionCreateParams): Heard {
  const messages = body.messages.map((message) => {
    if (message.role !== 'user' || typeof message.content === 'string') return message;
    return { ...message, content: message.content.map((part) => fileOf(part as never)) };
  });
  const { toolChoice, ...rest } = heardByChat({ ...body, messages } as typeof body);
  return { ...rest, toolChoice: (toolChoice as string) === 'any' ? 'required' : toolChoice };
}

function fileOf(part: DocumentChunk | { readonly type: 'image_url'; readonly image_url: unknown }): object {
  if (part.type === 'image_url' && typeof part.image_url === 'string')
    return { type: 'image_url', image_url: { url: part.image_url } };
  if (part.type !== 'document_url') return part;
  const { document_url: file_data, document_name: filename = '' } = part;
  return 'url' in fromUrl(file_data) ? part : { type: 'file', file: { file_data, filename } };
}
