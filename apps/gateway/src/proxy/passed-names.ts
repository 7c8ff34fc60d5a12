import { HOP_BY_HOP } from '../calls/field-names.js';

/** The name of what is not passed on. */
export const DROPPED = '';
/** Spellings that are remembered; honest callers share a few dozen. */
const REMEMBERED = 2_000;

/** Under which names fields are passed on: in lower case, those that are for this connection alone not at all. */
export class PassedNames {
  private readonly known = new Map<string, string>();

  /** @param isDropped whether a field stays here besides, by its name in lower case */
  constructor(private readonly isDropped: (name: string) => boolean) {}

  /** @returns `DROPPED` where it is not passed on */
  of(spelling: string): string {
    return this.known.get(spelling) ?? this.find(spelling);
  }

  private find(spelling: string): string {
    const name = spelling.toLowerCase();
    // Fields of HTTP/2 that begin with a colon are the request line.
    const isDropped = HOP_BY_HOP.has(name) || name.startsWith(':') || this.isDropped(name);
    const passed = isDropped ? DROPPED : name;
    if (this.known.size < REMEMBERED) this.known.set(spelling, passed);
    return passed;
  }
}
