/** Where the value of a member stands in the bytes: from the first to behind the last. */
interface Span {
  readonly start: number;
  readonly end: number;
}

/** The body cannot be read, or not in one way only. */
export class BodyFault extends Error {
  /** @param pointer the member that is wrong */
  constructor(
    message: string,
    readonly pointer?: string,
  ) {
    super(message);
  }
}

/** How deep a body may nest: schemas of tools are nowhere near it. */
export const MAX_DEPTH = 256;
/** Of the body itself: no API has near as many. */
const MAX_MEMBERS = 1_000;

/**
 * The members of a JSON object's bytes, without reading what they hold: what is passed through must be the very same bytes.
 * A member that is there twice is refused, and so is one whose name differs from another's by case alone: readers that take
 * the last one, or do not mind case, would see another model than was checked (Envoy AI Gateway GHSA-4gph-2hhr-5mwg).
 */
export class JsonMembers {
  private readonly spans = new Map<string, Span>();
  /** Names without their case. */
  private readonly folded = new Set<string>();
  /** Those that are written otherwise than without their case, by how they would be. */
  private readonly cased = new Map<string, string>();
  private at = 0;

  /** @throws BodyFault */
  constructor(readonly bytes: Buffer) {
    this.skipSpace();
    if (bytes[this.at] !== OPEN_OBJECT) throw new BodyFault('The body is no JSON object');
    this.at++;
    this.skipSpace();
    if (bytes[this.at] === CLOSE_OBJECT) this.at++;
    else while (this.member());
    this.skipSpace();
    if (this.at < bytes.length) throw malformed();
  }

  /** Right behind the opening brace. */
  get beginning(): number {
    return this.bytes.indexOf(OPEN_OBJECT) + 1;
  }

  get isEmpty(): boolean {
    return this.spans.size === 0;
  }

  has(name: string): boolean {
    return this.spans.has(name);
  }

  span(name: string): Span | undefined {
    return this.spans.get(name);
  }

  /** Where the name of a member stands, with its quotes. */
  nameSpan(name: string): Span | undefined {
    return this.names.get(name);
  }

  /** What a member holds. @throws BodyFault when it is no JSON */
  value(name: string): unknown {
    const span = this.spans.get(name);
    return span && parsed(this.bytes.toString('utf8', span.start, span.end));
  }

  /** @param names in lower case @throws BodyFault where a member is called like one of these but for its case */
  demandSpelling(...names: readonly string[]): void {
    if (this.cased.size === 0) return;
    for (const name of names) {
      const written = this.cased.get(name);
      if (written !== undefined) throw new BodyFault(`${written} must be written ${name}`, `/${written}`);
    }
  }

  private readonly names = new Map<string, Span>();

  /** @returns whether there is another one */
  private member(): boolean {
    this.skipSpace();
    const from = this.at;
    if (this.bytes[from] !== QUOTE) throw malformed();
    this.skipString();
    const name = parsed(this.bytes.toString('utf8', from, this.at)) as string;
    const nameSpan = { start: from, end: this.at };
    this.skipSpace();
    if (this.bytes[this.at++] !== COLON) throw malformed();
    this.skipSpace();
    const start = this.at;
    this.skipValue();
    this.add(name, nameSpan, { start, end: this.at });
    this.skipSpace();
    const next = this.bytes[this.at++];
    if (next !== COMMA && next !== CLOSE_OBJECT) throw malformed();
    return next === COMMA;
  }

  private add(name: string, nameSpan: Span, span: Span): void {
    if (this.spans.size >= MAX_MEMBERS) throw new BodyFault(`The body has more than ${MAX_MEMBERS} members`);
    const folded = fold(name);
    if (this.folded.has(folded)) throw new BodyFault(`${name} is there twice`, `/${name}`);
    this.folded.add(folded);
    if (folded !== name) this.cased.set(folded, name);
    this.names.set(name, nameSpan);
    this.spans.set(name, span);
  }

  private skipSpace(): void {
    while (SPACE.has(this.bytes[this.at]!)) this.at++;
  }

  /** To behind the closing quote. */
  private skipString(): void {
    const { bytes } = this;
    for (let quote = bytes.indexOf(QUOTE, this.at + 1); quote >= 0; quote = bytes.indexOf(QUOTE, quote + 1)) {
      let escapes = 0;
      while (bytes[quote - 1 - escapes] === BACKSLASH) escapes++;
      if (escapes % 2 === 1) continue;
      this.at = quote + 1;
      return;
    }
    throw malformed();
  }

  private skipValue(): void {
    const first = this.bytes[this.at];
    if (first === QUOTE) this.skipString();
    else if (first === OPEN_OBJECT || first === OPEN_LIST) this.skipNested();
    else this.skipScalar();
  }

  private skipScalar(): void {
    const start = this.at;
    const { bytes } = this;
    while (this.at < bytes.length && !ENDS_SCALAR.has(bytes[this.at]!)) this.at++;
    if (!SCALAR.test(bytes.toString('latin1', start, Math.min(this.at, start + MAX_SCALAR))))
      throw malformed();
  }

  private skipNested(): void {
    const { bytes } = this;
    const open: number[] = [];
    for (; this.at < bytes.length; this.at++) {
      const byte = bytes[this.at];
      if (byte === QUOTE) {
        this.skipString();
        this.at--;
      } else if (byte === OPEN_OBJECT || byte === OPEN_LIST) {
        if (open.push(byte + CLOSES) > MAX_DEPTH)
          throw new BodyFault(`The body nests deeper than ${MAX_DEPTH}`);
      } else if (byte === CLOSE_OBJECT || byte === CLOSE_LIST) {
        if (open.pop() !== byte) throw malformed();
        if (open.length === 0) {
          this.at++;
          return;
        }
      }
    }
    throw malformed();
  }
}

const QUOTE = 0x22;
const COMMA = 0x2c;
const COLON = 0x3a;
const OPEN_LIST = 0x5b;
const BACKSLASH = 0x5c;
const CLOSE_LIST = 0x5d;
const OPEN_OBJECT = 0x7b;
const CLOSE_OBJECT = 0x7d;
/** From an opening bracket to its closing one, in ASCII. */
const CLOSES = 2;
const SPACE: ReadonlySet<number> = new Set([0x20, 0x09, 0x0a, 0x0d]);
const ENDS_SCALAR: ReadonlySet<number> = new Set([...SPACE, COMMA, CLOSE_OBJECT, CLOSE_LIST]);
const SCALAR = /^(?:true|false|null|-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?)$/;
const MAX_SCALAR = 1_000;

function malformed(): BodyFault {
  return new BodyFault('The body is no JSON');
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    throw malformed();
  }
}

/** As readers fold that do not mind case: the long s and the Kelvin sign among them. */
function fold(name: string): string {
  return name.toUpperCase().toLowerCase();
}
