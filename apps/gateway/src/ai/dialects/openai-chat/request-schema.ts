import { z } from 'zod';
import { EFFORTS } from '../efforts.js';
import { formOf, json, list, never, strings } from '../read-body.js';

// What can be converted. All else that a request holds is left to OpenAI itself, and told where another provider answers.

const cacheMarks = {
  prompt_cache_breakpoint: z
    .object({ mode: z.literal('explicit'), ttl: z.enum(['30m', '12h']).nullish() })
    .nullish(),
  // As LiteLLM and OpenRouter take it.
  cache_control: z.object({ type: z.literal('ephemeral'), ttl: z.enum(['5m', '1h']).nullish() }).nullish(),
};

const text = z.object({ type: z.literal('text'), text: z.string(), ...cacheMarks });

const image = z.object({
  type: z.literal('image_url'),
  image_url: z.object({ url: z.string(), detail: z.enum(['auto', 'low', 'high', 'original']).nullish() }),
  ...cacheMarks,
});

const audio = z.object({
  type: z.literal('input_audio'),
  input_audio: z.object({ data: z.string(), format: z.enum(['wav', 'mp3']) }),
});

const file = z.object({
  type: z.literal('file'),
  file: z.object({
    file_data: z.string().nullish(),
    file_id: z.string().nullish(),
    filename: z.string().nullish(),
  }),
  ...cacheMarks,
});

const refusal = z.object({ type: z.literal('refusal'), refusal: z.string() });

const instruction = { content: z.union([z.string(), list(formOf('type', [text]))]) };

const toolCall = z.object({
  id: z.string(),
  type: z.literal('function'),
  function: z.object({ name: z.string(), arguments: z.string() }),
  extra_content: z.object({ google: z.object({ thought_signature: z.string() }) }).nullish(),
});

const message = formOf('role', [
  z.object({ role: z.literal('system'), ...instruction }),
  z.object({ role: z.literal('developer'), ...instruction }),
  z.object({
    role: z.literal('user'),
    content: z.union([z.string(), list(formOf('type', [text, image, audio, file]))]),
  }),
  z.object({
    role: z.literal('assistant'),
    content: z.union([z.string(), list(formOf('type', [text, refusal]))]).nullish(),
    refusal: z.string().nullish(),
    tool_calls: list(formOf('type', [toolCall])).nullish(),
    reasoning_content: z.string().nullish(),
    reasoning: z.string().nullish(),
    reasoning_details: list(json).nullish(),
  }),
  z.object({
    role: z.literal('tool'),
    tool_call_id: z.string(),
    // LangChain says it.
    name: z.string().nullish(),
    content: z.union([z.string(), list(formOf('type', [text]))]),
  }),
]);

const tool = z.object({
  type: z.literal('function'),
  function: z.object({
    name: z.string(),
    description: z.string().nullish(),
    parameters: json.nullish(),
    strict: z.boolean().nullish(),
  }),
});

const named = z.object({ type: z.literal('function'), function: z.object({ name: z.string() }) });

const toolChoice = z.union([
  z.enum(['auto', 'none', 'required']),
  formOf('type', [
    named,
    z.object({
      type: z.literal('allowed_tools'),
      allowed_tools: z.object({
        mode: z.enum(['auto', 'required']),
        tools: list(formOf('type', [named])),
      }),
    }),
  ]),
]);

const responseFormat = formOf('type', [
  z.object({ type: z.literal('text') }),
  z.object({ type: z.literal('json_object') }),
  z.object({
    type: z.literal('json_schema'),
    json_schema: z.object({
      name: z.string(),
      description: z.string().nullish(),
      schema: json.nullish(),
      strict: z.boolean().nullish(),
    }),
  }),
]);

const tokens = z.int().min(0).nullish();

export const requestSchema = z.object({
  model: z.string().min(1),
  messages: list(message, 1),
  stream: z.boolean().nullish(),
  stream_options: z.object({ include_usage: z.boolean().nullish() }).nullish(),
  max_tokens: tokens,
  max_completion_tokens: tokens,
  temperature: z.number().min(0).max(2).nullish(),
  top_p: z.number().min(0).max(1).nullish(),
  frequency_penalty: z.number().nullish(),
  presence_penalty: z.number().nullish(),
  seed: z.int().nullish(),
  stop: z.union([z.string(), list(z.string())]).nullish(),
  n: z.int().min(1).nullish(),
  logprobs: z.boolean().nullish(),
  top_logprobs: z.int().min(0).nullish(),
  tools: list(formOf('type', [tool])).nullish(),
  tool_choice: toolChoice.nullish(),
  parallel_tool_calls: z.boolean().nullish(),
  response_format: responseFormat.nullish(),
  reasoning_effort: z.enum(EFFORTS).nullish(),
  user: z.string().nullish(),
  safety_identifier: z.string().nullish(),
  store: never,
  metadata: strings.nullish(),
});

export type RequestBody = z.output<typeof requestSchema>;
export type Message = Exclude<RequestBody['messages'][number], undefined>;
export type MessageOf<Role extends Message['role']> = Extract<Message, { role: Role }>;
