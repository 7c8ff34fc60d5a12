const LF = 0x0a;
const CR = 0x0d;

/** Cuts the bytes of an event stream behind each event, whichever way its lines end and however the bytes come. */
export class EventFrames {
  private rest: Buffer[] = [];
  private size = 0;
  private lineIsEmpty = true;
  private afterReturn = false;

  /** @returns whole events, with the empty line that ends them */
  push(chunk: Buffer): Buffer[] {
    const frames: Buffer[] = [];
    let from = 0;
    for (let at = 0; at < chunk.length; at++) {
      const byte = chunk[at];
      const endsLine = byte === CR || (byte === LF && !this.afterReturn);
      if (endsLine && this.lineIsEmpty && this.size + at > from) {
        // The second half of a line's end, where it is there yet.
        const end = byte === CR && chunk[at + 1] === LF ? at + 2 : at + 1;
        frames.push(this.frame(chunk.subarray(from, end)));
        from = end;
      }
      if (endsLine) this.lineIsEmpty = true;
      else if (byte !== LF) this.lineIsEmpty = false;
      this.afterReturn = byte === CR;
    }
    if (from < chunk.length) this.keep(chunk.subarray(from));
    return frames;
  }

  /** What came behind the last whole event. */
  end(): Buffer {
    return this.frame(Buffer.alloc(0));
  }

  /** Bytes of the event that is not whole yet. */
  get pending(): number {
    return this.size;
  }

  private frame(last: Buffer): Buffer {
    const frame = this.rest.length === 0 ? last : Buffer.concat([...this.rest, last]);
    this.rest = [];
    this.size = 0;
    return frame;
  }

  private keep(bytes: Buffer): void {
    this.rest.push(bytes);
    this.size += bytes.length;
  }
}
