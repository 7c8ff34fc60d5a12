import type {
  AssistantPart,
  ChatAnswer,
  ChatRequest,
  StopReason,
  TokenLogprob,
  TokenUsage,
} from '../chat.js';
import type { JsonObject } from '../../../wire/json.js';
import { writeLogprobs } from '../openai-chat/logprobs.js';
import { carryCallId, carryReasoning } from '../signatures.js';
import { writeStatus } from './status.js';
import { writeUsage } from './usage.js';
import { writeOutputFormat, writeTool, writeToolChoice } from './write-request.js';

export function writeAnswer(answer: ChatAnswer, request: ChatRequest): JsonObject {
  const { parts, stop, logprobs } = answer.candidates[0]!;
  const lastText = parts.findLastIndex(({ type }) => type === 'text');
  const output = parts.map((part, index) =>
    writeItem(part, itemId(answer.id, part.type, index), index === lastText ? logprobs : undefined),
  );
  return finished(responseHead(answer, request), output, stop, answer.usage);
}

/** What of a response is known when it begins. */
export function responseHead(
  { id, model, created }: Pick<ChatAnswer, 'id' | 'model' | 'created'>,
  request: ChatRequest,
): JsonObject {
  const { reasoning, outputFormat } = request;
  return {
    id,
    object: 'response',
    created_at: created ?? Math.floor(Date.now() / 1000),
    status: 'in_progress',
    error: null,
    incomplete_details: null,
    instructions: null,
    model,
    output: [],
    access_programs: null,
    max_output_tokens: request.maxOutputTokens ?? null,
    metadata: request.metadata ?? {},
    parallel_tool_calls: request.parallelToolCalls ?? true,
    previous_response_id: null,
    reasoning: { effort: reasoning?.effort ?? null, summary: reasoning?.shown ? 'auto' : null },
    store: false,
    temperature: request.temperature ?? null,
    text: { format: outputFormat ? writeOutputFormat(outputFormat) : { type: 'text' } },
    tool_choice: writeToolChoice(request.toolChoice) ?? 'auto',
    tools: request.tools.map(writeTool),
    top_p: request.topP ?? null,
    truncation: 'disabled',
  };
}

export function finished(
  head: JsonObject,
  output: readonly JsonObject[],
  stop: StopReason,
  usage: TokenUsage | undefined,
): JsonObject {
  const refused = output.some((item) => isRefusal(item));
  return { ...head, ...writeStatus(stop, refused), output, usage: usage && writeUsage(usage) };
}

function isRefusal({ content }: JsonObject): boolean {
  return Array.isArray(content) && content.some((part: JsonObject) => part.type === 'refusal');
}

const PREFIXES = { text: 'msg', refusal: 'msg', tool_call: 'fc', reasoning: 'rs' };

export function itemId(answer: string, type: AssistantPart['type'], index: number): string {
  return `${PREFIXES[type]}_${answer}_${index}`;
}

export function writeItem(part: AssistantPart, id: string, logprobs?: readonly TokenLogprob[]): JsonObject {
  switch (part.type) {
    case 'text':
    case 'refusal':
      return messageItem(id, [writeContent(part, logprobs)]);
    case 'tool_call':
      return { ...callItem(id, part, JSON.stringify(part.arguments)), status: 'completed' };
    case 'reasoning':
      return {
        type: 'reasoning',
        id,
        summary: part.text === '' ? [] : [{ type: 'summary_text', text: part.text }],
        encrypted_content: carryReasoning(part, 'openai_responses'),
      };
  }
}

export function messageItem(id: string, content: readonly JsonObject[]): JsonObject {
  return { type: 'message', id, role: 'assistant', status: 'completed', content };
}

export function writeContent(
  part: Extract<AssistantPart, { type: 'text' | 'refusal' }>,
  logprobs: readonly TokenLogprob[] = [],
): JsonObject {
  if (part.type === 'refusal') return { type: 'refusal', refusal: part.text };
  return {
    type: 'output_text',
    text: part.text,
    annotations: [],
    logprobs: writeLogprobs(logprobs)?.content,
  };
}

export function callItem(
  id: string,
  call: Pick<Extract<AssistantPart, { type: 'tool_call' }>, 'id' | 'name' | 'signature'>,
  args: string,
): JsonObject {
  return { type: 'function_call', id, call_id: carryCallId(call), name: call.name, arguments: args };
}
