import { Injectable, Logger, type OnApplicationShutdown, type OnModuleInit } from '@nestjs/common';
import { type FeedCursor, RevocationsService, type RevocationEntry } from './revocations.service.js';

const LOOK_MS = 100;
const PAGE = 1_000;
/** Revocations of other replicas come by the table: who has not read it for this long doesn't know of them. */
const CURRENT_MS = 700;

const BEGINNING: FeedCursor = { id: 0, before: 0 };

/** Where a listener's events go. */
export interface FeedSink {
  send(entries: readonly RevocationEntry[]): void;
  /** Resolves when what was sent is on its way, so that a long backlog does not pile up in memory. */
  drained(): Promise<void>;
  /** The backlog is sent. */
  ready(): void;
  /** What was sent is no longer what there is: the listener has to begin again. */
  lost(): void;
}

interface Listener {
  /** What it was sent last. */
  readonly sent: FeedCursor;
  take(entries: readonly RevocationEntry[]): void;
  lost(): void;
}

/** Looks for new revocations once for all who listen, and only while somebody does. */
@Injectable()
export class RevocationFeed implements OnModuleInit, OnApplicationShutdown {
  private readonly logger = new Logger(RevocationFeed.name);
  private readonly listeners = new Set<Listener>();
  private cursor: FeedCursor | undefined;
  private lookedAt = 0;
  private failing = false;
  private looking: Promise<void> | undefined;
  private timer: NodeJS.Timeout;

  constructor(private readonly revocations: RevocationsService) {}

  onModuleInit(): void {
    this.revocations.events.on('revoked', this.lookSoon);
    this.timer = setInterval(this.lookSoon, LOOK_MS).unref();
  }

  onApplicationShutdown(): void {
    clearInterval(this.timer);
    this.revocations.events.off('revoked', this.lookSoon);
  }

  /**
   * Sends all entries after a cursor, or all there are if its entry is gone, then `ready`, then each new one as it comes.
   * @returns what ends it
   */
  async subscribe(after: FeedCursor, sink: FeedSink): Promise<() => void> {
    let sent: FeedCursor = (await this.revocations.has(after)) ? after : BEGINNING;
    let waiting: RevocationEntry[] | undefined = [];
    const sendNew = (entries: readonly RevocationEntry[]) => {
      const fresh = entries.filter((entry) => entry.id > sent.id);
      if (fresh.length === 0) return;
      sent = fresh.at(-1)!;
      sink.send(fresh);
    };
    const listener: Listener = {
      get sent() {
        return sent;
      },
      take: (entries) => (waiting ? void waiting.push(...entries) : sendNew(entries)),
      lost: () => sink.lost(),
    };
    // From here on nothing new is missed; what is older comes from the table.
    this.cursor ??= await this.revocations.newest();
    this.listeners.add(listener);
    const end = () => void this.listeners.delete(listener);
    try {
      for (;;) {
        const page = await this.revocations.after(sent.id, PAGE);
        sendNew(page);
        if (page.length < PAGE) break;
        await sink.drained();
      }
    } catch (error) {
      end();
      throw error;
    }
    const arrived = waiting;
    waiting = undefined;
    sendNew(arrived);
    sink.ready();
    return end;
  }

  /** Whether the listeners have been told all there is to tell; false while PostgreSQL is away. */
  isCurrent(): boolean {
    return Date.now() - this.lookedAt <= CURRENT_MS;
  }

  private readonly lookSoon = (): void => {
    if (this.listeners.size === 0) {
      this.cursor = undefined;
      return;
    }
    this.looking ??= this.look()
      .then(
        () => this.succeed(),
        (error: Error) => this.fail(error),
      )
      .finally(() => (this.looking = undefined));
  };

  private succeed(): void {
    this.lookedAt = Date.now();
    if (this.failing) this.logger.log('Revocations can be read again');
    this.failing = false;
  }

  private fail(error: Error): void {
    if (!this.failing) this.logger.warn(`Revocations cannot be read: ${error.message}`);
    this.failing = true;
  }

  private async look(): Promise<void> {
    // A PostgreSQL that was away may have come back as another, with fewer entries: a replica that took its place, say.
    if (this.failing && (await this.someAreLost())) this.beginAnew();
    while (this.cursor !== undefined) {
      const entries = await this.revocations.after(this.cursor.id, PAGE);
      if (entries.length === 0) return;
      this.cursor = entries.at(-1)!;
      for (const listener of this.listeners) listener.take(entries);
    }
  }

  /** Whether something is not there any more that listeners were sent: one that has just begun may be ahead of the others. */
  private async someAreLost(): Promise<boolean> {
    const places = [this.cursor ?? BEGINNING, ...[...this.listeners].map(({ sent }) => sent)];
    const distinct = new Map(places.map((place) => [`${place.id}-${Math.floor(place.before)}`, place]));
    for (const place of distinct.values()) {
      if (place.id > 0 && !(await this.revocations.has(place))) return true;
    }
    return false;
  }

  private beginAnew(): void {
    this.cursor = undefined;
    for (const listener of this.listeners) listener.lost();
    this.listeners.clear();
  }
}
