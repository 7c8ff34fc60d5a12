import OpenAI from 'openai';
import OpenAI6 from 'openai-v6';
import type { Ask, Said, Stop, Turn, UserPart } from '../scene.js';
import { type Caller, complaint, errorName, dataUrl, PDF_TYPE } from './caller.js';

type Response = OpenAI.Responses.Response;

export function openAiResponsesCallers(base: string, apiKey: string): Caller[] {
  const options = { baseURL: `${base}/v1`, apiKey, maxRetries: 0 };
  return [
    openAiResponses('openai 7', new OpenAI(options)),
    // What is asked of it is the same in both versions.
    openAiResponses('openai 6', new OpenAI6(options) as unknown as OpenAI),
  ];
}

function openAiResponses(name: string, client: OpenAI): Caller {
  return {
    name,
    lacks: ['stop sequences'],
    ask: async (ask, model, signal) =>
      saidBy(await client.responses.create(paramsOf(ask, model), { signal: signal ?? null })),
    stream: async (ask, model, signal, onPiece) => {
      const stream = client.responses.stream(
        { ...paramsOf(ask, model), stream: true },
        { signal: signal ?? null },
      );
      let pieces = 0;
      stream.on('response.output_text.delta', () => {
        pieces++;
        onPiece?.();
      });
      return { ...saidBy(await stream.finalResponse()), pieces };
    },
    complaintOf: complaint,
    errorName,
  };
}

function paramsOf(ask: Ask, model: string): OpenAI.Responses.ResponseCreateParamsNonStreaming {
  return {
    model,
    input: ask.turns.flatMap(itemsOf),
    ...(ask.system !== undefined && { instructions: ask.system }),
    ...(ask.tools && {
      tools: ask.tools.map(({ name, description, schema }) => ({
        type: 'function',
        name,
        description,
        parameters: schema as never,
        strict: false,
      })),
    }),
    ...(ask.toolChoice && {
      tool_choice:
        typeof ask.toolChoice === 'string' ? ask.toolChoice : { type: 'function', name: ask.toolChoice.only },
    }),
    ...(ask.maxTokens && { max_output_tokens: ask.maxTokens }),
    ...(ask.schema && {
      text: { format: { type: 'json_schema', name: 'answer', schema: ask.schema, strict: true } },
    }),
    ...(ask.thinks && { reasoning: { effort: 'high', summary: 'auto' } }),
  };
}

function itemsOf(turn: Turn): OpenAI.Responses.ResponseInputItem[] {
  if ('assistant' in turn) return [{ role: 'assistant', content: turn.assistant }];
  if ('user' in turn)
    return [{ role: 'user', content: typeof turn.user === 'string' ? turn.user : turn.user.map(partOf) }];
  const output = turn.said.own as Response['output'];
  const calls = output.filter((item) => item.type === 'function_call');
  return [
    ...(output as OpenAI.Responses.ResponseInputItem[]),
    ...turn.results.map(
      (result, index) =>
        ({ type: 'function_call_output', call_id: calls[index]!.call_id, output: result }) as const,
    ),
  ];
}

function partOf(part: UserPart): OpenAI.Responses.ResponseInputContent {
  if ('text' in part) return { type: 'input_text', text: part.text };
  if ('pdf' in part) {
    const file_data = dataUrl({ ...part.pdf, type: PDF_TYPE });
    return { type: 'input_file', filename: part.pdf.name, file_data };
  }
  return {
    type: 'input_image',
    detail: 'auto',
    image_url: 'url' in part.image ? part.image.url : dataUrl(part.image),
  };
}

function saidBy({ output, output_text: text, status, incomplete_details: why, usage }: Response): Said {
  const calls = output.filter((item) => item.type === 'function_call');
  return {
    text,
    reasoning: output
      .flatMap((item) => (item.type === 'reasoning' ? item.summary : []))
      .map((part) => part.text)
      .join(''),
    calls: calls.map(({ name, arguments: args }) => ({ name, args: JSON.parse(args) })),
    stop: stopOf(status, why?.reason, calls.length > 0),
    usage: usage
      ? {
          input: usage.input_tokens,
          // Not all servers of this API tell them.
          cached: usage.input_tokens_details?.cached_tokens,
          output: usage.output_tokens,
          reasoning: usage.output_tokens_details?.reasoning_tokens,
        }
      : {},
    own: output,
  };
}

function stopOf(status: Response['status'], why: string | undefined, calls: boolean): Stop | 'other' {
  if (status === 'completed') return calls ? 'tools' : 'stop';
  if (why === 'max_output_tokens') return 'length';
  return why === 'content_filter' ? 'filtered' : 'other';
}
