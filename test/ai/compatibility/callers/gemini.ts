import {
  type Content,
  type GenerateContentParameters,
  GoogleGenAI,
  type GenerateContentResponse,
  type Part,
  ThinkingLevel,
} from '@google/genai';
import { GoogleGenAI as GoogleGenAI2 } from 'google-genai-v2';
import type { Ask, Said, Stop, Turn, UserPart } from '../scene.js';
import { type Caller, complaint, PDF_TYPE } from './caller.js';

export function geminiCallers(base: string, apiKey: string): Caller[] {
  const options = { apiKey, httpOptions: { baseUrl: base, retryOptions: { attempts: 1 } } };
  return [
    gemini('@google/genai 3', new GoogleGenAI(options)),
    // What is asked of it is the same in both versions.
    gemini('@google/genai 2', new GoogleGenAI2(options) as unknown as GoogleGenAI),
  ];
}

function gemini(name: string, client: GoogleGenAI): Caller {
  return {
    name,
    ask: async (ask, model, signal) =>
      saidBy([await client.models.generateContent(paramsOf(ask, model, signal))]),
    stream: async (ask, model, signal, onPiece) => {
      const all: GenerateContentResponse[] = [];
      let pieces = 0;
      for await (const one of await client.models.generateContentStream(paramsOf(ask, model, signal))) {
        all.push(one);
        if (!textOf(one)) continue;
        pieces++;
        onPiece?.();
      }
      return { ...saidBy(all), pieces };
    },
    complaintOf: complaint,
    errorName: () => 'ApiError',
    tellsHeaders: false,
  };
}

function paramsOf(ask: Ask, model: string, abortSignal: AbortSignal | undefined): GenerateContentParameters {
  return {
    model,
    contents: ask.turns.flatMap(contentsOf),
    config: {
      ...(abortSignal && { abortSignal }),
      ...(ask.system !== undefined && { systemInstruction: ask.system }),
      ...(ask.tools && {
        tools: [
          {
            functionDeclarations: ask.tools.map(({ name, description, schema }) => ({
              name,
              description,
              parametersJsonSchema: schema,
            })),
          },
        ],
      }),
      ...(ask.toolChoice && { toolConfig: { functionCallingConfig: choiceOf(ask.toolChoice) } }),
      ...(ask.maxTokens && { maxOutputTokens: ask.maxTokens }),
      ...(ask.stop && { stopSequences: [...ask.stop] }),
      ...(ask.schema && { responseMimeType: 'application/json', responseJsonSchema: ask.schema }),
      ...(ask.thinks && { thinkingConfig: { thinkingLevel: ThinkingLevel.HIGH, includeThoughts: true } }),
    },
  };
}

function choiceOf(choice: NonNullable<Ask['toolChoice']>): object {
  if (typeof choice !== 'string') return { mode: 'ANY', allowedFunctionNames: [choice.only] };
  return { mode: { auto: 'AUTO', none: 'NONE', required: 'ANY' }[choice] };
}

function contentsOf(turn: Turn): Content[] {
  if ('assistant' in turn) return [{ role: 'model', parts: [{ text: turn.assistant }] }];
  if ('user' in turn)
    return [
      { role: 'user', parts: typeof turn.user === 'string' ? [{ text: turn.user }] : turn.user.map(partOf) },
    ];
  const content = turn.said.own as Content;
  const calls = (content.parts ?? []).flatMap(({ functionCall }) => functionCall ?? []);
  return [
    content,
    {
      role: 'user',
      parts: turn.results.map((output, index) => {
        const { id, name } = calls[index]!;
        return {
          functionResponse: { ...(id === undefined ? {} : { id }), name: name!, response: { output } },
        };
      }),
    },
  ];
}

function partOf(part: UserPart): Part {
  if ('text' in part) return { text: part.text };
  if ('pdf' in part)
    return { inlineData: { mimeType: PDF_TYPE, data: part.pdf.base64, displayName: part.pdf.name } };
  return 'url' in part.image
    ? { fileData: { mimeType: 'image/png', fileUri: part.image.url } }
    : { inlineData: { mimeType: part.image.type, data: part.image.base64 } };
}

const STOPS: Readonly<Record<string, Stop>> = { STOP: 'stop', MAX_TOKENS: 'length', SAFETY: 'filtered' };

function textOf({ candidates }: GenerateContentResponse): string {
  return (candidates?.[0]?.content?.parts ?? [])
    .map(({ text, thought }) => (thought ? '' : (text ?? '')))
    .join('');
}

/** A stream is several answers, each of what is new. */
function saidBy(all: readonly GenerateContentResponse[]): Said {
  const parts = all.flatMap(({ candidates }) => candidates?.[0]?.content?.parts ?? []);
  const reason = all
    .map(({ candidates }) => candidates?.[0]?.finishReason)
    .findLast((one) => one !== undefined);
  const usage = all.map(({ usageMetadata }) => usageMetadata).findLast((one) => one !== undefined) ?? {};
  const calls = parts.flatMap(({ functionCall }) => functionCall ?? []);
  const stop = STOPS[reason ?? ''] ?? 'other';
  return {
    text: all.map(textOf).join(''),
    reasoning: parts.map(({ text, thought }) => (thought ? (text ?? '') : '')).join(''),
    calls: calls.map(({ name, args = {} }) => ({ name: name!, args })),
    stop: stop === 'stop' && calls.length > 0 ? 'tools' : stop,
    usage: {
      input: usage.promptTokenCount!,
      cached: usage.cachedContentTokenCount!,
      output: (usage.candidatesTokenCount ?? 0) + (usage.thoughtsTokenCount ?? 0),
      reasoning: usage.thoughtsTokenCount!,
    },
    own: { role: 'model', parts },
  };
}
