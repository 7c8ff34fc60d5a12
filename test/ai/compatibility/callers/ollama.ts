import { type ChatRequest, type ChatResponse, type Message, Ollama } from 'ollama';
import type { Ask, Said, Stop, Turn, UserPart } from '../scene.js';
import { type Caller, complaint } from './caller.js';

export function ollamaCallers(base: string, apiKey: string): Caller[] {
  const client = () => new Ollama({ host: base, headers: { Authorization: `Bearer ${apiKey}` } });
  return [
    {
      name: 'ollama',
      // Its API has no choice of tools, and of media images by their bytes alone.
      lacks: ['tool choice', 'image by https', 'PDF as base64'],
      counts: { cached: false, reasoning: false },
      ask: async (ask, model) => saidBy([await client().chat({ ...paramsOf(ask, model), stream: false })]),
      stream: async (ask, model, signal, onPiece) => {
        const all: ChatResponse[] = [];
        let pieces = 0;
        const stream = await client().chat({ ...paramsOf(ask, model), stream: true });
        signal?.addEventListener('abort', () => stream.abort());
        for await (const one of stream) {
          all.push(one);
          if (one.message.content === '') continue;
          pieces++;
          onPiece?.();
        }
        return { ...saidBy(all), pieces };
      },
      complaintOf: complaint,
      errorName: () => 'ResponseError',
      tellsHeaders: false,
    },
  ];
}

function paramsOf(ask: Ask, model: string): ChatRequest {
  const options = {
    ...(ask.maxTokens && { num_predict: ask.maxTokens }),
    ...(ask.stop && { stop: [...ask.stop] }),
  };
  return {
    model,
    messages: [
      ...(ask.system === undefined ? [] : [{ role: 'system', content: ask.system }]),
      ...ask.turns.flatMap(messagesOf),
    ],
    ...(ask.tools && {
      tools: ask.tools.map(({ name, description, schema }) => ({
        type: 'function',
        function: { name, description, parameters: schema as never },
      })),
    }),
    ...(ask.schema && { format: ask.schema }),
    ...(ask.thinks && { think: 'high' }),
    options,
  };
}

function messagesOf(turn: Turn): Message[] {
  if ('assistant' in turn) return [{ role: 'assistant', content: turn.assistant }];
  if ('user' in turn)
    return [typeof turn.user === 'string' ? { role: 'user', content: turn.user } : messageOf(turn.user)];
  const message = turn.said.own as Message;
  return [
    message,
    ...turn.results.map((content, index) => ({
      role: 'tool',
      tool_name: message.tool_calls![index]!.function.name,
      content,
    })),
  ];
}

/** Ollama's images stand beside the text. */
function messageOf(parts: readonly UserPart[]): Message {
  const content = parts.map((part) => ('text' in part ? part.text : '')).join('');
  const images = parts.flatMap((part) =>
    'image' in part && 'base64' in part.image ? [part.image.base64] : [],
  );
  return { role: 'user', content, images };
}

const STOPS: Readonly<Record<string, Stop>> = { stop: 'stop', length: 'length', content_filter: 'filtered' };

/** A stream is several answers, each of what is new. */
function saidBy(all: readonly ChatResponse[]): Said {
  const last = all.at(-1)!;
  const calls = all.flatMap(({ message }) => message.tool_calls ?? []);
  const text = all.map(({ message }) => message.content).join('');
  const stop = STOPS[last.done_reason] ?? 'other';
  return {
    text,
    reasoning: all.map(({ message }) => message.thinking ?? '').join(''),
    calls: calls.map(({ function: { name, arguments: args } }) => ({ name, args })),
    stop: stop === 'stop' && calls.length > 0 ? 'tools' : stop,
    usage: { input: last.prompt_eval_count, output: last.eval_count },
    own: { role: 'assistant', content: text, ...(calls.length > 0 ? { tool_calls: calls } : {}) },
  };
}
