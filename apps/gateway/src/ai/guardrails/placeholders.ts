const PLACEHOLDER = /<[A-Z][A-Z0-9_]{0,62}_[0-9]{1,9}>/g;
/** The beginning of what may become one. */
const BEGINNING = /<(?:[A-Z][A-Z0-9_]{0,72})?$/;

/**
 * What stands in the place of masked texts of one call, in memory alone. The same text has the same placeholder throughout,
 * and none is one that stood in the request already: whoever wrote that must not get somebody else's data for it.
 */
export class Placeholders {
  private readonly byText = new Map<string, string>();
  private readonly originals = new Map<string, string>();
  private readonly counts = new Map<string, number>();
  private readonly taken = new Set<string>();

  /** Takes note of what reads like a placeholder, and is none of ours. */
  avoidThoseIn(text: string): void {
    if (!text.includes('<')) return;
    for (const [placeholder] of text.matchAll(PLACEHOLDER)) this.taken.add(placeholder);
  }

  /** @param isReversible whether the text is put back into the answer */
  of(text: string, label: string, isReversible: boolean): string {
    const key = `${label}:${text}`;
    let placeholder = this.byText.get(key);
    if (placeholder === undefined) {
      placeholder = this.next(label);
      this.byText.set(key, placeholder);
    }
    if (isReversible) this.originals.set(placeholder, text);
    return placeholder;
  }

  /** Whether there is anything to be put back. */
  get areReversible(): boolean {
    return this.originals.size > 0;
  }

  /** @param written how an original is written here: within JSON, say */
  restore(text: string, written = (original: string) => original): string {
    if (!text.includes('<')) return text;
    return text.replace(PLACEHOLDER, (placeholder) => {
      const original = this.originals.get(placeholder);
      return original === undefined ? placeholder : written(original);
    });
  }

  private next(label: string): string {
    for (;;) {
      const count = (this.counts.get(label) ?? 0) + 1;
      this.counts.set(label, count);
      const placeholder = `<${label}_${count}>`;
      if (!this.taken.has(placeholder)) return placeholder;
    }
  }
}

/** Puts texts back in a stream, whose pieces may cut placeholders. */
export class RestoringStream {
  private held = '';
  private old = '';

  constructor(private readonly placeholders: Placeholders) {}

  push(piece: string): string {
    const text = this.held + piece;
    const at = BEGINNING.exec(text)?.index ?? text.length;
    this.held = text.slice(at);
    return this.placeholders.restore(text.slice(0, at));
  }

  get isHolding(): boolean {
    return this.held !== '';
  }

  /** What was held back already when this was called the last time, as it is. */
  age(): string {
    const isOld = this.held !== '' && this.held === this.old;
    this.old = this.held;
    return isOld ? this.flush() : '';
  }

  /** What is held back, as it is. */
  flush(): string {
    const { held } = this;
    this.held = '';
    return held;
  }
}
