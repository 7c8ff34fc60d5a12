/** Items of one statement. */
const MOST = 256;
/** A statement that takes longer holds up those behind it no further. */
const PATIENCE_MS = 200;

interface Waiting<Item, Answer> {
  readonly item: Item;
  readonly resolve: (answer: Answer) => void;
  readonly reject: (error: unknown) => void;
}

/**
 * Gathers what the requests of one turn of the event loop ask of PostgreSQL, so that it costs one statement, not one
 * each; while a statement is under way the next one is gathered. What is asked is always answered by a statement that
 * began later.
 */
export class Gathered<Item, Answer> {
  private waiting: Waiting<Item, Answer>[] = [];
  private scheduled = false;

  /** @param run answers all items, in their order, by one statement */
  constructor(private readonly run: (items: readonly Item[]) => Promise<readonly Answer[]>) {}

  ask(item: Item): Promise<Answer> {
    return new Promise((resolve, reject) => {
      this.waiting.push({ item, resolve, reject });
      if (this.scheduled) return;
      this.scheduled = true;
      setImmediate(() => void this.flush());
    });
  }

  private async flush(): Promise<void> {
    while (this.waiting.length > 0) await atMost(PATIENCE_MS, this.settle(this.waiting.splice(0, MOST)));
    this.scheduled = false;
  }

  private async settle(batch: readonly Waiting<Item, Answer>[]): Promise<void> {
    try {
      const answers = await this.run(batch.map(({ item }) => item));
      for (let i = 0; i < batch.length; i++) batch[i]!.resolve(answers[i]!);
    } catch (error) {
      if (batch.length === 1 || !isOfOneItem(error)) for (const { reject } of batch) reject(error);
      else await Promise.all(batch.map((one) => this.settle([one])));
    }
  }
}

/** Done when the work is, or after some time. */
function atMost(ms: number, work: Promise<void>): Promise<void> {
  return new Promise((resolve) => {
    const timer = setTimeout(resolve, ms);
    void work.then(() => {
      clearTimeout(timer);
      resolve();
    });
  });
}

/**
 * Data that PostgreSQL does not take, a row that must exist and is gone, a deadlock (classes 22, 23 and 40 of its
 * appendix A): nothing was done, and the others of the statement must not suffer for it.
 */
function isOfOneItem(error: unknown): boolean {
  const { code } = error as { code?: unknown };
  return typeof code === 'string' && /^(?:22|23|40)/.test(code);
}
