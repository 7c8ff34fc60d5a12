import { Problem } from '@gatehouse/http';
import { RE2JS } from 're2js';

/** Compiling costs more than matching: what stands in the configuration is compiled once, over all its versions. */
const compiled = new Map<string, RegularExpression>();
const REMEMBERED = 20_000;

/** Instructions that an expression may compile to: a match costs at most this many steps for each sign of its text. */
const MAX_PROGRAM = 500;

/** Longer texts are no honest ones; linear as it is, a match of them would take milliseconds. */
const MAX_TEXT = 4_096;

/**
 * A regular expression of the configuration. RE2 matches in time linear in the text, whatever the expression: no caller can
 * write a text that keeps the process busy. It has no look-around and no back-references.
 */
export class RegularExpression {
  /** The names of its groups. */
  readonly names: readonly string[];

  /** @throws Error when it is none, or too large */
  static of(source: string): RegularExpression {
    const known = compiled.get(source);
    if (known) return known;
    const expression = new RegularExpression(source);
    if (compiled.size >= REMEMBERED) compiled.clear();
    compiled.set(source, expression);
    return expression;
  }

  private readonly program: RE2JS;

  private constructor(readonly source: string) {
    this.program = RE2JS.compile(source);
    if (this.program.programSize() > MAX_PROGRAM) throw new Error('it is too large');
    this.names = Object.keys(this.program.namedGroups());
  }

  /** Whether it describes the whole text. @throws Problem when that is too long to be looked at */
  describes(text: string): boolean {
    demandLength(text);
    return this.program.testExact(text);
  }

  /** What its groups caught of a text that it describes; a group that took no part is empty. */
  groupsOf(text: string): Record<string, string> {
    const groups: Record<string, string> = Object.create(null) as Record<string, string>;
    const matcher = this.program.matcher(text);
    if (!matcher.matches()) return groups;
    for (const name of this.names) groups[name] = matcher.group(name) ?? '';
    return groups;
  }
}

/** @throws Problem 400: whether it is described or not, nobody may find out by sending more */
export function demandLength(text: string): void {
  if (text.length <= MAX_TEXT) return;
  throw new Problem(400, `A regular expression looks at no more than ${MAX_TEXT} characters.`);
}

/** What is wrong with a regular expression, in a few words. */
export function expressionFault(source: string): string | undefined {
  try {
    RegularExpression.of(source);
    return undefined;
  } catch (error) {
    const reason = (error as Error).message.replace(/^error parsing regexp: /, '');
    return `is no regular expression that can be used (RE2): ${reason}`;
  }
}

/** Signs that stand for themselves in an expression, and that a normalised path may hold. */
const ORDINARY = /[A-Za-z0-9\-_~!&',=:@/%;]/;
/** An escaped sign that is no letter or digit stands for itself. */
const ESCAPED = /[^A-Za-z0-9]/;

/**
 * The text with which everything begins that an expression describes, as far as it can be read off: without the last sign
 * where that is repeated.
 */
export function literalBeginning(source: string): string {
  let text = '';
  let at = 0;
  while (at < source.length) {
    const escaped = source[at] === '\\';
    const sign = source[escaped ? at + 1 : at];
    if (sign === undefined || !(escaped ? ESCAPED : ORDINARY).test(sign)) break;
    const next = at + (escaped ? 2 : 1);
    if ('*+?{'.includes(source[next] || ' ')) break;
    text += sign;
    at = next;
  }
  return text;
}

/** Whether alternatives stand outside of every group: then a beginning is the beginning of the first of them only. */
export function hasBareAlternatives(source: string): boolean {
  let depth = 0;
  for (let at = 0; at < source.length; at++) {
    const sign = source[at];
    if (sign === '\\') at++;
    else if (sign === '[') at = endOfClass(source, at);
    else if (sign === '(') depth++;
    else if (sign === ')') depth--;
    else if (sign === '|' && depth === 0) return true;
  }
  return false;
}

/** The index of the bracket that closes a class: one right after the opening, or of a named class within, does not. */
function endOfClass(source: string, start: number): number {
  let at = start + 1;
  if (source[at] === '^') at++;
  if (source[at] === ']') at++;
  for (; at < source.length && source[at] !== ']'; at++) {
    if (source[at] === '\\') at++;
    else if (source.startsWith('[:', at)) at = Math.max(at, source.indexOf(':]', at) + 1);
  }
  return at;
}
