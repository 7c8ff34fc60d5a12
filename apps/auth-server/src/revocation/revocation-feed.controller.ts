import { once } from 'node:events';
import type { ServerResponse } from 'node:http';
import { OAuthError, Problem } from '@gatehouse/http';
import {
  Controller,
  Get,
  Headers,
  type BeforeApplicationShutdown,
  Query,
  Req,
  Res,
  UseGuards,
} from '@nestjs/common';
import { SkipThrottle } from '@nestjs/throttler';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { BearerGuard, RequireScope } from '../bearer/bearer.guard.js';
import { RevocationFeed } from './revocation-feed.service.js';
import type { FeedCursor, RevocationEntry } from './revocations.service.js';

/** A gateway that hears nothing for a second stops trusting its deny-list; so it hears something while all is well. */
const HEARTBEAT_MS = 300;
const MAX_LISTENERS = 1_000;
/** A listener that reads this much too slowly is cut off; it resumes by its cursor. */
const MAX_UNSENT_BYTES = 1_048_576;

/** `GET /internal/revocations?after=CURSOR`: server-sent events, resumable. */
@Controller('internal/revocations')
@UseGuards(BearerGuard)
@RequireScope('revocations')
@SkipThrottle()
export class RevocationFeedController implements BeforeApplicationShutdown {
  private readonly open = new Set<FastifyReply>();

  constructor(private readonly feed: RevocationFeed) {}

  @Get()
  async follow(
    @Req() request: FastifyRequest,
    @Res() reply: FastifyReply,
    @Query('after') after: string | undefined,
    @Headers('last-event-id') lastEventId: string | undefined,
  ): Promise<void> {
    const cursor = readCursor(lastEventId ?? after ?? '0');
    if (this.open.size >= MAX_LISTENERS) throw new Problem(503, 'Too many listeners follow the feed.');
    reply.hijack();
    reply.raw.writeHead(200, { 'content-type': 'text/event-stream', 'cache-control': 'no-store' });
    this.open.add(reply);
    const heartbeat = setInterval(() => {
      if (this.feed.isCurrent()) this.write(reply, ':\n\n');
    }, HEARTBEAT_MS);
    let end: (() => void) | undefined;
    request.raw.socket.once('close', () => {
      clearInterval(heartbeat);
      this.open.delete(reply);
      end?.();
    });
    try {
      end = await this.feed.subscribe(cursor, {
        send: (entries) => this.write(reply, entries.map(event).join('')),
        drained: () => drained(reply.raw),
        ready: () => this.write(reply, 'event: ready\ndata: {}\n\n'),
        lost: () => reply.raw.destroy(),
      });
      if (reply.raw.destroyed) end();
    } catch {
      reply.raw.destroy();
    }
  }

  /** Listeners would keep the server open for ever: they are let go before it closes. */
  beforeApplicationShutdown(): void {
    for (const reply of this.open) reply.raw.end();
  }

  private write(reply: FastifyReply, text: string): void {
    if (reply.raw.writableLength > MAX_UNSENT_BYTES) reply.raw.destroy();
    else reply.raw.write(text);
  }
}

async function drained(response: ServerResponse): Promise<void> {
  if (!response.writableNeedDrain || response.destroyed) return;
  const decided = new AbortController();
  const { signal } = decided;
  await Promise.race([once(response, 'drain', { signal }), once(response, 'close', { signal })]).finally(() =>
    decided.abort(),
  );
}

function event(entry: RevocationEntry): string {
  const id = `${entry.id}-${Math.floor(entry.before)}`;
  return `event: revocation\nid: ${id}\ndata: ${JSON.stringify(entry)}\n\n`;
}

function readCursor(value: string): FeedCursor {
  const [, id, before = 0] = /^(\d{1,15})(?:-(\d{1,15}))?$/.exec(value) ?? [];
  if (id === undefined) throw new OAuthError('invalid_request', 'after must be the id of an event, or 0');
  return { id: Number(id), before: Number(before) };
}
