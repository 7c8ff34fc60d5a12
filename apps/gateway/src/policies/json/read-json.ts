import { isUtf8 } from 'node:buffer';

/** What a JSON text is refused for. */
export class JsonError extends Error {}

export interface JsonText {
  readonly value: unknown;
  /** Where numbers stand that a double cannot hold: first and last+1 of each. Values have what is nearest. */
  readonly inexact: readonly (readonly [number, number])[];
}

export const MAX_DEPTH = 64;

/**
 * Reads JSON as strictly as two readers must agree on it: UTF-8, no name twice in one object, not too deep (RFC 8259 §4,
 * §8.1, §9).
 * @throws JsonError
 */
export function readJson(body: Buffer, maxDepth = MAX_DEPTH): JsonText & { readonly text: string } {
  if (!isUtf8(body)) throw new JsonError('is not UTF-8');
  const text = body.toString('utf8');
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    throw new JsonError('is not JSON');
  }
  return { text, value, inexact: inspect(text, maxDepth) };
}

/** @param text valid JSON */
function inspect(text: string, maxDepth: number): [number, number][] {
  const inexact: [number, number][] = [];
  const open: (Set<string> | undefined)[] = [];
  let name: [number, number] = [0, 0];
  for (let i = 0; i < text.length; i++) {
    switch (text[i]) {
      case '"': {
        const end = endOfString(text, i);
        name = [i, end];
        i = end - 1;
        break;
      }
      case '{':
      case '[':
        open.push(text[i] === '{' ? new Set() : undefined);
        if (open.length > maxDepth) throw new JsonError(`nests deeper than ${maxDepth}`);
        break;
      case '}':
      case ']':
        open.pop();
        break;
      case ':': {
        const key = JSON.parse(text.slice(...name)) as string;
        const names = open.at(-1)!;
        if (names.has(key)) throw new JsonError('has a name twice in one object');
        names.add(key);
        break;
      }
      default: {
        if (!startsNumber(text.charCodeAt(i))) break;
        const end = endOfNumber(text, i);
        if (!isExact(text.slice(i, end))) inexact.push([i, end]);
        i = end - 1;
      }
    }
  }
  return inexact;
}

function endOfString(text: string, start: number): number {
  let end = start;
  for (;;) {
    end = text.indexOf('"', end + 1);
    let slashes = 0;
    while (text[end - 1 - slashes] === '\\') slashes++;
    if (slashes % 2 === 0) return end + 1;
  }
}

function startsNumber(code: number): boolean {
  return code === 0x2d || (code >= 0x30 && code <= 0x39);
}

function endOfNumber(text: string, start: number): number {
  let end = start + 1;
  while (end < text.length && /[0-9.eE+-]/.test(text[end]!)) end++;
  return end;
}

/** Whether a double gives the same number back; how it was spelled (`1.0`, `1e2`) counts as part of it. */
function isExact(number: string): boolean {
  return String(Number(number)) === number;
}
