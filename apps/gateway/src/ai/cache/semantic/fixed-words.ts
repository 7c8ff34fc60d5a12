const WORD = /[\p{L}\p{M}\p{N}]+(?:['’._:/@-][\p{L}\p{M}\p{N}]+)*/u;
const QUOTED = /"[^"]*"|“[^”]*”|`[^`]*`/u;
/** What is left are signs that do more than divide sentences: operators, currencies, emoji … */
const SIGN = /[^\p{L}\p{M}\p{N}\s.,;:!?'’"“”()]/u;
const PIECES = new RegExp([QUOTED, WORD, SIGN].map(({ source }) => source).join('|'), 'gu');

const NEGATIONS: ReadonlySet<string> = new Set(
  (
    'no not non never none nobody nothing nowhere neither nor without cannot except unless unlike ' +
    'nicht kein keine keinen keinem keiner ohne nie niemals nichts weder pas jamais sans aucun rien nunca sin nada'
  ).split(' '),
);

/**
 * What of a question a question that means the same cannot have otherwise, in its order: numbers, names, negations, signs and
 * quotations. Vectors hardly tell them apart: "5 km in miles" is as near to "6 km in miles" as a paraphrase is.
 */
export function fixedWords(text: string): readonly string[] {
  const found: string[] = [];
  for (const { 0: piece, index } of text.matchAll(PIECES)) {
    if (isFixed(piece, beginsSentence(text, index))) found.push(piece);
  }
  return found;
}

function isFixed(piece: string, isFirst: boolean): boolean {
  if (!/^[\p{L}\p{M}\p{N}]/u.test(piece) || /\p{N}/u.test(piece)) return true;
  const word = piece.toLowerCase();
  if (NEGATIONS.has(word) || /n['’]t$/.test(word)) return true;
  return /\p{Lu}/u.test(isFirst ? piece.slice(1) : piece) && !/^i(?:['’]\w+)?$/.test(word);
}

function beginsSentence(text: string, index: number): boolean {
  const before = text.slice(Math.max(0, index - 20), index).trimEnd();
  return before === '' ? text.slice(0, index).trim() === '' : /[.!?:]["”')]*$/.test(before);
}
