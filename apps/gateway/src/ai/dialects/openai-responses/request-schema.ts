import { z } from 'zod';
import { EFFORTS } from '../efforts.js';
import { isObject } from '../../../wire/json.js';
import { formOf, json, list, never, strings } from '../read-body.js';

// What can be converted. All else that a request holds is left to OpenAI itself, and told where another provider answers.

/** What callers send back with an item as they were given it. */
const given = { id: z.string().nullish(), status: z.string().nullish() };

const cacheMark = {
  prompt_cache_breakpoint: z
    .object({ mode: z.literal('explicit'), ttl: z.enum(['30m', '12h']).nullish() })
    .nullish(),
};

const inputText = z.object({ type: z.literal('input_text'), text: z.string(), ...cacheMark });

const inputImage = z.object({
  type: z.literal('input_image'),
  image_url: z.string().nullish(),
  file_id: z.string().nullish(),
  detail: z.enum(['auto', 'low', 'high', 'original']).nullish(),
  ...cacheMark,
});

const inputFile = z.object({
  type: z.literal('input_file'),
  file_data: z.string().nullish(),
  file_id: z.string().nullish(),
  file_url: z.string().nullish(),
  filename: z.string().nullish(),
  ...cacheMark,
});

const outputText = z.object({
  type: z.literal('output_text'),
  text: z.string(),
  annotations: list(json).nullish(),
  logprobs: list(json).nullish(),
});

const refusal = z.object({ type: z.literal('refusal'), refusal: z.string() });

const content = z.union([
  z.string(),
  list(formOf('type', [inputText, inputImage, inputFile, outputText, refusal])),
]);

const message = z.object({
  type: z.literal('message'),
  role: z.enum(['user', 'assistant', 'system', 'developer']),
  content,
  phase: z.string().nullish(),
  ...given,
});

const caller = formOf('type', [z.object({ type: z.literal('direct') })]).nullish();

const functionCall = z.object({
  type: z.literal('function_call'),
  call_id: z.string(),
  name: z.string(),
  arguments: z.string(),
  caller,
  ...given,
});

const functionCallOutput = z.object({
  type: z.literal('function_call_output'),
  call_id: z.string(),
  output: z.union([z.string(), list(formOf('type', [inputText, inputImage, inputFile]))]),
  caller,
  ...given,
});

const reasoning = z.object({
  type: z.literal('reasoning'),
  summary: list(formOf('type', [z.object({ type: z.literal('summary_text'), text: z.string() })])),
  content: list(
    formOf('type', [z.object({ type: z.literal('reasoning_text'), text: z.string() })]),
  ).nullish(),
  encrypted_content: z.string().nullish(),
  ...given,
});

/** Messages may leave their type out, and so may references. */
function typed(item: unknown): unknown {
  if (!isObject(item) || (item.type !== undefined && item.type !== null)) return item;
  return { ...item, type: 'role' in item ? 'message' : 'id' in item ? 'item_reference' : undefined };
}

const items = list(
  z.preprocess(typed, formOf('type', [message, functionCall, functionCallOutput, reasoning])),
);

const tool = z.object({
  type: z.literal('function'),
  name: z.string(),
  description: z.string().nullish(),
  parameters: json.nullish(),
  strict: z.boolean().nullish(),
});

const named = z.object({ type: z.literal('function'), name: z.string() });

const toolChoice = z.union([
  z.enum(['auto', 'none', 'required']),
  formOf('type', [
    named,
    z.object({
      type: z.literal('allowed_tools'),
      mode: z.enum(['auto', 'required']),
      tools: list(formOf('type', [named])),
    }),
  ]),
]);

const format = formOf('type', [
  z.object({ type: z.literal('text') }),
  z.object({ type: z.literal('json_object') }),
  z.object({
    type: z.literal('json_schema'),
    name: z.string(),
    schema: json,
    description: z.string().nullish(),
    strict: z.boolean().nullish(),
  }),
]);

const summary = z.enum(['auto', 'concise', 'detailed']).nullish();

export const requestSchema = z.object({
  model: z.string().min(1),
  input: z.union([z.string(), items]),
  instructions: z.string().nullish(),
  stream: z.boolean().nullish(),
  // Answers of other providers hold what they can hold: logprobs where they are asked for, signatures always.
  include: list(z.string()).nullish(),
  max_output_tokens: z.int().min(0).nullish(),
  temperature: z.number().min(0).max(2).nullish(),
  top_p: z.number().min(0).max(1).nullish(),
  top_logprobs: z.int().min(0).nullish(),
  tools: list(formOf('type', [tool])).nullish(),
  tool_choice: toolChoice.nullish(),
  parallel_tool_calls: z.boolean().nullish(),
  text: z.object({ format: format.nullish() }).nullish(),
  reasoning: z.object({ effort: z.enum(EFFORTS).nullish(), summary, generate_summary: summary }).nullish(),
  user: z.string().nullish(),
  safety_identifier: z.string().nullish(),
  store: never,
  background: never,
  metadata: strings.nullish(),
});

export type RequestBody = z.output<typeof requestSchema>;
export type Item = Exclude<Exclude<RequestBody['input'], string>[number], undefined>;
export type ItemOf<Type extends Item['type']> = Extract<Item, { type: Type }>;
export type MessageContent = z.output<typeof content>;
export type Content = Exclude<Exclude<MessageContent, string>[number], undefined>;
export type Input = Extract<Content, { type: 'input_text' | 'input_image' | 'input_file' }>;
