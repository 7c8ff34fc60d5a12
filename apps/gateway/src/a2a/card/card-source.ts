import type { Call } from '../../calls/call.js';
import { unreadable } from '../failures.js';
import { type JsonObject, parseObject } from '../../wire/json.js';
import type { A2aVersion } from '../protocol/methods.js';
import { readCard, UnusableCard } from './read-card.js';

interface Kept {
  readonly card: JsonObject;
  /** Milliseconds of `performance.now()`. */
  readonly loadedAt: number;
}

const FRESH_MS = 300_000;
/** How long an agent that does not answer may be known by its old card. */
const STALE_MS = 86_400_000;

/** The cards of one agent, as it has them for each version: fetched when they are asked for, and kept. */
export class CardSource {
  private readonly kept = new Map<A2aVersion, Kept>();
  private readonly loading = new Map<A2aVersion, Promise<JsonObject>>();

  /** @param fetch the text of a card @throws what `fetch` does */
  constructor(private readonly fetch: (version: A2aVersion, call: Call) => Promise<string>) {}

  /** @throws Problem */
  of(version: A2aVersion, call: Call): Promise<JsonObject> {
    const kept = this.kept.get(version);
    const age = kept ? performance.now() - kept.loadedAt : Infinity;
    if (kept && age < FRESH_MS) return Promise.resolve(kept.card);
    const loaded = this.load(version, call);
    if (!kept || age > STALE_MS) return loaded;
    // Nobody waits for a card that most probably says the same.
    loaded.catch(() => undefined);
    return Promise.resolve(kept.card);
  }

  /** One request for all who ask at once. */
  private load(version: A2aVersion, call: Call): Promise<JsonObject> {
    const running = this.loading.get(version);
    if (running) return running;
    const loading = this.read(version, call).finally(() => this.loading.delete(version));
    this.loading.set(version, loading);
    return loading;
  }

  private async read(version: A2aVersion, call: Call): Promise<JsonObject> {
    try {
      const card = readCard(parseObject(await this.fetch(version, call)));
      this.kept.set(version, { card, loadedAt: performance.now() });
      return card;
    } catch (error) {
      throw error instanceof UnusableCard ? unreadable(error) : error;
    }
  }
}
