import type { ChatRequest } from '../chat.js';
import { type CallerDialect, DialectError, type StreamWriter } from '../dialect.js';
import type { EventReader } from '../event-reader.js';
import { objectOf, parseObject, type JsonObject } from '../../../wire/json.js';
import { JSON_LINES, JsonLinesParser } from '../../../wire/json-lines.js';
import { readAnswer } from './read-answer.js';
import { readRequest } from './read-request.js';
import { OllamaStreamReader } from './stream-reader.js';
import { OllamaStreamWriter } from './stream-writer.js';
import { readUsage } from './usage.js';
import { writeAnswer } from './write-answer.js';

/**
 * Ollama's `/api/generate`: a chat of one turn, whose answer is a text. https://docs.ollama.com/api/generate
 * Its bodies are made chats of as they come (`chatOfGenerate`), so that all that looks into bodies knows one form.
 */
export const ollamaGenerate: CallerDialect = {
  name: 'ollama_generate',
  readRequest: (body, path) => asSaid(hasSystem(body), () => readRequest(body, path)),
  readAnswer: (body) => readAnswer(chatLine(body)),
  writeAnswer: (answer) => generateLine(writeAnswer(answer)),
  reader: () => new GenerateStreamReader() as EventReader,
  parser: () => new JsonLinesParser(),
  writer: () => new GenerateStreamWriter(),
  streamType: JSON_LINES,
  usageOf: readUsage,
  writeError: ({ message }) => ({ error: message }),
};

/**
 * The same as a body of `/api/chat`. What only this API has stays where it is, and counts as what cannot be converted.
 * @throws DialectError
 */
export function chatOfGenerate({ prompt, system, images, ...rest }: JsonObject): JsonObject {
  if (typeof prompt !== 'string' || prompt === '') throw DialectError.at('/prompt', 'must be a text');
  if (system !== undefined && system !== null && typeof system !== 'string')
    throw DialectError.at('/system', 'must be a text');
  return {
    ...rest,
    messages: [
      ...(system ? [{ role: 'system', content: system }] : []),
      { role: 'user', content: prompt, ...(images ? { images } : {}) },
    ],
  };
}

function hasSystem({ messages }: JsonObject): boolean {
  return Array.isArray(messages) && objectOf(messages[0])?.role === 'system';
}

/** Callers know their own members, and no messages. */
function asSaid(withSystem: boolean, read: () => ChatRequest): ChatRequest {
  const own = (pointer: string) =>
    pointer.replace(/^\/messages\/(\d+)\/(content|images)/, (_, index: string, member: string) => {
      if (member === 'images') return '/images';
      return withSystem && index === '0' ? '/system' : '/prompt';
    });
  const renamed = <Part extends { readonly at?: string }>(part: Part): Part =>
    part.at === undefined ? part : { ...part, at: own(part.at) };
  try {
    const request = read();
    return {
      ...request,
      instructions: request.instructions.map(renamed),
      messages: request.messages.map((message) => ({
        ...message,
        parts: message.parts.map(renamed as never),
      })) as ChatRequest['messages'],
      unconverted: request.unconverted.map(own),
    };
  } catch (error) {
    if (!(error instanceof DialectError) || error.pointer === undefined) throw error;
    const pointer = own(error.pointer);
    throw new DialectError(error.message.replace(error.pointer, pointer), pointer, error.code);
  }
}

/** A text where chats have a message. */
function generateLine({ message, ...rest }: JsonObject): JsonObject {
  const { content, thinking } = objectOf(message) ?? {};
  return { ...rest, ...(message === undefined ? {} : { response: content ?? '', thinking }) };
}

function chatLine({ response, thinking, ...rest }: JsonObject): JsonObject {
  return response === undefined
    ? rest
    : { ...rest, message: { role: 'assistant', content: response, thinking } };
}

class GenerateStreamWriter implements StreamWriter {
  private readonly chat = new OllamaStreamWriter();

  write(event: Parameters<StreamWriter['write']>[0]): string {
    const lines = this.chat.write(event).split('\n').filter(Boolean);
    return lines.map((line) => `${JSON.stringify(generateLine(parseObject(line)!))}\n`).join('');
  }
}

class GenerateStreamReader extends OllamaStreamReader {
  protected override readBody(line: JsonObject): void {
    super.readBody(chatLine(line));
  }
}
