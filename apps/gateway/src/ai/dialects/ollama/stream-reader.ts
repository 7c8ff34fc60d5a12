import { CandidateStream } from '../candidate-stream.js';
import { EventReader } from '../event-reader.js';
import { readStreamError } from '../provider-error.js';
import { objectOf, textOf, type JsonObject } from '../../../wire/json.js';
import { readStop } from './done-reason.js';
import { readLogprobs } from './logprobs.js';
import { readCalls, readHead } from './read-answer.js';
import { readUsage } from './usage.js';

/** Each line is an answer of its own, of what is new. */
export class OllamaStreamReader extends EventReader {
  private hasStarted = false;
  private hasCalls = false;
  private readonly parts = new CandidateStream(0, (event) => this.emit(event));

  protected isWhole(): boolean {
    return this.parts.stopped;
  }

  protected readBody(line: JsonObject): void {
    if (line.error !== undefined) return this.fail(readStreamError(line));
    if (!this.hasStarted) this.emit({ type: 'start', ...readHead(line) });
    this.hasStarted = true;
    this.readMessage(objectOf(line.message) ?? {});
    const logprobs = readLogprobs(line.logprobs);
    if (logprobs.length > 0) this.emit({ type: 'logprobs', candidate: 0, logprobs });
    if (line.done === true) this.readEnd(line);
  }

  private readMessage(message: JsonObject): void {
    const thinking = textOf(message.thinking);
    if (thinking) this.parts.flow('reasoning', thinking);
    const text = textOf(message.content);
    if (text) this.parts.flow('text', text);
    for (const { arguments: args, ...of } of readCalls(message)) {
      this.hasCalls = true;
      this.parts.pause();
      const call = this.parts.begin(of);
      this.parts.grow(call, JSON.stringify(args));
      this.parts.finish(call);
    }
  }

  private readEnd(line: JsonObject): void {
    this.parts.stop(readStop(textOf(line.done_reason) ?? '', this.hasCalls));
    const usage = readUsage(line);
    if (usage) this.emit({ type: 'usage', usage });
    this.finish();
  }
}
