import type { ChatMessage, ChatRequest, ToolChoice } from '../../../apps/gateway/src/ai/dialects/chat.js';
import { objectOf, objectsOf, textOf, type JsonObject } from '../../../apps/gateway/src/wire/json.js';

// What a body of the Converse API asks for, as far as property tests write some.

type Part = ChatMessage['parts'][number];

export function readConverse(body: JsonObject, model: string): ChatRequest {
  const inference = objectOf(body.inferenceConfig) ?? {};
  const tools = objectOf(body.toolConfig);
  const output = objectOf(body.outputConfig);
  const format = objectOf(objectOf(objectOf(output?.textFormat)?.structure)?.jsonSchema);
  const members = {
    toolChoice: choiceOf(objectOf(tools?.toolChoice)),
    maxOutputTokens: inference.maxTokens,
    temperature: inference.temperature,
    topP: inference.topP,
    topK: objectOf(body.additionalModelRequestFields)?.top_k,
    stop: inference.stopSequences,
    outputFormat: format && { type: 'json_schema', schema: JSON.parse(textOf(format.schema)!) as JsonObject },
    reasoning: output?.effort && { effort: output.effort },
  };
  return {
    model,
    stream: false,
    instructions: objectsOf(body.system).map(partOf),
    messages: objectsOf(body.messages).flatMap(messagesOf),
    tools: objectsOf(tools?.tools).map(({ toolSpec }) => {
      const { name, description, inputSchema } = objectOf(toolSpec)!;
      return { name, description, parameters: objectOf(inputSchema)!.json };
    }),
    ...members,
    unconverted: [],
  } as unknown as ChatRequest;
}

function messagesOf({ role, content }: JsonObject): ChatMessage[] {
  const parts = objectsOf(content).map(partOf);
  if (role === 'assistant') return [{ role, parts } as ChatMessage];
  const results = parts.filter(({ type }) => type === 'tool_result');
  const said = parts.filter(({ type }) => type !== 'tool_result');
  return [
    ...(results.length > 0 ? [{ role: 'tool', parts: results } as ChatMessage] : []),
    ...(said.length > 0 ? [{ role: 'user', parts: said } as ChatMessage] : []),
  ];
}

function partOf(block: JsonObject): Part {
  const [[kind, value]] = Object.entries(block) as [[string, JsonObject & string]];
  const data = () => objectOf(value.source)!.bytes as string;
  switch (kind) {
    case 'text':
      return { type: 'text', text: value };
    case 'image':
      return { type: 'image', source: { data: data(), mediaType: `image/${String(value.format)}` } };
    case 'document':
      return { type: 'file', source: { data: data(), mediaType: `application/${String(value.format)}` } };
    case 'toolUse':
      return {
        type: 'tool_call',
        id: value.toolUseId as string,
        name: value.name as string,
        arguments: value.input as JsonObject,
      };
    case 'toolResult':
      return {
        type: 'tool_result',
        callId: value.toolUseId as string,
        parts: objectsOf(value.content).map(partOf) as never,
      };
    default:
      throw new Error(`a block of ${kind}`);
  }
}

function choiceOf(choice: JsonObject | undefined): ToolChoice | undefined {
  if (!choice) return undefined;
  if (choice.auto) return { mode: 'auto' };
  const only = textOf(objectOf(choice.tool)?.name);
  return only === undefined ? { mode: 'required' } : { mode: 'required', only: [only] };
}
