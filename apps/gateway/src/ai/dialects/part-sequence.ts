import type { ChatEvent } from './chat.js';

export type PartEvent = Extract<ChatEvent, { part: number }>;

/** Lines up the parts of one candidate for dialects whose parts never overlap: those that begin early wait for their turn. */
export class PartSequence {
  private current?: number;
  private readonly waiting = new Map<number, PartEvent[]>();

  *take(event: PartEvent): Generator<PartEvent> {
    if (this.current !== undefined && this.current !== event.part) {
      this.wait(event);
      return;
    }
    yield this.pass(event);
    while (this.current === undefined && this.waiting.size > 0) yield* this.next();
  }

  private wait(event: PartEvent): void {
    const events = this.waiting.get(event.part);
    if (events) events.push(event);
    else this.waiting.set(event.part, [event]);
  }

  private *next(): Generator<PartEvent> {
    const [part, events] = this.waiting.entries().next().value!;
    this.waiting.delete(part);
    for (const event of events) yield this.pass(event);
  }

  private pass(event: PartEvent): PartEvent {
    this.current = event.type === 'part_end' ? undefined : event.part;
    return event;
  }
}
