/** Answers of providers as their documentation shows them. */

export const openAiAnswer = {
  id: 'chatcmpl-1',
  object: 'chat.completion',
  created: 1_764_000_000,
  model: 'gpt-5-mini-2025-08-07',
  choices: [
    {
      index: 0,
      message: { role: 'assistant', content: 'Hello!', refusal: null, annotations: [] },
      logprobs: null,
      finish_reason: 'stop',
    },
  ],
  usage: {
    prompt_tokens: 9,
    completion_tokens: 3,
    total_tokens: 12,
    prompt_tokens_details: { cached_tokens: 0, audio_tokens: 0 },
    completion_tokens_details: { reasoning_tokens: 0, audio_tokens: 0 },
  },
  service_tier: 'default',
};

const chunk = (choices: object[], more: object = {}) =>
  `data: ${JSON.stringify({
    id: 'chatcmpl-1',
    object: 'chat.completion.chunk',
    created: 1_764_000_000,
    model: 'gpt-5-mini-2025-08-07',
    system_fingerprint: 'fp_1',
    choices,
    ...more,
  })}\n\n`;

const delta = (content: object, finish: string | null = null) =>
  chunk([{ index: 0, delta: content, logprobs: null, finish_reason: finish }]);

export const openAiUsageChunk = chunk([], { usage: openAiAnswer.usage });

/** What comes before anything is said. */
export const openAiStreamStart = delta({ role: 'assistant', content: '', refusal: null });

export const openAiStreamText = [
  delta({ content: 'Hel' }),
  delta({ content: 'lo!' }),
  delta({}, 'stop'),
].join('');

export const openAiStreamEnd = 'data: [DONE]\n\n';

export const openAiStream = openAiStreamStart + openAiStreamText + openAiUsageChunk + openAiStreamEnd;

export const openAiToolStream =
  delta({
    role: 'assistant',
    content: null,
    tool_calls: [{ index: 0, id: 'call_1', type: 'function', function: { name: 'weather', arguments: '' } }],
  }) +
  delta({ tool_calls: [{ index: 0, function: { arguments: '{"city":' } }] }) +
  delta({ tool_calls: [{ index: 0, function: { arguments: '"Paris"}' } }] }) +
  delta({}, 'tool_calls') +
  openAiUsageChunk +
  openAiStreamEnd;

export const anthropicAnswer = {
  id: 'msg_1',
  type: 'message',
  role: 'assistant',
  model: 'claude-opus-4-5-20251101',
  content: [{ type: 'text', text: 'Hello!' }],
  stop_reason: 'end_turn',
  stop_sequence: null,
  usage: {
    input_tokens: 9,
    cache_creation_input_tokens: 0,
    cache_read_input_tokens: 4,
    output_tokens: 3,
    service_tier: 'standard',
  },
};

const event = (type: string, members: object) =>
  `event: ${type}\ndata: ${JSON.stringify({ type, ...members })}\n\n`;

export const anthropicStreamStart =
  event('message_start', {
    message: {
      ...anthropicAnswer,
      content: [],
      stop_reason: null,
      usage: { ...anthropicAnswer.usage, output_tokens: 1 },
    },
  }) +
  event('content_block_start', { index: 0, content_block: { type: 'text', text: '' } }) +
  event('ping', {});

export const anthropicStreamText =
  event('content_block_delta', { index: 0, delta: { type: 'text_delta', text: 'Hel' } }) +
  event('content_block_delta', { index: 0, delta: { type: 'text_delta', text: 'lo!' } });

export const anthropicStream =
  anthropicStreamStart +
  anthropicStreamText +
  event('content_block_stop', { index: 0 }) +
  event('message_delta', {
    delta: { stop_reason: 'end_turn', stop_sequence: null },
    usage: { output_tokens: 3 },
  }) +
  event('message_stop', {});

export const anthropicError = (type: string, message: string) => ({
  type: 'error',
  error: { type, message },
  request_id: 'req_1',
});

export const geminiAnswer = {
  candidates: [{ content: { role: 'model', parts: [{ text: 'Hello!' }] }, finishReason: 'STOP', index: 0 }],
  usageMetadata: { promptTokenCount: 9, candidatesTokenCount: 3, totalTokenCount: 12 },
  modelVersion: 'gemini-2.5-flash',
  responseId: 'r1',
};

const geminiChunk = (text: string, more: object = {}) =>
  `data: ${JSON.stringify({
    candidates: [{ content: { role: 'model', parts: [{ text }] }, index: 0, ...more }],
    usageMetadata: geminiAnswer.usageMetadata,
    modelVersion: geminiAnswer.modelVersion,
    responseId: 'r1',
  })}\r\n\r\n`;

export const geminiStream = geminiChunk('Hel') + geminiChunk('lo!', { finishReason: 'STOP' });
