import type { Finding } from '../../ai-guardrail.js';

/** How long an IBAN is in each country (ISO 13616 registry). */
const LENGTHS: ReadonlyMap<string, number> = new Map(
  (
    'AD24 AE23 AL28 AT20 AZ28 BA20 BE16 BG22 BH22 BI27 BR29 BY28 CH21 CR22 CY28 CZ24 DE22 DJ27 DK18 DO28 EE20 EG29 ' +
    'ES24 FI18 FK18 FO18 FR27 GB22 GE22 GI23 GL18 GR27 GT28 HN28 HR21 HU28 IE22 IL23 IQ23 IS26 IT27 JO30 KW30 KZ20 ' +
    'LB28 LC32 LI21 LT20 LU20 LV21 LY25 MC27 MD24 ME22 MK19 MN20 MR27 MT31 MU30 NI28 NL18 NO15 OM23 PK24 PL28 PS29 ' +
    'PT25 QA29 RO24 RS22 RU33 SA24 SC31 SD18 SE24 SI19 SK24 SM27 SO23 ST25 SV28 TL23 TN24 TR26 UA29 VA22 VG24 XK20 YE30'
  )
    .split(' ')
    .map((entry) => [entry.slice(0, 2), Number(entry.slice(2))]),
);

const BEGINNING = /(?<![\p{L}\p{N}])[A-Z]{2}\d{2}(?=[ \u00A0-]?[A-Z0-9])/giu;
const SEPARATOR = /[ \u00A0-]/;
const SIGN = /[A-Z0-9]/i;

/** Those whose length and check digits are right; how they are grouped does not matter. */
export function findIbans(text: string): Finding[] {
  const found: Finding[] = [];
  for (const { index: start, 0: beginning } of text.matchAll(BEGINNING)) {
    const length = LENGTHS.get(beginning.slice(0, 2).toUpperCase());
    const end = length === undefined ? undefined : endOf(text, start, length);
    if (end !== undefined) found.push({ start, end, label: 'IBAN' });
  }
  return found;
}

/** Behind as many signs as it takes; undefined where there are fewer, or more of the same word, or it is none. */
function endOf(text: string, start: number, length: number): number | undefined {
  let iban = '';
  let at = start;
  for (; iban.length < length && at < text.length; at++) {
    const sign = text[at]!;
    if (SIGN.test(sign)) iban += sign;
    else if (!SEPARATOR.test(sign)) return undefined;
  }
  const goesOn = at < text.length && /[\p{L}\p{N}]/u.test(text[at]!);
  return iban.length === length && !goesOn && passesMod97(iban.toUpperCase()) ? at : undefined;
}

/** ISO 7064, MOD 97-10: letters are two digits each. */
function passesMod97(iban: string): boolean {
  let rest = 0;
  for (const sign of iban.slice(4) + iban.slice(0, 4)) {
    const value = parseInt(sign, 36);
    rest = (rest * (value > 9 ? 100 : 10) + value) % 97;
  }
  return rest === 1;
}
