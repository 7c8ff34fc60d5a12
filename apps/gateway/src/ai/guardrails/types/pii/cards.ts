/** Digits in groups, with one sign between two at most. */
export const CARD = /(?<![\p{L}\p{N}.+-])\d(?:[ \u00A0-]?\d){12,18}(?![\p{L}\p{N}])/gu;

/** Beginnings of the large schemes (ISO/IEC 7812), and how many digits theirs have. */
const SCHEMES: readonly (readonly [RegExp, readonly number[]])[] = [
  [/^4/, [13, 16, 19]], // Visa
  [/^(?:5[1-5]|222[1-9]|22[3-9]|2[3-6]|27[01]|2720)/, [16]], // Mastercard
  [/^3[47]/, [15]], // American Express
  [/^(?:6011|64[4-9]|65)/, [16, 19]], // Discover
  [/^35(?:2[89]|[3-8])/, [16, 19]], // JCB
  [/^3(?:0[0-5]|[68])/, [14, 16, 19]], // Diners Club
  [/^62/, [16, 17, 18, 19]], // UnionPay
  [/^(?:5018|5020|5038|5893|6304|6759|676[1-3])/, [13, 14, 15, 16, 17, 18, 19]], // Maestro
];

export function isCard(text: string): boolean {
  const digits = text.replace(/\D/g, '');
  const isKnown = SCHEMES.some(
    ([beginning, lengths]) => beginning.test(digits) && lengths.includes(digits.length),
  );
  return isKnown && passesLuhn(digits);
}

/** ISO/IEC 7812-1, Annex B. */
export function passesLuhn(digits: string): boolean {
  let sum = 0;
  for (let i = 0; i < digits.length; i++) {
    const digit = Number(digits[digits.length - 1 - i]);
    const doubled = i % 2 === 1 ? digit * 2 : digit;
    sum += doubled > 9 ? doubled - 9 : doubled;
  }
  return sum % 10 === 0;
}
