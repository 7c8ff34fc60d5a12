import { createAnthropic } from '@ai-sdk/anthropic';
import { createGoogleGenerativeAI } from '@ai-sdk/google';
import { createOpenAI } from '@ai-sdk/openai';
import {
  type FinishReason,
  generateText,
  jsonSchema,
  type LanguageModel,
  type LanguageModelUsage,
  type ModelMessage,
  Output,
  streamText,
  tool,
  type ToolSet,
  type UserContent,
} from 'ai';
import type { Feature } from '../features.js';
import type { Ask, Said, Stop, Turn, UserPart } from '../scene.js';
import { type Caller, complaint, PDF_TYPE } from './caller.js';

// The AI SDK, with its own client of each vendor's API.

/** The gateway keeps no answers to which an item could refer. */
const THINKING_NOT = { openai: { store: false } };

// Models whose names it does not know are no fault here.
globalThis.AI_SDK_LOG_WARNINGS = false;

/** How each vendor's client is asked to think. */
const THINKING = {
  openai: { store: false, reasoningEffort: 'high', reasoningSummary: 'auto', forceReasoning: true },
  anthropic: { thinking: { type: 'enabled', budgetTokens: 10_000 } },
  google: { thinkingConfig: { thinkingLevel: 'high', includeThoughts: true } },
};

export function aiSdkOfOpenAiChat(base: string, apiKey: string): Caller {
  const openai = createOpenAI({ baseURL: `${base}/v1`, apiKey });
  // It has no place for reasoning that is told in OpenAI's chat API.
  return aiSdk('@ai-sdk/openai', (model) => openai.chat(model), ['reasoning', 'streamed reasoning']);
}

export function aiSdkOfOpenAiResponses(base: string, apiKey: string): Caller {
  const openai = createOpenAI({ baseURL: `${base}/v1`, apiKey });
  return aiSdk('@ai-sdk/openai', (model) => openai.responses(model), ['stop sequences']);
}

export function aiSdkOfAnthropic(base: string, apiKey: string): Caller {
  const anthropic = createAnthropic({ baseURL: `${base}/v1`, apiKey });
  return aiSdk('@ai-sdk/anthropic', (model) => anthropic(model));
}

export function aiSdkOfGemini(base: string, apiKey: string): Caller {
  const google = createGoogleGenerativeAI({ baseURL: `${base}/v1beta`, apiKey });
  // It fetches images by itself.
  return aiSdk('@ai-sdk/google', (model) => google(model), ['image by https']);
}

function aiSdk(
  name: string,
  modelOf: (model: string) => LanguageModel,
  lacks: readonly Feature[] = [],
): Caller {
  return {
    name,
    lacks,
    ask: async (ask, model, signal) => {
      const result = await generateText({ model: modelOf(model), ...optionsOf(ask, signal) });
      const { text, reasoningText, toolCalls, finishReason, usage } = result;
      return saidBy({ text, reasoningText, toolCalls, finishReason, usage, own: result.response.messages });
    },
    stream: async (ask, model, signal, onPiece) => {
      let failure: unknown;
      const result = streamText({
        model: modelOf(model),
        ...optionsOf(ask, signal),
        onError: ({ error }) => {
          failure = error;
        },
      });
      let pieces = 0;
      for await (const part of result.fullStream) {
        if (part.type === 'abort') throw new Error('aborted');
        if (part.type !== 'text-delta') continue;
        pieces++;
        onPiece?.();
      }
      if (failure) throw failure;
      const { messages } = await result.response;
      return {
        ...saidBy({
          text: await result.text,
          reasoningText: await result.reasoningText,
          toolCalls: await result.toolCalls,
          finishReason: await result.finishReason,
          usage: await result.usage,
          own: messages,
        }),
        pieces,
      };
    },
    complaintOf: complaint,
    errorName: () => 'AI_APICallError',
  };
}

function optionsOf(ask: Ask, abortSignal: AbortSignal | undefined) {
  return {
    maxRetries: 0,
    messages: ask.turns.flatMap(messagesOf),
    ...(abortSignal && { abortSignal }),
    ...(ask.system !== undefined && { system: ask.system }),
    ...(ask.tools && { tools: toolsOf(ask.tools) }),
    ...(ask.toolChoice && {
      toolChoice:
        typeof ask.toolChoice === 'string'
          ? ask.toolChoice
          : ({ type: 'tool', toolName: ask.toolChoice.only } as const),
    }),
    ...(ask.maxTokens && { maxOutputTokens: ask.maxTokens }),
    ...(ask.stop && { stopSequences: [...ask.stop] }),
    ...(ask.schema && { output: Output.object({ schema: jsonSchema(ask.schema) }) }),
    providerOptions: {
      ...THINKING_NOT,
      ...(ask.thinks ? THINKING : {}),
      ...(ask.schema ? OUTPUT : {}),
    },
  };
}

/** What it does with models of Claude that it knows. */
const OUTPUT = { anthropic: { structuredOutputMode: 'outputFormat' } };

function toolsOf(tools: NonNullable<Ask['tools']>): ToolSet {
  return Object.fromEntries(
    tools.map(({ name, description, schema }) => [
      name,
      tool({ description, inputSchema: jsonSchema(schema as never) }),
    ]),
  );
}

function messagesOf(turn: Turn): ModelMessage[] {
  if ('assistant' in turn) return [{ role: 'assistant', content: turn.assistant }];
  if ('user' in turn)
    return [{ role: 'user', content: typeof turn.user === 'string' ? turn.user : turn.user.map(partOf) }];
  const messages = turn.said.own as ModelMessage[];
  const calls = messages.flatMap(({ content }) =>
    typeof content === 'string' ? [] : content.filter((part) => part.type === 'tool-call'),
  );
  return [
    ...messages,
    {
      role: 'tool',
      content: turn.results.map((value, index) => {
        const { toolCallId, toolName } = calls[index]!;
        return { type: 'tool-result', toolCallId, toolName, output: { type: 'text', value } };
      }),
    },
  ];
}

function partOf(part: UserPart): Exclude<UserContent, string>[number] {
  if ('text' in part) return { type: 'text', text: part.text };
  if ('pdf' in part)
    return { type: 'file', data: part.pdf.base64, mediaType: PDF_TYPE, filename: part.pdf.name };
  return 'url' in part.image
    ? { type: 'image', image: new URL(part.image.url) }
    : { type: 'image', image: part.image.base64, mediaType: part.image.type };
}

interface Result {
  readonly text: string;
  readonly reasoningText: string | undefined;
  readonly toolCalls: readonly { readonly toolName: string; readonly input: unknown }[];
  readonly finishReason: FinishReason;
  readonly usage: LanguageModelUsage;
  readonly own: unknown;
}

const STOPS: Readonly<Record<string, Stop>> = {
  stop: 'stop',
  length: 'length',
  'tool-calls': 'tools',
  'content-filter': 'filtered',
};

function saidBy({ text, reasoningText = '', toolCalls, finishReason, usage, own }: Result): Said {
  return {
    text,
    reasoning: reasoningText,
    calls: toolCalls.map(({ toolName, input }) => ({
      name: toolName,
      args: input as Record<string, unknown>,
    })),
    stop: STOPS[finishReason] ?? 'other',
    usage: {
      input: usage.inputTokens!,
      cached: usage.inputTokenDetails.cacheReadTokens!,
      output: usage.outputTokens!,
      reasoning: usage.outputTokenDetails.reasoningTokens!,
    },
    own,
  };
}
