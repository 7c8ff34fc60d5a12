import type { ChatEvent, StopReason } from './chat.js';
import type { DialectName } from './dialect.js';

type PartStart = Extract<ChatEvent, { type: 'part_start' }>['of'];

/** Numbers the parts of one candidate as they begin, and ends those that are open. */
export class CandidateStream {
  stopped = false;
  private parts = 0;
  private called = false;
  /** Text that goes on until something else begins. */
  private flowing?: { readonly part: number; readonly type: string };
  private readonly open = new Set<number>();

  constructor(
    private readonly candidate: number,
    private readonly emit: (event: ChatEvent) => void,
  ) {}

  begin(of: PartStart): number {
    const part = this.parts++;
    this.called ||= of.type === 'tool_call';
    this.open.add(part);
    this.emit({ type: 'part_start', candidate: this.candidate, part, of });
    return part;
  }

  grow(part: number, text: string): void {
    if (text !== '') this.emit({ type: 'delta', candidate: this.candidate, part, text });
  }

  sign(part: number, signature: string, redacted?: boolean): void {
    this.emit({ type: 'signature', candidate: this.candidate, part, signature, redacted });
  }

  finish(part: number): void {
    if (this.flowing?.part === part) this.flowing = undefined;
    if (this.open.delete(part)) this.emit({ type: 'part_end', candidate: this.candidate, part });
  }

  /** Goes on with the text that flows, or begins another. @returns the part */
  flow(type: 'text' | 'refusal' | 'reasoning', text: string, by?: DialectName): number {
    if (this.flowing?.type !== type) {
      this.pause();
      this.flowing = { type, part: this.begin(type === 'reasoning' ? { type, by } : { type }) };
    }
    const { part } = this.flowing!;
    this.grow(part, text);
    return part;
  }

  /** Ends the text that flows: something else begins. */
  pause(): void {
    if (this.flowing) this.finish(this.flowing.part);
  }

  /** Some servers say of a turn with tool calls that it just stopped. */
  stop(stop: StopReason, stopSequence?: string): void {
    for (const part of this.open) this.finish(part);
    this.stopped = true;
    this.emit({
      type: 'stop',
      candidate: this.candidate,
      stop: stop === 'stop' && this.called ? 'tool_calls' : stop,
      stopSequence,
    });
  }
}
