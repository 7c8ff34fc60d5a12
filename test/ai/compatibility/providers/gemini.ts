import type {
  Content,
  GenerateContentParameters,
  GenerateContentResponse,
  GenerationConfig,
  Part,
  ToolConfig,
  Tool as GeminiTool,
} from '@google/genai';
import { type Answer, type Heard, type HeardPart, type Stop, type ToolChoice, USAGE } from '../scene.js';
import { requestOf } from './openai-chat.js';
import { pieces, type Wire } from './provider.js';

// Answers and streams as the types of @google/genai 3 have them.

/** What is in the body, by the words of the REST API. https://ai.google.dev/api/generate-content */
interface Body {
  readonly contents: Content[];
  readonly systemInstruction?: Content;
  readonly tools?: GeminiTool[];
  readonly toolConfig?: ToolConfig;
  readonly generationConfig?: GenerationConfig & GenerateContentParameters['config'];
}

type Members = Omit<
  {
    [
      K in keyof GenerateContentResponse as GenerateContentResponse[K] extends (...args: never) => unknown
        ? never
        : K
    ]?: GenerateContentResponse[K];
  },
  'text' | 'data'
>;

const STOPS = {
  stop: 'STOP',
  length: 'MAX_TOKENS',
  tools: 'STOP',
  filtered: 'SAFETY',
} as const satisfies Record<Stop, string>;

const head: Members = {
  usageMetadata: {
    promptTokenCount: USAGE.input,
    cachedContentTokenCount: USAGE.cached,
    candidatesTokenCount: USAGE.output - USAGE.reasoning,
    thoughtsTokenCount: USAGE.reasoning,
    totalTokenCount: USAGE.input + USAGE.output,
  },
  modelVersion: 'gemini-2.5-flash',
  responseId: 'r1',
};

function answer(parts: Part[], finishReason?: string): Members {
  return {
    ...head,
    candidates: [
      {
        index: 0,
        content: { role: 'model', parts },
        ...(finishReason === undefined ? {} : { finishReason: finishReason as never }),
      },
    ],
  };
}

/** Of parallel calls, the first is signed. */
function callsOf({ calls = [] }: Answer): Part[] {
  return calls.map(({ name, args }, index) => ({
    functionCall: { name, args },
    ...(index === 0 ? { thoughtSignature: 'CiQBsig' } : {}),
  }));
}

function whole(said: Answer): Members {
  const { text, reasoning, stop } = said;
  return answer(
    [
      ...(reasoning === undefined ? [] : [{ text: reasoning, thought: true }]),
      ...(text === undefined ? [] : [{ text }]),
      ...callsOf(said),
    ],
    STOPS[stop],
  );
}

function stream(said: Answer): string {
  const { text, reasoning, stop } = said;
  const parts: Part[] = [
    ...(reasoning === undefined ? [] : pieces(reasoning).map((text) => ({ text, thought: true }))),
    ...(text === undefined ? [] : pieces(text).map((text) => ({ text }))),
    ...callsOf(said),
  ];
  return parts
    .map((part, index) => answer([part], index === parts.length - 1 ? STOPS[stop] : undefined))
    .map((one) => `data: ${JSON.stringify(one)}\r\n\r\n`)
    .join('');
}

const STATUSES: Readonly<Record<number, string>> = {
  400: 'INVALID_ARGUMENT',
  401: 'UNAUTHENTICATED',
  429: 'RESOURCE_EXHAUSTED',
  500: 'INTERNAL',
};

export const gemini: Wire = {
  requestType: 'Gemini',
  counts: { cached: true, reasoning: true },
  whole,
  stream,
  error: (code, message) => ({ error: { code, message, status: STATUSES[code]! } }),
  heard: ({ path, ...request }) => {
    const [, model, verb] = /\/models\/([^:]+):(\w+)/.exec(path)!;
    const body = requestOf<Body>({ path, ...request, json: request.json });
    return { ...heard(body), model: model!, stream: verb === 'streamGenerateContent' };
  },
};

function heard(body: Body): Omit<Heard, 'model' | 'stream'> {
  const config = body.generationConfig ?? {};
  const ids = new Map<string, number>();
  return {
    system: (body.systemInstruction?.parts ?? []).map(({ text }) => text).join('\n\n'),
    turns: body.contents.flatMap((content) => turnOf(content, ids)),
    tools: (body.tools ?? []).flatMap(({ functionDeclarations = [] }) =>
      functionDeclarations.map(({ name, description, parametersJsonSchema, parameters }) => ({
        name: name!,
        description: description!,
        schema: (parametersJsonSchema ?? lowered(parameters)) as never,
      })),
    ),
    toolChoice: choiceOf(body.toolConfig?.functionCallingConfig),
    maxTokens: config.maxOutputTokens,
    stop: config.stopSequences,
    schema: (config.responseJsonSchema ?? (config.responseSchema && lowered(config.responseSchema))) as
      object | undefined,
    thinks: config.thinkingConfig !== undefined,
  };
}

/** Google's own schemas have the names of types in capitals. */
function lowered(schema: unknown): unknown {
  return JSON.parse(JSON.stringify(schema), (name, value: unknown) =>
    name === 'type' && typeof value === 'string' ? value.toLowerCase() : value,
  );
}

function turnOf({ role, parts = [] }: Content, ids: Map<string, number>): Heard['turns'][number][] {
  const results = parts.filter(({ functionResponse }) => functionResponse);
  const others = parts.filter(({ functionResponse, thought }) => !functionResponse && !thought);
  return [
    ...results.map(
      ({ functionResponse: said }) =>
        ({
          role: 'tool',
          parts: [{ result: resultOf(said!.response), of: said!.id ?? said!.name }],
        }) as const,
    ),
    ...(others.length > 0
      ? [
          {
            role: role === 'model' ? 'assistant' : 'user',
            parts: others.flatMap((part) => partOf(part, ids)),
          } as const,
        ]
      : []),
  ];
}

function resultOf(response: Record<string, unknown> = {}): string {
  const { output = response.result ?? response.content ?? response } = response;
  return typeof output === 'string' ? output : JSON.stringify(output);
}

function partOf({ text, inlineData, fileData, functionCall }: Part, _ids: Map<string, number>): HeardPart[] {
  if (functionCall) {
    const { id, name, args = {} } = functionCall;
    return [{ id: id ?? name, call: { name: name!, args } }];
  }
  if (fileData) return [{ image: { url: fileData.fileUri! } }];
  if (inlineData?.mimeType === 'application/pdf')
    return [{ pdf: { base64: inlineData.data!, name: inlineData.displayName! } }];
  if (inlineData) return [{ image: { base64: inlineData.data!, type: inlineData.mimeType! } }];
  return text ? [{ text }] : [];
}

function choiceOf(config: ToolConfig['functionCallingConfig']): ToolChoice | undefined {
  const [only] = config?.allowedFunctionNames ?? [];
  if (only !== undefined) return { only };
  const modes: Record<string, ToolChoice> = { ANY: 'required', NONE: 'none', AUTO: 'auto' };
  return config?.mode === undefined ? undefined : modes[config.mode];
}
