import { z } from 'zod';
import { isObject } from '../../../wire/json.js';
import { formOf, json, list } from '../read-body.js';

// What can be converted. All else that a request holds is left to Anthropic itself, and told where another provider answers.

const cacheMark = {
  cache_control: z.object({ type: z.literal('ephemeral'), ttl: z.enum(['5m', '1h']).nullish() }).nullish(),
};

const text = z.object({ type: z.literal('text'), text: z.string(), ...cacheMark });

const base64 = z.object({ type: z.literal('base64'), data: z.string(), media_type: z.string() });
const url = z.object({ type: z.literal('url'), url: z.string() });
const file = z.object({ type: z.literal('file'), file_id: z.string() });
const plain = z.object({ type: z.literal('text'), data: z.string(), media_type: z.literal('text/plain') });

const image = z.object({
  type: z.literal('image'),
  source: formOf('type', [base64, url, file]),
  ...cacheMark,
});

const document = z.object({
  type: z.literal('document'),
  source: formOf('type', [base64, plain, url, file]),
  title: z.string().nullish(),
  ...cacheMark,
});

const toolResult = z.object({
  type: z.literal('tool_result'),
  tool_use_id: z.string(),
  content: z.union([z.string(), list(formOf('type', [text, image, document]))]).nullish(),
  is_error: z.boolean().nullish(),
  ...cacheMark,
});

const toolUse = z.object({
  type: z.literal('tool_use'),
  id: z.string(),
  name: z.string(),
  input: json,
  // The SDKs send back what they were given.
  caller: formOf('type', [z.object({ type: z.literal('direct') })]).nullish(),
  ...cacheMark,
});

const thinking = z.object({ type: z.literal('thinking'), thinking: z.string(), signature: z.string() });
const redacted = z.object({ type: z.literal('redacted_thinking'), data: z.string() });

const texts = z.union([z.string(), list(formOf('type', [text]))]);

const message = formOf('role', [
  z.object({ role: z.literal('system'), content: texts }),
  z.object({
    role: z.literal('user'),
    content: z.union([z.string(), list(formOf('type', [text, image, document, toolResult]))]),
  }),
  z.object({
    role: z.literal('assistant'),
    content: z.union([z.string(), list(formOf('type', [text, toolUse, thinking, redacted]))]),
  }),
]);

const tool = z.object({
  type: z.literal('custom'),
  name: z.string(),
  description: z.string().nullish(),
  input_schema: json,
  strict: z.boolean().nullish(),
  ...cacheMark,
});

/** Tools that callers run themselves may leave their type out. */
const tools = list(
  z.preprocess(
    (value) => (isObject(value) && value.type === undefined ? { ...value, type: 'custom' } : value),
    formOf('type', [tool]),
  ),
);

const parallel = { disable_parallel_tool_use: z.boolean().nullish() };

const display = { display: z.enum(['summarized', 'omitted']).nullish() };

export const requestSchema = z.object({
  model: z.string().min(1),
  max_tokens: z.int().min(0),
  messages: list(message, 1),
  system: texts.nullish(),
  stream: z.boolean().nullish(),
  temperature: z.number().min(0).max(1).nullish(),
  top_p: z.number().min(0).max(1).nullish(),
  top_k: z.int().min(0).nullish(),
  stop_sequences: list(z.string()).nullish(),
  tools: tools.nullish(),
  tool_choice: formOf('type', [
    z.object({ type: z.literal('auto'), ...parallel }),
    z.object({ type: z.literal('any'), ...parallel }),
    z.object({ type: z.literal('tool'), name: z.string(), ...parallel }),
    z.object({ type: z.literal('none') }),
  ]).nullish(),
  thinking: formOf('type', [
    z.object({ type: z.literal('enabled'), budget_tokens: z.int().min(0), ...display }),
    z.object({ type: z.literal('adaptive'), ...display }),
    z.object({ type: z.literal('disabled') }),
  ]).nullish(),
  output_config: z
    .object({
      effort: z.enum(['low', 'medium', 'high', 'xhigh', 'max']).nullish(),
      format: formOf('type', [z.object({ type: z.literal('json_schema'), schema: json })]).nullish(),
    })
    .nullish(),
  metadata: z.object({ user_id: z.string().nullish() }).nullish(),
});

export type RequestBody = z.output<typeof requestSchema>;

type Message = Exclude<RequestBody['messages'][number], undefined>;
type BlocksOf<Role extends Message['role']> = Extract<
  Extract<Message, { role: Role }>['content'],
  readonly unknown[]
>;

export type Texts = Extract<Message, { role: 'system' }>['content'];
export type UserBlock = Exclude<BlocksOf<'user'>[number], undefined>;
export type AssistantBlock = Exclude<BlocksOf<'assistant'>[number], undefined>;
export type ResultBlock = Extract<UserBlock, { type: 'tool_result' }>;
export type MediaBlock = Extract<UserBlock, { type: 'image' | 'document' }>;
