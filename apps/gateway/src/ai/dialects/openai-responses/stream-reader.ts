import { readTiers } from '../../prices/served-tiers.js';
import { CandidateStream } from '../candidate-stream.js';
import type { AssistantPart } from '../chat.js';
import { EventReader } from '../event-reader.js';
import { countOf, objectOf, objectsOf, textOf, type JsonObject } from '../../../wire/json.js';
import { readStreamError } from '../provider-error.js';
import { argumentsText } from '../tool-arguments.js';
import { callOf, readContent, reasoningText, readTextLogprobs } from './read-answer.js';
import { readStop, stopOf } from './status.js';
import { readUsage } from './usage.js';

/** A part that is told; what it was told already is not told again by its end. */
interface Part {
  readonly part: number;
  told: boolean;
}

export class ResponsesStreamReader extends EventReader {
  private started = false;
  private readonly parts = new CandidateStream(0, (event) => this.emit(event));
  private readonly types = new Set<AssistantPart['type']>();
  /** By the place of their item, and of their content within a message. */
  private readonly open = new Map<string, Part>();

  /** A whole one has said so. */
  protected isWhole(): boolean {
    return false;
  }

  protected readBody(event: JsonObject): void {
    const response = objectOf(event.response);
    if (response && !this.started) this.start(response);
    switch (event.type) {
      case 'response.output_item.added':
        this.beginItem(event, objectOf(event.item) ?? {});
        return;
      case 'response.output_text.delta':
        this.grow(this.content(event, 'text'), textOf(event.delta));
        return this.readLogprobs(event);
      case 'response.refusal.delta':
        return this.grow(this.content(event, 'refusal'), textOf(event.delta));
      case 'response.output_text.done':
        return this.completeContent(event, { type: 'output_text', text: event.text });
      case 'response.refusal.done':
        return this.completeContent(event, { type: 'refusal', refusal: event.refusal });
      case 'response.content_part.done':
        this.completeContent(event, objectOf(event.part) ?? {});
        return this.finishPart(this.open.get(contentKey(event)));
      case 'response.function_call_arguments.delta':
        return this.grow(this.open.get(itemKey(event)), textOf(event.delta));
      case 'response.function_call_arguments.done':
        return this.complete(this.open.get(itemKey(event)), argumentsText(event.arguments));
      case 'response.reasoning_summary_part.added':
        return this.separate(this.open.get(itemKey(event)));
      case 'response.reasoning_summary_text.delta':
      case 'response.reasoning_text.delta':
        return this.grow(this.open.get(itemKey(event)), textOf(event.delta));
      case 'response.output_item.done':
        return this.endItem(event, objectOf(event.item) ?? {});
      case 'response.completed':
      case 'response.incomplete':
        return this.stop(response ?? {});
      case 'response.failed':
        return this.fail(readStreamError(response ?? {}));
      case 'error':
        return this.fail(readStreamError(event));
    }
  }

  private start(response: JsonObject): void {
    this.started = true;
    this.emit({
      type: 'start',
      id: textOf(response.id) ?? '',
      model: textOf(response.model) ?? '',
      created: countOf(response.created_at),
    });
  }

  private begin(key: string, of: Parameters<CandidateStream['begin']>[0]): Part {
    this.types.add(of.type);
    const part = { part: this.parts.begin(of), told: false };
    this.open.set(key, part);
    return part;
  }

  private grow(part: Part | undefined, text: string | undefined): void {
    if (!part || !text) return;
    part.told = true;
    this.parts.grow(part.part, text);
  }

  /** Some servers say the whole at the end only. */
  private complete(part: Part | undefined, text: string | undefined): void {
    if (part && !part.told) this.grow(part, text);
  }

  private finishPart(part: Part | undefined): void {
    if (part) this.parts.finish(part.part);
  }

  /** Between the parts of a summary. */
  private separate(part: Part | undefined): void {
    if (part?.told) this.parts.grow(part.part, '\n\n');
  }

  private content(event: JsonObject, type: 'text' | 'refusal'): Part {
    const key = contentKey(event);
    return this.open.get(key) ?? this.begin(key, { type });
  }

  private completeContent(event: JsonObject, content: JsonObject): void {
    for (const { type, text } of readContent(content)) this.complete(this.content(event, type), text);
  }

  private readLogprobs(event: JsonObject): void {
    const logprobs = readTextLogprobs(event);
    if (logprobs.length > 0) this.emit({ type: 'logprobs', candidate: 0, logprobs });
  }

  private beginItem(event: JsonObject, item: JsonObject): Part | undefined {
    const key = itemKey(event);
    if (item.type === 'function_call') return this.begin(key, callOf(item));
    return item.type === 'reasoning'
      ? this.begin(key, { type: 'reasoning', by: 'openai_responses' })
      : undefined;
  }

  /** An item that is told at its end only begins here. */
  private endItem(event: JsonObject, item: JsonObject): void {
    if (item.type === 'message') return this.endMessage(event, item);
    const part = this.open.get(itemKey(event)) ?? this.beginItem(event, item);
    if (!part) return;
    this.complete(part, item.type === 'function_call' ? argumentsText(item.arguments) : reasoningText(item));
    const signature = item.type === 'reasoning' ? textOf(item.encrypted_content) : undefined;
    if (signature) this.parts.sign(part.part, signature);
    this.parts.finish(part.part);
  }

  private endMessage(event: JsonObject, item: JsonObject): void {
    objectsOf(item.content).forEach((content, index) => {
      const place = { ...event, content_index: index };
      this.completeContent(place, content);
      this.finishPart(this.open.get(contentKey(place)));
    });
  }

  private stop(response: JsonObject): void {
    const usage = readUsage(response.usage);
    if (usage) this.emit({ type: 'usage', usage, tiers: readTiers(response, 'service_tier') });
    this.parts.stop(stopOf(readStop(response), this.types));
    this.finish();
  }
}

function itemKey(event: JsonObject): string {
  return String(countOf(event.output_index) ?? textOf(event.item_id));
}

function contentKey(event: JsonObject): string {
  return `${itemKey(event)}/${countOf(event.content_index) ?? 0}`;
}
