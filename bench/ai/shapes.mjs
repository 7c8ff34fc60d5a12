/** Requests and answers of the vendors, as their documentation shows them. */
export const TOKENS = 50;

const MODEL = 'gpt-5-mini';
const WORD = ' token';
const TEXT = WORD.repeat(TOKENS);

/** What callers post, in OpenAI's dialect; some 600 bytes, as a chat with a system prompt has. */
export function chatRequest(model, stream) {
  const messages = [
    { role: 'system', content: 'You are an assistant that answers in one short paragraph. '.repeat(6) },
    { role: 'user', content: 'What is the capital of France, and how many people live there?' },
  ];
  return JSON.stringify({ model, messages, max_tokens: 200, ...(stream ? { stream } : {}) });
}

export const openAiAnswer = JSON.stringify({
  id: 'chatcmpl-1',
  object: 'chat.completion',
  created: 1_764_000_000,
  model: MODEL,
  choices: [
    {
      index: 0,
      message: { role: 'assistant', content: TEXT, refusal: null },
      logprobs: null,
      finish_reason: 'stop',
    },
  ],
  usage: { prompt_tokens: 96, completion_tokens: TOKENS, total_tokens: 96 + TOKENS },
});

export const anthropicAnswer = JSON.stringify({
  id: 'msg_1',
  type: 'message',
  role: 'assistant',
  model: 'claude-sonnet-4-5',
  content: [{ type: 'text', text: TEXT }],
  stop_reason: 'end_turn',
  stop_sequence: null,
  usage: { input_tokens: 96, output_tokens: TOKENS },
});

/** The events of a streamed answer, each as it is written. */
export const openAiEvents = [
  chunk({ role: 'assistant', content: '' }),
  ...Array.from({ length: TOKENS }, () => chunk({ content: WORD })),
  chunk({}, 'stop'),
  `data: ${JSON.stringify({ ...frame([]), usage: { prompt_tokens: 96, completion_tokens: TOKENS, total_tokens: 96 + TOKENS } })}\n\n`,
  'data: [DONE]\n\n',
];

export const anthropicEvents = [
  event('message_start', {
    message: {
      ...JSON.parse(anthropicAnswer),
      content: [],
      stop_reason: null,
      usage: { input_tokens: 96, output_tokens: 1 },
    },
  }),
  event('content_block_start', { index: 0, content_block: { type: 'text', text: '' } }),
  ...Array.from({ length: TOKENS }, () =>
    event('content_block_delta', { index: 0, delta: { type: 'text_delta', text: WORD } }),
  ),
  event('content_block_stop', { index: 0 }),
  event('message_delta', {
    delta: { stop_reason: 'end_turn', stop_sequence: null },
    usage: { output_tokens: TOKENS },
  }),
  event('message_stop', {}),
];

function chunk(delta, finish = null) {
  return `data: ${JSON.stringify(frame([{ index: 0, delta, logprobs: null, finish_reason: finish }]))}\n\n`;
}

function frame(choices) {
  return { id: 'chatcmpl-1', object: 'chat.completion.chunk', created: 1_764_000_000, model: MODEL, choices };
}

function event(type, data) {
  return `event: ${type}\ndata: ${JSON.stringify({ type, ...data })}\n\n`;
}
