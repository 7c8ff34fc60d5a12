/** Characters of one input, and inputs of one question. */
const CHARACTERS = 8_000;
const INPUTS = 32;

/** Texts as few questions: short ones together, long ones in pieces that overlap, so that none is judged out of its context. */
export function inputsOf(texts: readonly string[]): string[][] {
  const inputs: string[] = [];
  let open = '';
  for (const text of texts.flatMap(piecesOf)) {
    if (open !== '' && open.length + text.length >= CHARACTERS) {
      inputs.push(open);
      open = '';
    }
    open += open === '' ? text : `\n${text}`;
  }
  if (open !== '') inputs.push(open);
  const questions: string[][] = [];
  for (let at = 0; at < inputs.length; at += INPUTS) questions.push(inputs.slice(at, at + INPUTS));
  return questions;
}

const OVERLAP = 200;

function piecesOf(text: string): string[] {
  if (text.length <= CHARACTERS) return text.trim() === '' ? [] : [text];
  const pieces: string[] = [];
  for (let at = 0; at < text.length; at += CHARACTERS - OVERLAP) pieces.push(text.slice(at, at + CHARACTERS));
  return pieces;
}
