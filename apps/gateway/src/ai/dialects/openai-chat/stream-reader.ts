import { randomUUID } from 'node:crypto';
import { readTiers } from '../../prices/served-tiers.js';
import { CandidateStream } from '../candidate-stream.js';
import { EventReader } from '../event-reader.js';
import { countOf, objectOf, objectsOf, textOf, type JsonObject } from '../../../wire/json.js';
import { readStreamError } from '../provider-error.js';
import { readLogprobs } from './logprobs.js';
import { ofProvider, readDetail, reasoningText, textIn, thoughtIn } from './reasoning.js';
import { readStop } from './stop-reason.js';
import { ToolCallStream } from './tool-call-stream.js';
import { readUsage } from './usage.js';

interface Choice {
  readonly parts: CandidateStream;
  readonly calls: ToolCallStream;
  refused?: boolean;
}

export class OpenAiStreamReader extends EventReader {
  private id?: string;
  private readonly choices = new Map<number, Choice>();

  /** Some servers of this dialect leave [DONE] out; what stopped is whole all the same. */
  protected isWhole(): boolean {
    return this.choices.size > 0 && [...this.choices.values()].every(({ parts }) => parts.stopped);
  }

  protected override done(): void {
    for (const choice of this.choices.values()) if (!choice.parts.stopped) this.stop(choice, 'stop');
    this.finish();
  }

  protected readBody(chunk: JsonObject): void {
    if (chunk.error) return this.fail(readStreamError(chunk));
    const choices = objectsOf(chunk.choices);
    // Azure tells what it thinks of the prompt first, in a chunk that is of no answer yet.
    if (this.id === undefined && (choices.length > 0 || textOf(chunk.id))) this.start(chunk);
    for (const choice of choices) if (!this.ended) this.readChoice(choice);
    const usage = readUsage(chunk.usage);
    if (usage && !this.ended) this.emit({ type: 'usage', usage, tiers: readTiers(chunk, 'service_tier') });
  }

  private start(chunk: JsonObject): void {
    this.id = textOf(chunk.id) || `chatcmpl-${randomUUID()}`;
    this.emit({
      type: 'start',
      id: this.id,
      model: textOf(chunk.model) ?? '',
      created: countOf(chunk.created),
    });
  }

  private readChoice(value: JsonObject): void {
    const index = this.candidateIndex(value.index);
    if (index === undefined) return;
    const choice = this.choice(index);
    if (choice.parts.stopped) return;
    this.readDelta(choice, objectOf(value.delta) ?? {});
    const logprobs = readLogprobs(value.logprobs);
    if (logprobs.length > 0) this.emit({ type: 'logprobs', candidate: index, logprobs });
    const reason = textOf(value.finish_reason);
    if (reason) this.stop(choice, reason);
  }

  private stop({ parts, refused }: Choice, reason: string): void {
    const stop = readStop(reason);
    parts.stop(stop === 'stop' && refused ? 'refusal' : stop);
  }

  private readDelta(choice: Choice, delta: JsonObject): void {
    const { parts, calls } = choice;
    readReasoning(parts, delta);
    const content = objectsOf(delta.content);
    const thought = thoughtIn(content);
    if (thought) parts.flow('reasoning', thought, 'openai');
    const text = textOf(delta.content) ?? textIn(content);
    if (text) parts.flow('text', text);
    const refusal = textOf(delta.refusal);
    if (refusal) {
      choice.refused = true;
      parts.flow('refusal', refusal);
    }
    for (const call of objectsOf(delta.tool_calls)) calls.read(call);
  }

  private choice(index: number): Choice {
    const known = this.choices.get(index);
    if (known) return known;
    const parts = new CandidateStream(index, (event) => this.emit(event));
    const choice: Choice = { parts, calls: new ToolCallStream(parts, `${this.id}_${index}`) };
    this.choices.set(index, choice);
    return choice;
  }
}

/** The text of details is that of the member of its own, where there is one. */
function readReasoning(parts: CandidateStream, delta: JsonObject): void {
  const text = reasoningText(delta);
  if (text) parts.flow('reasoning', text, 'openai');
  for (const detail of objectsOf(delta.reasoning_details).flatMap((value) => readDetail(value, ofProvider))) {
    if (text && detail.signature === undefined) continue;
    const part = parts.flow('reasoning', text ? '' : detail.text, 'openai');
    if (detail.signature === undefined) continue;
    parts.sign(part, detail.signature, detail.redacted);
    parts.pause();
  }
}
