import type { JsonValue } from '../../../wire/json.js';
import { parseObject, pointerToken } from '../../../wire/json.js';
import { isFreeForm, isStructural, isTokens, kindOf, type Place } from './places.js';

/** A text of a JSON document that a model sees, or that a model wrote. */
export interface JsonText {
  readonly text: string;
  /** Where it is (RFC 6901); in the arguments of a tool call, where these are. */
  readonly pointer: string;
}

export interface ReadTexts {
  readonly texts: readonly JsonText[];
  /** Where there is something that is no text, and whatever is elsewhere and only pointed at. */
  readonly unreadable: readonly string[];
}

/** Finds the texts of a document: each string, but for those that are known to be none. @param source valid JSON */
export function readTexts(source: string): ReadTexts {
  const texts: JsonText[] = [];
  const unreadable: string[] = [];
  const visitor: Visitor = {
    text: (text, place) => {
      texts.push({ text, pointer: pointerOf(place) });
      return text;
    },
    unreadable: (place) => void unreadable.push(pointerOf(place)),
  };
  new Walk(source, visitor).document(ROOT);
  return { texts, unreadable };
}

/** The document with other texts, as many and in the order in which they were read; all else is the same, byte for byte. */
export function writeTexts(source: string, texts: readonly string[]): string {
  let next = 0;
  return new Walk(source, { text: () => texts[next++]!, unreadable: () => undefined }).document(ROOT);
}

const ROOT: Place = { parent: undefined, name: '', member: '', isFree: false, type: undefined };

interface Visitor {
  /** @returns what stands in its place */
  text(text: string, place: Place): string;
  unreadable(place: Place): void;
}

/** Shorter numbers are no account of anybody. */
const TELLING_DIGITS = 7;

/** Goes through the source of a JSON document and copies it, with other texts. */
class Walk {
  private at = 0;
  private copied = 0;
  private readonly pieces: string[] = [];

  constructor(
    private readonly source: string,
    private readonly visitor: Visitor,
  ) {}

  document(place: Place): string {
    this.value(place, JSON.parse(this.source) as JsonValue);
    return this.pieces.length === 0 ? this.source : this.pieces.join('') + this.source.slice(this.copied);
  }

  /** @param value what is here, where a member is not there twice: only hints are taken of it */
  private value(place: Place, value: JsonValue | undefined): void {
    this.skipSpace();
    const first = this.source[this.at];
    if (first === '{') this.object(place, value);
    else if (first === '[') this.list(place, value);
    else if (first === '"') this.string(place);
    else this.scalar(place);
  }

  private object(place: Place, value: JsonValue | undefined): void {
    const members = (value ?? {}) as Readonly<Record<string, JsonValue | undefined>>;
    const type = typeof members.type === 'string' ? members.type : undefined;
    this.at++;
    while (this.next('}')) {
      const from = this.at;
      const name = this.token();
      if (place.isFree || !isStructural(name)) this.replace(from, name, this.visitor.text(name, place));
      this.skipSpace();
      // The colon.
      this.at++;
      this.skipSpace();
      const isFree = place.isFree || isFreeForm(name, this.source[this.at]!);
      this.value({ parent: place, name, member: name, isFree, type }, members[name]);
    }
  }

  private list(place: Place, value: JsonValue | undefined): void {
    const items = Array.isArray(value) ? (value as readonly JsonValue[]) : [];
    const { member, isFree, type } = place;
    this.at++;
    for (let index = 0; this.next(']'); index++) {
      this.value({ parent: place, name: index, member, isFree, type }, items[index]);
    }
  }

  private string(place: Place): void {
    const from = this.at;
    const text = this.token();
    const kind = kindOf(text, place);
    if (kind === 'structure') return;
    if (kind === 'unreadable' || kind === 'reference') this.visitor.unreadable(place);
    if (kind === 'unreadable') return;
    this.replace(from, text, kind === 'json' ? this.nested(text, place) : this.visitor.text(text, place));
  }

  /** The arguments of a tool call are a text of JSON: what they say may be written in escapes. */
  private nested(text: string, place: Place): string {
    if (!parseObject(text)) return this.visitor.text(text, place);
    return new Walk(text, this.visitor).document({ ...place, isFree: true });
  }

  private scalar(place: Place): void {
    const from = this.at;
    SCALAR.lastIndex = from;
    const [text = ''] = SCALAR.exec(this.source) ?? [];
    this.at += Math.max(1, text.length);
    if (isTokens(place)) this.visitor.unreadable(place.parent!);
    if (place.isFree && text.length >= TELLING_DIGITS) {
      this.replace(from, text, this.visitor.text(text, place));
    }
  }

  private replace(from: number, before: string, after: string): void {
    if (after === before) return;
    this.pieces.push(this.source.slice(this.copied, from), JSON.stringify(after));
    this.copied = this.at;
  }

  /** To the next item, if there is one, or behind the closing bracket. */
  private next(close: string): boolean {
    this.skipSpace();
    if (this.source[this.at] === ',') {
      this.at++;
      this.skipSpace();
    }
    if (this.source[this.at] !== close) return true;
    this.at++;
    return false;
  }

  /** What a string says; to behind it. */
  private token(): string {
    const { source } = this;
    const from = this.at;
    let quote = source.indexOf('"', from + 1);
    while (isEscaped(source, quote)) quote = source.indexOf('"', quote + 1);
    this.at = quote + 1;
    const text = source.slice(from + 1, quote);
    return text.includes('\\') ? (JSON.parse(`"${text}"`) as string) : text;
  }

  private skipSpace(): void {
    while (SPACE.has(this.source.charCodeAt(this.at))) this.at++;
  }
}

const SPACE: ReadonlySet<number> = new Set([0x20, 0x09, 0x0a, 0x0d]);
const SCALAR = /[^\s,\]}]+/y;

function isEscaped(source: string, quote: number): boolean {
  let escapes = 0;
  while (source[quote - 1 - escapes] === '\\') escapes++;
  return escapes % 2 === 1;
}

function pointerOf({ parent, name }: Place): string {
  return parent ? `${pointerOf(parent)}/${pointerToken(name)}` : '';
}
