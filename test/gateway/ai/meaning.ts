import type {
  AssistantPart,
  ChatAnswer,
  ChatMessage,
  ChatRequest,
  Source,
  StopReason,
} from '../../../apps/gateway/src/ai/dialects/chat.js';
import type { Dialect, DialectName } from '../../../apps/gateway/src/ai/dialects/dialect.js';
import type { JsonObject } from '../../../apps/gateway/src/wire/json.js';

/** What a dialect has no place for. */
export const LACKS: Record<DialectName, (keyof ChatRequest)[]> = {
  openai: ['topK'],
  openai_responses: ['topK', 'seed', 'stop', 'frequencyPenalty', 'presencePenalty'],
  anthropic: ['seed', 'frequencyPenalty', 'presencePenalty', 'topLogprobs', 'metadata'],
  gemini: ['parallelToolCalls', 'user', 'metadata'],
};

export const wire = (body: JsonObject) => JSON.parse(JSON.stringify(body)) as JsonObject;

type Part = ChatMessage['parts'][number];

/** Texts that follow each other are one text. */
function joined(parts: readonly object[]): object[] {
  const all: object[] = [];
  for (const part of parts as Part[]) {
    const last = all.at(-1) as Part | undefined;
    if (part.type === 'text' && last?.type === 'text')
      all.splice(-1, 1, { ...last, text: `${last.text}\n\n${part.text}` });
    else all.push(part);
  }
  return all;
}

function sourceOf(source: Source): Source {
  return 'url' in source ? { url: source.url } : source;
}

function partOf({ at: _, ...part }: Part): object {
  switch (part.type) {
    case 'tool_result':
      return { ...part, name: undefined, parts: part.parts.map(partOf) };
    case 'image':
      return { ...part, detail: undefined, source: sourceOf(part.source) };
    default:
      return part;
  }
}

/** What a request asks for, without how it is said. */
export function meaningOf(request: ChatRequest, lacking: readonly (keyof ChatRequest)[]): object {
  const { outputFormat, reasoning, toolChoice } = request;
  return {
    ...request,
    instructions: joined(request.instructions.map(partOf)),
    messages: request.messages.map(({ role, parts }) => ({ role, parts: joined(parts.map(partOf)) })),
    tools: request.tools.map(({ at: _, strict: _strict, ...tool }) => tool),
    outputFormat: outputFormat?.type === 'json_schema' ? outputFormat.schema : outputFormat,
    reasoning: reasoning?.effort,
    toolChoice: toolChoice?.mode === 'auto' ? undefined : toolChoice,
    unconverted: undefined,
    indispensable: undefined,
    pointers: undefined,
    wantsUsage: undefined,
    ...Object.fromEntries(lacking.map((member) => [member, undefined])),
  };
}

/** A request as a caller of the dialect would have sent it. */
export function sentIn(dialect: Dialect, request: ChatRequest): ChatRequest {
  const { model, stream } = request;
  const path = dialect.name === 'gemini' ? { model, stream } : {};
  return {
    ...dialect.readRequest(wire(dialect.writeRequest(request).body), path),
    unconverted: [],
    indispensable: [],
  };
}

const STOPS: Record<StopReason, string> = {
  stop: 'stop',
  stop_sequence: 'stop',
  pause: 'stop',
  length: 'length',
  context_window: 'length',
  tool_calls: 'tool_calls',
  refusal: 'filtered',
  content_filter: 'filtered',
};

function said(part: AssistantPart): object {
  return part.type === 'reasoning' ? { type: part.type, text: part.text } : part;
}

/** What an answer says, without whose it is and when. */
export function contentOf({ id, model, candidates, usage }: ChatAnswer): object {
  const { input, output, cacheRead, reasoning } = usage!;
  return {
    id,
    model,
    candidates: candidates.map(({ parts, stop }) => ({ parts: parts.map(said), stop: STOPS[stop] })),
    usage: { input, output, cacheRead, reasoning },
  };
}
