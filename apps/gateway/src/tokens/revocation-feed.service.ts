import { Injectable, Logger, type OnApplicationBootstrap, type OnApplicationShutdown } from '@nestjs/common';
import { createParser, type EventSourceMessage } from 'eventsource-parser';
import { request } from 'undici';
import { z } from 'zod';
import { AuthServerClient } from './auth-server.client.js';
import { DenyList } from './deny-list.js';

/** The auth-server sends something every 300 ms; silence for longer than this means that revocations may be missed. */
const STALE_MS = 1_000;
const SILENCE_MS = 2_000;
const RETRY_MIN_MS = 50;
const RETRY_MAX_MS = 1_000;
const PURGE_MS = 60_000;

const entry = z.object({
  id: z.number(),
  kind: z.enum(['jti', 'grant', 'client', 'user', 'key']),
  value: z.string(),
  before: z.number(),
  exp: z.number(),
});

/** Follows the auth-server's revocation feed, and reconnects where it left off. */
@Injectable()
export class RevocationFeed implements OnApplicationBootstrap, OnApplicationShutdown {
  readonly denyList = new DenyList();
  private readonly logger = new Logger(RevocationFeed.name);
  private readonly stopping = new AbortController();
  /** The id of the last event. The auth-server sends all there is where it no longer knows it. */
  private cursor = '0';
  private heardAt = 0;
  private caughtUp = false;
  private purging: NodeJS.Timeout;

  constructor(private readonly authServer: AuthServerClient) {}

  onApplicationBootstrap(): void {
    this.purging = setInterval(() => this.denyList.purge(Date.now() / 1000), PURGE_MS).unref();
    void this.follow();
  }

  onApplicationShutdown(): void {
    clearInterval(this.purging);
    this.stopping.abort();
  }

  /** Whether the deny-list is complete but for the last second. */
  get fresh(): boolean {
    return this.caughtUp && Date.now() - this.heardAt <= STALE_MS;
  }

  private async follow(): Promise<void> {
    let wait = RETRY_MIN_MS;
    let told = false;
    while (!this.stopping.signal.aborted) {
      try {
        await this.listen(() => {
          if (told) this.logger.log('The revocation feed is back');
          told = false;
          wait = RETRY_MIN_MS;
        });
      } catch (error) {
        if (this.stopping.signal.aborted) return;
        if (!told) this.logger.warn(`The revocation feed is away: ${(error as Error).message}`);
        told = true;
      }
      this.caughtUp = false;
      await new Promise((resolve) => setTimeout(resolve, wait * (0.5 + Math.random())).unref());
      wait = Math.min(wait * 2, RETRY_MAX_MS);
    }
  }

  private async listen(onReady: () => void): Promise<void> {
    const { statusCode, body } = await request(
      `${this.authServer.url}/internal/revocations?after=${encodeURIComponent(this.cursor)}`,
      {
        headers: {
          authorization: `Bearer ${await this.authServer.feedToken()}`,
          accept: 'text/event-stream',
        },
        dispatcher: this.authServer.agent,
        signal: this.stopping.signal,
        headersTimeout: SILENCE_MS,
        bodyTimeout: SILENCE_MS,
      },
    );
    if (statusCode !== 200) {
      await body.dump();
      this.authServer.forgetToken();
      throw new Error(`it answered ${statusCode}`);
    }
    const parser = createParser({
      onEvent: (event) => {
        if (event.event === 'revocation') this.take(event);
        if (event.event !== 'ready') return;
        this.caughtUp = true;
        onReady();
      },
    });
    const decoder = new TextDecoder();
    for await (const chunk of body) {
      this.heardAt = Date.now();
      parser.feed(decoder.decode(chunk as Uint8Array, { stream: true }));
    }
    throw new Error('it ended');
  }

  private take(event: EventSourceMessage): void {
    const revocation = entry.parse(JSON.parse(event.data));
    this.denyList.add(revocation);
    this.cursor = event.id ?? '0';
  }
}
