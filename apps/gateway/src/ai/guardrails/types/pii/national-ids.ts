import type { Finding } from '../../ai-guardrail.js';
import { findAll } from '../find-all.js';
import { passesLuhn } from './cards.js';

/** Numbers that states give people, with how they are checked. */
interface NationalId {
  readonly pattern: RegExp;
  /** @param signs letters and digits alone, in capitals */
  readonly isIt?: (signs: string) => boolean;
}

const alone = (source: string) =>
  new RegExp(`(?<![\\p{L}\\p{N}.+-])(?:${source})(?![\\p{L}\\p{N}]|-\\d)`, 'giu');

const IDS: readonly NationalId[] = [
  // United States: Social Security number. It has no check digit, and so is minded as it is usually written alone.
  { pattern: alone('(?!000|666|9\\d\\d)\\d{3}([- ])(?!00)\\d{2}\\1(?!0000)\\d{4}') },
  // United Kingdom: National Insurance number. No check digit.
  {
    pattern: alone(
      '(?!BG|GB|KN|NK|NT|TN|ZZ)[A-CEGHJ-PR-TW-Z][A-CEGHJ-NPR-TW-Z] ?\\d{2} ?\\d{2} ?\\d{2} ?[A-D]',
    ),
  },
  // Germany: Steuer-Identifikationsnummer.
  { pattern: alone('[1-9]\\d ?\\d{3} ?\\d{3} ?\\d{3}'), isIt: isGerman },
  // France: numéro de sécurité sociale.
  { pattern: alone('[12] ?\\d{2} ?\\d{2} ?(?:\\d{2}|2[AB]) ?\\d{3} ?\\d{3} ?\\d{2}'), isIt: isFrench },
  // Spain: DNI and NIE.
  { pattern: alone('(?:[XYZ]-?\\d{7}|\\d{8})-?[A-HJ-NP-TV-Z]'), isIt: isSpanish },
  // Italy: codice fiscale.
  {
    pattern: alone('[A-Z]{6}[0-9L-NP-V]{2}[A-EHLMPRST][0-9L-NP-V]{2}[A-Z][0-9L-NP-V]{3}[A-Z]'),
    isIt: isItalian,
  },
  // Poland: PESEL.
  { pattern: alone('\\d{11}'), isIt: isPolish },
  // Brazil: CPF.
  { pattern: alone('\\d{3}\\.?\\d{3}\\.?\\d{3}-?\\d{2}'), isIt: isBrazilian },
  // Switzerland: AHV number, which is an EAN-13.
  {
    pattern: alone('756\\.?\\d{4}\\.?\\d{4}\\.?\\d{2}'),
    isIt: (digits) => weighted(digits, [1, 3]) % 10 === 0,
  },
  // Sweden: personnummer.
  { pattern: alone('(?:19|20)?\\d{2}(?:0\\d|1[0-2])(?:[0-2]\\d|3[01])[-+]?\\d{4}'), isIt: isSwedish },
  // India: Aadhaar.
  { pattern: alone('[2-9]\\d{3}[ -]?\\d{4}[ -]?\\d{4}'), isIt: passesVerhoeff },
];

export function findNationalIds(text: string): Finding[] {
  return IDS.flatMap(({ pattern, isIt }) =>
    findAll(text, pattern, 'ID', isIt && ((said) => isIt(said.replace(/[^A-Za-z0-9]/g, '').toUpperCase()))),
  );
}

/** Each digit by its weight, which come again and again. */
function weighted(digits: string, weights: readonly number[]): number {
  return [...digits].reduce((sum, digit, at) => sum + Number(digit) * weights[at % weights.length]!, 0);
}

/** ISO 7064, MOD 11,10; of the first ten digits, one stands there two or three times. */
function isGerman(digits: string): boolean {
  let product = 10;
  for (const digit of digits.slice(0, 10)) {
    const sum = (Number(digit) + product) % 10 || 10;
    product = (sum * 2) % 11;
  }
  const others = new Set(digits.slice(0, 10)).size;
  return (11 - product) % 10 === Number(digits[10]) && (others === 9 || others === 8);
}

function isFrench(signs: string): boolean {
  // Corsica has letters.
  const digits = signs.replace('2A', '19').replace('2B', '18');
  if (!/^\d{15}$/.test(digits)) return false;
  const month = Number(digits.slice(3, 5));
  const isMonth = (month >= 1 && month <= 12) || month >= 20;
  return isMonth && 97 - Number(BigInt(digits.slice(0, 13)) % 97n) === Number(digits.slice(13));
}

function isSpanish(signs: string): boolean {
  const number = signs.slice(0, -1).replace(/^[XYZ]/, (letter) => String('XYZ'.indexOf(letter)));
  return 'TRWAGMYFPDXBNJZSQVHLCKE'[Number(number) % 23] === signs.at(-1);
}

const ITALIAN_ODD = [
  1, 0, 5, 7, 9, 13, 15, 17, 19, 21, 2, 4, 18, 20, 11, 3, 6, 8, 12, 14, 16, 10, 22, 25, 24, 23,
];

function isItalian(signs: string): boolean {
  const sum = [...signs.slice(0, 15)].reduce((total, sign, at) => {
    const value = /\d/.test(sign) ? Number(sign) : sign.charCodeAt(0) - 65;
    return total + (at % 2 === 0 ? ITALIAN_ODD[value]! : value);
  }, 0);
  return String.fromCharCode(65 + (sum % 26)) === signs[15];
}

function isPolish(digits: string): boolean {
  const month = Number(digits.slice(2, 4)) % 20;
  const day = Number(digits.slice(4, 6));
  if (month < 1 || month > 12 || day < 1 || day > 31) return false;
  return weighted(digits, [1, 3, 7, 9, 1, 3, 7, 9, 1, 3, 1]) % 10 === 0;
}

function isBrazilian(digits: string): boolean {
  if (new Set(digits).size === 1) return false;
  return [9, 10].every((count) => {
    const sum = [...digits.slice(0, count)].reduce(
      (total, digit, at) => total + Number(digit) * (count + 1 - at),
      0,
    );
    return ((sum * 10) % 11) % 10 === Number(digits[count]);
  });
}

function isSwedish(digits: string): boolean {
  return passesLuhn(digits.slice(-10));
}

const DIHEDRAL = [
  '0123456789',
  '1234067895',
  '2340178956',
  '3401289567',
  '4012395678',
  '5987604321',
  '6598710432',
  '7659821043',
  '8765932104',
  '9876543210',
];
const PERMUTATIONS = [
  '0123456789',
  '1576283094',
  '5803796142',
  '8916043527',
  '9453126870',
  '4286573901',
  '2793806415',
  '7046913258',
];

/** Verhoeff's check digit, which finds all that people usually get wrong. */
function passesVerhoeff(digits: string): boolean {
  let check = 0;
  for (const [at, digit] of [...digits].reverse().entries()) {
    check = Number(DIHEDRAL[check]![Number(PERMUTATIONS[at % 8]![Number(digit)])]);
  }
  return check === 0;
}
