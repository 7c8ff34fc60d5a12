import { randomInt } from 'node:crypto';

/** No vowels, so no words; no letters or digits that are taken for each other (RFC 8628 §6.1). */
const ALPHABET = 'BCDFGHJKLMNPQRSTVWXZ';
/** 20^8 codes, 34 bits: with the limits on guesses none is found in its time (§5.1). */
const LENGTH = 8;

/** A new user code, as people see it: `BCDF-GHJK`. */
export function newUserCode(): string {
  const letters = Array.from({ length: LENGTH }, () => ALPHABET[randomInt(ALPHABET.length)]!);
  return shown(letters.join(''));
}

/** A code as somebody typed it, in the form of `newUserCode`; undefined when it is none (RFC 8628 §6.1). */
export function readUserCode(typed: string): string | undefined {
  const letters = typed
    .slice(0, 100)
    .normalize('NFKC')
    .toUpperCase()
    .replace(/[^A-Z0-9]/g, '');
  const isCode = letters.length === LENGTH && [...letters].every((letter) => ALPHABET.includes(letter));
  return isCode ? shown(letters) : undefined;
}

function shown(letters: string): string {
  return `${letters.slice(0, 4)}-${letters.slice(4)}`;
}
