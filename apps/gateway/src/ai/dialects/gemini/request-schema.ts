import { z } from 'zod';
import { json, list } from '../read-body.js';

// What can be converted. All else that a request holds is left to Gemini itself, and told where another provider answers.

const inlineData = z.object({
  data: z.string(),
  mimeType: z.string(),
  displayName: z.string().nullish(),
});

const fileData = z.object({
  fileUri: z.string(),
  mimeType: z.string().nullish(),
  displayName: z.string().nullish(),
});

const media = { inlineData: inlineData.nullish(), fileData: fileData.nullish() };

const part = z.object({
  text: z.string().nullish(),
  thought: z.boolean().nullish(),
  thoughtSignature: z.string().nullish(),
  ...media,
  functionCall: z.object({ id: z.string().nullish(), name: z.string(), args: json.nullish() }).nullish(),
  functionResponse: z
    .object({
      id: z.string().nullish(),
      name: z.string(),
      response: json.nullish(),
      parts: list(z.object(media)).nullish(),
    })
    .nullish(),
});

const content = z.object({
  role: z.enum(['user', 'model', 'function']).nullish(),
  parts: list(part),
});

const declaration = z.object({
  name: z.string(),
  description: z.string().nullish(),
  parameters: json.nullish(),
  parametersJsonSchema: json.nullish(),
});

const LEVELS = ['MINIMAL', 'LOW', 'MEDIUM', 'HIGH'] as const;

const thinkingConfig = z.object({
  includeThoughts: z.boolean().nullish(),
  thinkingBudget: z.int().min(-1).nullish(),
  thinkingLevel: z
    .enum([...LEVELS, ...LEVELS.map((level) => level.toLowerCase() as Lowercase<typeof level>)])
    .nullish(),
});

const generationConfig = z.object({
  maxOutputTokens: z.int().min(0).nullish(),
  temperature: z.number().min(0).max(2).nullish(),
  topP: z.number().min(0).max(1).nullish(),
  topK: z.number().min(0).nullish(),
  candidateCount: z.int().min(1).nullish(),
  stopSequences: list(z.string()).nullish(),
  presencePenalty: z.number().nullish(),
  frequencyPenalty: z.number().nullish(),
  seed: z.int().nullish(),
  responseLogprobs: z.boolean().nullish(),
  logprobs: z.int().min(0).nullish(),
  responseMimeType: z.string().nullish(),
  responseSchema: json.nullish(),
  responseJsonSchema: json.nullish(),
  thinkingConfig: thinkingConfig.nullish(),
});

export const requestSchema = z.object({
  model: z.string().min(1),
  contents: list(content, 1),
  // Its role says nothing, but Google's SDK sends one.
  systemInstruction: z
    .object({ role: z.string().nullish(), parts: list(z.object({ text: z.string().nullish() })) })
    .nullish(),
  tools: list(z.object({ functionDeclarations: list(declaration).nullish() })).nullish(),
  toolConfig: z
    .object({
      functionCallingConfig: z
        .object({
          mode: z.enum(['MODE_UNSPECIFIED', 'AUTO', 'ANY', 'NONE', 'VALIDATED']).nullish(),
          allowedFunctionNames: list(z.string()).nullish(),
        })
        .nullish(),
    })
    .nullish(),
  generationConfig: generationConfig.nullish(),
});

export type RequestBody = z.output<typeof requestSchema>;
export type GenerationConfig = z.output<typeof generationConfig>;
export type Part = z.output<typeof part>;
export type Media = Pick<Part, 'inlineData' | 'fileData'>;
