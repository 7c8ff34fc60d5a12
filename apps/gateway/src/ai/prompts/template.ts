/** A piece of a template: text as it is, or the place of a variable. */
export type Piece = { readonly text: string } | { readonly variable: string };

/** A template that cannot be read. */
export class TemplateError extends Error {}

const PLACE = /\\\{\{|\{\{\s*([A-Za-z][A-Za-z0-9_]{0,62})\s*\}\}|\{\{/g;

/**
 * Reads a template once, when it is written: what variables hold is never read as one.
 * @throws TemplateError
 */
export function parseTemplate(template: string): readonly Piece[] {
  const pieces: Piece[] = [];
  let at = 0;
  for (const { 0: found, 1: variable, index } of template.matchAll(PLACE)) {
    if (index > at) pieces.push({ text: template.slice(at, index) });
    if (variable !== undefined) pieces.push({ variable });
    else if (found === '{{')
      throw new TemplateError('has {{ without the name of a variable and }}: write \\{{');
    else pieces.push({ text: '{{' });
    at = index + found.length;
  }
  if (at < template.length) pieces.push({ text: template.slice(at) });
  return pieces;
}

/** @param values of all variables that it names */
export function fillTemplate(pieces: readonly Piece[], values: ReadonlyMap<string, string>): string {
  return pieces.map((piece) => ('text' in piece ? piece.text : (values.get(piece.variable) ?? ''))).join('');
}

/** How long it would be, in UTF-16 code units: values may stand in it many times. */
export function filledLength(pieces: readonly Piece[], values: ReadonlyMap<string, string>): number {
  const lengths = pieces.map(
    (piece) => ('text' in piece ? piece.text : (values.get(piece.variable) ?? '')).length,
  );
  return lengths.reduce((sum, length) => sum + length, 0);
}
