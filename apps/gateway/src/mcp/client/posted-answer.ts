import { Readable } from 'node:stream';
import type { AnswerHandler } from '../../upstreams/upstream.js';

export interface PostedHead {
  readonly status: number;
  readonly contentType: string;
  readonly sessionId: string | undefined;
}

/** Nobody waits for the answer any longer. It has no `code`, by which it is no fault of the upstream. */
export class Left extends Error {}

/**
 * The answer of a server to one request, to be read at the reader's own pace. Of its header nothing is looked at but three
 * fields: what else a server says there is for nobody.
 */
export class PostedAnswer implements AnswerHandler {
  readonly body: Readable;
  /** Rejects where there is none. */
  readonly head: Promise<PostedHead>;
  private settle: { resolve: (head: PostedHead) => void; reject: (error: Error) => void };
  private resume: () => void = () => undefined;
  private cancel: ((reason: Error) => void) | undefined;
  private isOver = false;

  /** @param signal ends the request, whichever state it is in */
  constructor(private readonly signal: AbortSignal) {
    this.head = new Promise((resolve, reject) => (this.settle = { resolve, reject }));
    this.body = new Readable({
      read: () => this.resume(),
      destroy: (error, done) => {
        this.leave();
        done(error);
      },
    });
    this.body.on('error', () => undefined);
    signal.addEventListener('abort', this.leave);
  }

  onStart(cancel: (reason: Error) => void): void {
    this.cancel = cancel;
    if (this.signal.aborted || this.isOver) cancel(new Left());
  }

  onHead(status: number, raw: readonly (Buffer | string)[], resume: () => void): boolean {
    this.resume = resume;
    const field = (name: string) => {
      for (let i = 0; i < raw.length; i += 2) {
        if (String(raw[i]).toLowerCase() === name) return String(raw[i + 1]);
      }
      return undefined;
    };
    const contentType = (field('content-type') ?? '').split(';', 1)[0]!.trim().toLowerCase();
    this.settle.resolve({ status, contentType, sessionId: field('mcp-session-id') });
    return true;
  }

  onData(chunk: Buffer): boolean {
    return this.body.push(chunk);
  }

  onEnd(): void {
    this.end();
    this.body.push(null);
  }

  onError(error: Error): void {
    this.end();
    this.settle.reject(error);
    this.body.destroy(error);
  }

  private readonly leave = (): void => {
    if (this.isOver) return;
    this.end();
    const left = new Left();
    this.cancel?.(left);
    this.settle.reject(left);
    this.body.destroy(left);
  };

  private end(): void {
    this.isOver = true;
    this.signal.removeEventListener('abort', this.leave);
  }
}
