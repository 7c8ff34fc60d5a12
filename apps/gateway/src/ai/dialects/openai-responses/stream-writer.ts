import type { ChatEvent, ChatRequest, StopReason, TokenLogprob, TokenUsage } from '../chat.js';
import type { StreamWriter } from '../dialect.js';
import { COMMENT, writeEvent } from '../../../wire/event-stream.js';
import type { JsonObject } from '../../../wire/json.js';
import { parameterOf } from '../openai-chat/errors.js';
import type { PartEvent } from '../part-sequence.js';
import { carryReasoning } from '../signatures.js';
import { mergeUsage } from '../usage.js';
import { callItem, finished, itemId, messageItem, responseHead, writeContent } from './write-answer.js';

interface Item {
  readonly of: Extract<PartEvent, { type: 'part_start' }>['of'];
  readonly id: string;
  readonly index: number;
  text: string;
  signature?: string;
  redacted?: boolean;
  logprobs: TokenLogprob[];
  done?: JsonObject;
}

/** Keeps the whole answer: the last event repeats it. */
export class ResponsesStreamWriter implements StreamWriter {
  private number = 0;
  private head: JsonObject = {};
  private usage?: TokenUsage;
  private stopped: StopReason = 'stop';
  private readonly items: Item[] = [];

  constructor(private readonly request: ChatRequest) {}

  write(event: ChatEvent): string {
    switch (event.type) {
      case 'start':
        this.head = responseHead(event, this.request);
        return (
          this.tell('response.created', { response: this.head }) +
          this.tell('response.in_progress', { response: this.head })
        );
      case 'part_start':
        return this.begin(event);
      case 'delta':
        return this.grow(this.items[event.part]!, event.text);
      case 'signature':
        Object.assign(this.items[event.part]!, { signature: event.signature, redacted: event.redacted });
        return '';
      case 'part_end':
        return this.finish(this.items[event.part]!);
      case 'logprobs':
        this.takeLogprobs(event.logprobs);
        return '';
      case 'stop':
        this.stopped = event.stop;
        return '';
      case 'usage':
        this.usage = mergeUsage(this.usage, event.usage);
        return '';
      case 'ping':
        return COMMENT;
      case 'end':
        return this.end();
      case 'error': {
        const { message, code = null, pointer } = event.error;
        return this.tell('error', { code, message, param: parameterOf(pointer) });
      }
    }
  }

  private takeLogprobs(logprobs: readonly TokenLogprob[]): void {
    const item = this.items.findLast(({ of }) => of.type === 'text');
    item?.logprobs.push(...logprobs);
    if (item?.done) item.done = itemOf(item);
  }

  private tell(type: string, members: JsonObject): string {
    return writeEvent({
      event: type,
      data: JSON.stringify({ type, sequence_number: this.number++, ...members }),
    });
  }

  private end(): string {
    const output = this.items.map((item) => item.done ?? itemOf(item));
    const response = finished(this.head, output, this.stopped, this.usage);
    return this.tell(`response.${response.status as string}`, { response });
  }

  private begin({ of, part: index }: Extract<PartEvent, { type: 'part_start' }>): string {
    const item: Item = {
      of,
      index,
      id: itemId(this.head.id as string, of.type, index),
      text: '',
      logprobs: [],
    };
    this.items[index] = item;
    const begun = itemOf(item);
    if (of.type === 'reasoning')
      return this.tellItem('added', item, { ...begun, encrypted_content: undefined });
    const status = 'in_progress';
    if (of.type === 'tool_call') return this.tellItem('added', item, { ...begun, status, arguments: '' });
    return (
      this.tellItem('added', item, { ...begun, status, content: [] }) +
      this.tellPart('content_part.added', item, { part: contentOf(item) })
    );
  }

  private tellItem(what: 'added' | 'done', { index }: Item, item: JsonObject): string {
    return this.tell(`response.output_item.${what}`, { output_index: index, item });
  }

  private tellPart(what: string, { id, index, of }: Item, members: JsonObject): string {
    const place =
      of.type === 'reasoning' ? { summary_index: 0 } : of.type === 'tool_call' ? {} : { content_index: 0 };
    return this.tell(`response.${what}`, { item_id: id, output_index: index, ...place, ...members });
  }

  private grow(item: Item, delta: string): string {
    const first = item.text === '';
    item.text += delta;
    switch (item.of.type) {
      case 'text':
        return this.tellPart('output_text.delta', item, { delta, logprobs: [] });
      case 'refusal':
        return this.tellPart('refusal.delta', item, { delta });
      case 'tool_call':
        return this.tellPart('function_call_arguments.delta', item, { delta });
      case 'reasoning': {
        const part = { type: 'summary_text', text: '' };
        const added = first ? this.tellPart('reasoning_summary_part.added', item, { part }) : '';
        return added + this.tellPart('reasoning_summary_text.delta', item, { delta });
      }
    }
  }

  private finish(item: Item): string {
    item.done = itemOf(item);
    return this.tellDone(item) + this.tellItem('done', item, item.done);
  }

  private tellDone(item: Item): string {
    const { text } = item;
    switch (item.of.type) {
      case 'text': {
        const part = contentOf(item);
        const logprobs = part.logprobs;
        const done = this.tellPart('output_text.done', item, { text, logprobs });
        return done + this.tellPart('content_part.done', item, { part });
      }
      case 'refusal': {
        const done = this.tellPart('refusal.done', item, { refusal: text });
        return done + this.tellPart('content_part.done', item, { part: contentOf(item) });
      }
      case 'tool_call':
        return this.tellPart('function_call_arguments.done', item, { arguments: argumentsOf(item) });
      case 'reasoning': {
        if (text === '') return '';
        const done = this.tellPart('reasoning_summary_text.done', item, { text });
        return (
          done + this.tellPart('reasoning_summary_part.done', item, { part: { type: 'summary_text', text } })
        );
      }
    }
  }
}

function argumentsOf({ text }: Item): string {
  return text === '' ? '{}' : text;
}

function contentOf({ of, text, logprobs }: Item): JsonObject {
  return writeContent({ type: of.type === 'refusal' ? 'refusal' : 'text', text }, logprobs);
}

function itemOf(item: Item): JsonObject {
  const { of, id, text, signature, redacted } = item;
  switch (of.type) {
    case 'text':
    case 'refusal':
      return messageItem(id, [contentOf(item)]);
    case 'tool_call':
      return { ...callItem(id, of, argumentsOf(item)), status: 'completed' };
    case 'reasoning':
      return {
        type: 'reasoning',
        id,
        summary: text === '' ? [] : [{ type: 'summary_text', text }],
        encrypted_content: carryReasoning({ by: of.by, signature, redacted }, 'openai_responses'),
      };
  }
}
