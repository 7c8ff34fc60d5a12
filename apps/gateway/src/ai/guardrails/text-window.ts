import type { Direction, Finding, FindingGuardrail } from './ai-guardrail.js';
import { Blocked } from './blocked.js';
import type { Rail } from './guardrails.js';
import type { GuardrailEvents } from './guardrail-events.js';
import type { Placeholders } from './placeholders.js';

/** What the guardrails of a call share. */
export interface Watch {
  readonly rails: readonly Rail<FindingGuardrail>[];
  readonly on: Direction;
  readonly events: GuardrailEvents;
  readonly placeholders: Placeholders;
}

interface Found extends Finding {
  readonly rail: Rail<FindingGuardrail>;
}

/** Characters of what is past and is looked at again, at most: a private key has as many. */
export const MAX_PAST = 16_384;

/**
 * A text that comes in pieces. The last `size` characters of it are held back, so that what is minded is found although it
 * comes in two of them, and before the first one is given away.
 */
export class TextWindow {
  /** What is looked at: some that was given away already, and what is held. */
  private text = '';
  private given = 0;
  /** What was there when it was last asked what is old. */
  private old = 0;
  /** To where the findings of each guardrail are known. */
  private readonly known = new Map<Rail, number>();
  /** Whether something was replaced. */
  hasMasked = false;

  constructor(
    private readonly watch: Watch,
    private readonly size: number,
  ) {}

  get isHolding(): boolean {
    return this.given < this.text.length;
  }

  /** @returns what may be given away @throws Blocked */
  push(piece: string): string {
    this.text += piece;
    return this.release(this.text.length - this.size);
  }

  /** All that is held. @throws Blocked */
  flush(): string {
    return this.release(this.text.length);
  }

  /** What was held already when this was called the last time. @throws Blocked */
  age(): string {
    const out = this.release(this.old);
    this.old = this.text.length;
    return out;
  }

  private release(wanted: number): string {
    const limit = splitsPair(this.text, wanted) ? wanted - 1 : wanted;
    if (limit <= this.given) return '';
    const found = this.find().filter(({ start, end }) => start < limit && end > this.given);
    const told = new Set(found.filter((one) => this.note(one)));
    let at = this.given;
    let out = '';
    for (const stretch of stretchesOf(found.filter(({ rail }) => rail.action === 'mask'))) {
      const start = Math.max(at, stretch.start);
      out += this.text.slice(at, start);
      // What goes on from before was replaced then.
      if (told.has(stretch.first)) out += this.placeholder(stretch);
      this.hasMasked = true;
      at = Math.max(at, stretch.end);
    }
    if (at < limit) out += this.text.slice(at, limit);
    this.given = Math.max(at, limit);
    this.forget(found);
    return out;
  }

  private find(): Found[] {
    const { text } = this;
    return this.watch.rails
      .flatMap((rail) => rail.guardrail.find(text).map((finding) => ({ ...finding, rail })))
      .filter(({ start, end }) => end > start)
      .sort((a, b) => a.start - b.start);
  }

  /** @returns whether it is new @throws Blocked */
  private note({ rail, start, end }: Found): boolean {
    const known = this.known.get(rail) ?? 0;
    this.known.set(rail, Math.max(known, end));
    if (start < known) return false;
    const { events, on } = this.watch;
    events.add(rail.name, rail.action, on);
    if (rail.action === 'block') throw new Blocked(rail.name, on);
    return true;
  }

  private placeholder({ start, end, first: { rail, label } }: Stretch): string {
    const isReversible = rail.reversible && this.watch.on === 'request';
    return this.watch.placeholders.of(this.text.slice(start, end), label, isReversible);
  }

  /** A finding that reaches to the end may go on: its beginning is kept. */
  private forget(found: readonly Found[]): void {
    const open = found.filter(({ end }) => end >= this.text.length).map(({ start }) => start);
    const oldest = Math.max(this.given - MAX_PAST, Math.min(this.given - this.size, ...open));
    // Not for each piece anew.
    if (oldest <= this.size) return;
    this.text = this.text.slice(oldest);
    this.given -= oldest;
    this.old = Math.max(0, this.old - oldest);
    for (const [rail, known] of this.known) this.known.set(rail, Math.max(0, known - oldest));
  }
}

interface Stretch {
  readonly start: number;
  readonly end: number;
  readonly first: Found;
}

/** Findings that overlap are one. @param found by where they start */
function stretchesOf(found: readonly Found[]): Stretch[] {
  const stretches: Stretch[] = [];
  for (const one of found) {
    const last = stretches.at(-1);
    if (last && one.start < last.end) {
      stretches.splice(-1, 1, { ...last, end: Math.max(last.end, one.end) });
    } else stretches.push({ start: one.start, end: one.end, first: one });
  }
  return stretches;
}

/** Whether a cut here would be within a character of two code units. */
function splitsPair(text: string, at: number): boolean {
  const before = text.charCodeAt(at - 1);
  return before >= 0xd800 && before <= 0xdbff && at < text.length;
}
