import type { JsonObject } from '../../wire/json.js';

/** Notifications that may wait for a slow reader; what comes after is dropped. */
const MAX_WAITING = 1_000;

/** Messages for one reader. An end is final; the messages before it are read first. */
export class MessageQueue {
  private readonly waiting: JsonObject[] = [];
  private failure: Error | undefined;
  private wake: () => void = () => undefined;

  push(message: JsonObject, isLast: boolean): void {
    if (!isLast && this.waiting.length >= MAX_WAITING) return;
    this.waiting.push(message);
    this.wake();
  }

  fail(error: Error): void {
    this.failure ??= error;
    this.wake();
  }

  /** @throws what it failed with */
  async *read(): AsyncGenerator<JsonObject> {
    for (;;) {
      const message = this.waiting.shift();
      if (message) yield message;
      else if (this.failure) throw this.failure;
      else await new Promise<void>((resolve) => (this.wake = resolve));
    }
  }
}
