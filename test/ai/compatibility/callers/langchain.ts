import { ChatAnthropic } from '@langchain/anthropic';
import type { BaseChatModel, BaseChatModelCallOptions } from '@langchain/core/language_models/chat_models';
import {
  AIMessage,
  AIMessageChunk,
  type BaseMessage,
  HumanMessage,
  SystemMessage,
  ToolMessage,
} from '@langchain/core/messages';
import { ChatGoogleGenerativeAI } from '@langchain/google-genai';
import { ChatOpenAI } from '@langchain/openai';
import type { Feature } from '../features.js';
import type { Ask, Said, Stop, Turn, UserPart } from '../scene.js';
import { type Caller, complaint, errorName, PDF_TYPE } from './caller.js';

// LangChain, with its own client of each vendor's API.

export function langChainOfOpenAiChat(base: string, apiKey: string): Caller {
  return langChain({
    name: '@langchain/openai',
    modelOf: (model, ask) =>
      new ChatOpenAI({
        model,
        apiKey,
        configuration: { baseURL: `${base}/v1` },
        maxRetries: 0,
        ...(ask.maxTokens && { maxTokens: ask.maxTokens }),
      }),
    // It has no place for reasoning that is told in OpenAI's chat API.
    lacks: ['reasoning', 'streamed reasoning'],
    errorName,
  });
}

export function langChainOfOpenAiResponses(base: string, apiKey: string): Caller {
  return langChain({
    name: '@langchain/openai',
    modelOf: (model, ask) =>
      new ChatOpenAI({
        model,
        apiKey,
        configuration: { baseURL: `${base}/v1` },
        maxRetries: 0,
        useResponsesApi: true,
        ...(ask.maxTokens && { maxTokens: ask.maxTokens }),
        ...(ask.thinks && { reasoning: { effort: 'high', summary: 'auto' } }),
      }),
    // It tells of reasoning to models alone whose names it knows, and of choices those of one tool.
    lacks: ['stop sequences', 'reasoning', 'streamed reasoning', 'tool choice'],
    errorName,
  });
}

export function langChainOfAnthropic(base: string, apiKey: string): Caller {
  return langChain({
    name: '@langchain/anthropic',
    modelOf: (model, ask) =>
      new ChatAnthropic({
        model,
        apiKey,
        anthropicApiUrl: base,
        maxRetries: 0,
        maxTokens: ask.maxTokens ?? 20_000,
        ...(ask.thinks && { thinking: { type: 'enabled', budget_tokens: 10_000 } }),
      }),
    // What was read is known to it from a stream's first event alone, and there only Anthropic itself knows it.
    lacks: ['streamed usage'],
    counts: { cached: true, reasoning: false },
    errorName,
  });
}

export function langChainOfGemini(base: string, apiKey: string): Caller {
  return langChain({
    name: '@langchain/google-genai',
    modelOf: (model, ask) =>
      new ChatGoogleGenerativeAI({
        model,
        apiKey,
        baseUrl: base,
        maxRetries: 0,
        ...(ask.maxTokens && { maxOutputTokens: ask.maxTokens }),
        ...(ask.stop && { stopSequences: [...ask.stop] }),
        ...(ask.thinks && { thinkingConfig: { thinkingLevel: 'HIGH', includeThoughts: true } }),
      }),
    // It adds up what each event repeats of usage, leaves thoughts out, and does not end what it does not wait for.
    lacks: ['usage', 'streamed usage', 'abort by the caller'],
    errorName: (status) => (status === 429 ? 'RateLimitCapacityError' : 'GoogleGenerativeAIFetchError'),
  });
}

type Model = BaseChatModel<BaseChatModelCallOptions & { tool_choice?: unknown; stop?: string[] }>;

interface LangChain {
  readonly name: string;
  readonly modelOf: (model: string, ask: Ask) => unknown;
  readonly lacks?: readonly Feature[];
  readonly errorName: Caller['errorName'];
  readonly counts?: Caller['counts'];
}

