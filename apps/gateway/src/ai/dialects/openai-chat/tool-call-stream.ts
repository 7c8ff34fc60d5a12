import type { CandidateStream } from '../candidate-stream.js';
import { countOf, objectOf, textOf, type JsonObject } from '../../../wire/json.js';
import { argumentsText } from '../tool-arguments.js';

interface Call {
  readonly index: number | undefined;
  readonly id: string | undefined;
  /** Undefined until its name is known. */
  part?: number;
  held: string;
}

/**
 * The tool calls of a choice, whose pieces may come mixed: each belongs to the call of its index. Servers are not exact about
 * it: some leave the index out, some give each call the same one with an id of its own, some repeat id and name in each piece.
 */
export class ToolCallStream {
  private readonly calls: Call[] = [];

  constructor(
    private readonly parts: CandidateStream,
    private readonly prefix: string,
  ) {}

  read(piece: JsonObject): void {
    const called = objectOf(piece.function);
    const name = textOf(called?.name) || undefined;
    const call = this.callOf(countOf(piece.index), textOf(piece.id) || undefined, name);
    call.held += argumentsText(called?.arguments);
    if (call.part === undefined && name) call.part = this.begin(call, name);
    if (call.part === undefined) return;
    this.parts.grow(call.part, call.held);
    call.held = '';
  }

  private begin(call: Call, name: string): number {
    this.parts.pause();
    const id = call.id ?? `call_${this.prefix}_${this.calls.indexOf(call)}`;
    return this.parts.begin({ type: 'tool_call', id, name });
  }

  private callOf(index: number | undefined, id: string | undefined, name: string | undefined): Call {
    const known = this.calls.findLast((call) =>
      index === undefined ? id === undefined || call.id === id : call.index === index,
    );
    if (known && !(name && (id === undefined ? index === undefined : known.id !== id))) return known;
    const call: Call = { index, id, held: '' };
    this.calls.push(call);
    return call;
  }
}
