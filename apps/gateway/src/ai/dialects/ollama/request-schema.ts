import { z } from 'zod';
import { formOf, json, list } from '../read-body.js';

// What can be converted, by the types of Ollama's client and https://docs.ollama.com/api/chat.

const toolCall = z.object({
  id: z.string().nullish(),
  function: z.object({ index: z.int().nullish(), name: z.string(), arguments: json.nullish() }),
});

const message = formOf('role', [
  z.object({ role: z.literal('system'), content: z.string() }),
  z.object({ role: z.literal('user'), content: z.string().nullish(), images: list(z.string()).nullish() }),
  z.object({
    role: z.literal('assistant'),
    content: z.string().nullish(),
    thinking: z.string().nullish(),
    tool_calls: list(toolCall).nullish(),
  }),
  z.object({
    role: z.literal('tool'),
    content: z.string(),
    tool_name: z.string().nullish(),
    tool_call_id: z.string().nullish(),
  }),
]);

const tool = z.object({
  type: z.literal('function'),
  function: z.object({ name: z.string(), description: z.string().nullish(), parameters: json.nullish() }),
});

const options = z.object({
  num_predict: z.int().nullish(),
  temperature: z.number().min(0).nullish(),
  top_p: z.number().min(0).max(1).nullish(),
  top_k: z.int().min(0).nullish(),
  seed: z.int().nullish(),
  stop: z.union([z.string(), list(z.string())]).nullish(),
  presence_penalty: z.number().nullish(),
  frequency_penalty: z.number().nullish(),
});

export const requestSchema = z.object({
  model: z.string().min(1),
  messages: list(message, 1),
  stream: z.boolean().nullish(),
  tools: list(formOf('type', [tool])).nullish(),
  format: z.union([z.literal('json'), z.literal(''), json]).nullish(),
  think: z.union([z.boolean(), z.enum(['low', 'medium', 'high', 'max'])]).nullish(),
  logprobs: z.boolean().nullish(),
  top_logprobs: z.int().min(0).nullish(),
  options: options.nullish(),
});

export type RequestBody = z.output<typeof requestSchema>;
export type Message = Exclude<RequestBody['messages'][number], undefined>;
export type MessageOf<Role extends Message['role']> = Extract<Message, { role: Role }>;