function langChain({ name, modelOf, lacks = [], errorName, counts }: LangChain): Caller {
  const runnable = (model: string, ask: Ask) => {
    const bare = modelOf(model, ask) as Model;
    if (!ask.tools) return bare;
    const tools = ask.tools.map(({ name, description, schema }) => ({
      type: 'function',
      function: { name, description, parameters: schema },
    }));
    return bare.bindTools!(tools, ask.toolChoice ? { tool_choice: choiceOf(ask.toolChoice) } : {});
  };
  const optionsOf = (ask: Ask, signal?: AbortSignal) => ({
    ...(signal && { signal }),
    ...(ask.stop && { stop: [...ask.stop] }),
  });
  return {
    name,
    lacks,
    ask: async (ask, model, signal) => {
      const messages = messagesOf(ask);
      if (ask.schema) {
        const structured = (modelOf(model, ask) as Model).withStructuredOutput(ask.schema, {
          method: 'jsonSchema',
          includeRaw: true,
        });
        const { raw, parsed } = await structured.invoke(messages);
        return { ...saidBy(raw as AIMessage), text: JSON.stringify(parsed) };
      }
      return saidBy((await runnable(model, ask).invoke(messages, optionsOf(ask, signal))) as AIMessage);
    },
    stream: async (ask, model, signal, onPiece) => {
      let whole: AIMessageChunk | undefined;
      let pieces = 0;
      for await (const one of await runnable(model, ask).stream(messagesOf(ask), optionsOf(ask, signal))) {
        const chunk = one as AIMessageChunk;
        whole = whole ? whole.concat(chunk) : chunk;
        if (chunk.text === '') continue;
        pieces++;
        onPiece?.();
      }
      return { ...saidBy(whole!), pieces };
    },
    complaintOf: complaint,
    errorName,
    tellsHeaders: name !== '@langchain/google-genai',
    ...(counts && { counts }),
  };
}

function choiceOf(choice: NonNullable<Ask['toolChoice']>): string {
  if (typeof choice !== 'string') return choice.only;
  return choice === 'required' ? 'any' : choice;
}

function messagesOf(ask: Ask): BaseMessage[] {
  return [...(ask.system === undefined ? [] : [new SystemMessage(ask.system)]), ...ask.turns.flatMap(turnOf)];
}

function turnOf(turn: Turn): BaseMessage[] {
  if ('assistant' in turn) return [new AIMessage(turn.assistant)];
  if ('user' in turn)
    return [
      typeof turn.user === 'string'
        ? new HumanMessage(turn.user)
        : new HumanMessage({ contentBlocks: turn.user.map(blockOf) }),
    ];
  const message = turn.said.own as AIMessage;
  return [
    message,
    ...turn.results.map((content, index) => {
      const { id, name } = message.tool_calls![index]!;
      return new ToolMessage({ content, tool_call_id: id!, name });
    }),
  ];
}

function blockOf(part: UserPart): HumanMessage['contentBlocks'][number] {
  if ('text' in part) return { type: 'text', text: part.text };
  if ('pdf' in part) {
    const { base64: data, name } = part.pdf;
    return { type: 'file', mimeType: PDF_TYPE, data, metadata: { filename: name, name, title: name } };
  }
  return 'url' in part.image
    ? { type: 'image', url: part.image.url, mimeType: 'image/png' }
    : { type: 'image', data: part.image.base64, mimeType: part.image.type };
}

/** Each vendor's client has its own name for it, and tells the vendor's own word. */
const STOPS: Readonly<Record<string, Stop>> = {
  stop: 'stop',
  end_turn: 'stop',
  stop_sequence: 'stop',
  STOP: 'stop',
  completed: 'stop',
  length: 'length',
  max_tokens: 'length',
  MAX_TOKENS: 'length',
  max_output_tokens: 'length',
  tool_calls: 'tools',
  tool_use: 'tools',
  content_filter: 'filtered',
  refusal: 'filtered',
  SAFETY: 'filtered',
};

function saidBy(message: AIMessage | AIMessageChunk): Said {
  const calls = (message.tool_calls ?? []).map(({ name, args }) => ({ name, args }));
  const usage = message.usage_metadata;
  const told = { ...message.additional_kwargs, ...message.response_metadata } as Record<string, never>;
  const reason =
    (told.incomplete_details as { reason?: string } | undefined)?.reason ??
    told.finish_reason ??
    told.finishReason ??
    told.stop_reason ??
    told.status;
  const stop = STOPS[String(reason)] ?? 'other';
  return {
    text: message.text,
    reasoning: message.contentBlocks
      .map((block) => ('reasoning' in block ? block.reasoning : 'thinking' in block ? block.thinking : ''))
      .join(''),
    calls,
    stop: stop === 'stop' && calls.length > 0 ? 'tools' : stop,
    usage: usage
      ? ({
          input: usage.input_tokens,
          output: usage.output_tokens,
          cached: usage.input_token_details?.cache_read,
          reasoning: usage.output_token_details?.reasoning,
        } as Said['usage'])
      : {},
    own: message,
  };
}
