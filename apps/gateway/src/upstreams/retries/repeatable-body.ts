import { Readable } from 'node:stream';
import type { UpstreamRequest } from '../upstream.js';

/**
 * The body of a request for one try after another. As long as a try has read nothing of a stream, the next one can have it
 * whole.
 */
export class RepeatableBody {
  private touched = false;

  constructor(private readonly source: UpstreamRequest['body']) {}

  get canRepeat(): boolean {
    return !this.touched;
  }

  forTry(): UpstreamRequest['body'] {
    const { source } = this;
    if (source === null || Buffer.isBuffer(source)) return source;
    return new BodyOfTry(source, () => (this.touched = true));
  }
}

/** Looks at the source when it is read for the first time, and leaves it alone when it is thrown away before. */
class BodyOfTry extends Readable {
  private started = false;

  constructor(
    private readonly source: Readable,
    private readonly touch: () => void,
  ) {
    super();
  }

  override _read(): void {
    if (this.started) return void this.source.resume();
    this.started = true;
    this.touch();
    this.source.on('data', (chunk: Buffer) => {
      if (!this.push(chunk)) this.source.pause();
    });
    this.source.once('end', () => this.push(null));
    this.source.once('error', (error) => this.destroy(error));
    if (this.source.errored) this.destroy(this.source.errored);
  }

  override _destroy(error: Error | null, done: (error: Error | null) => void): void {
    if (this.started && !this.source.readableEnded) this.source.destroy(error ?? undefined);
    done(error);
  }
}
