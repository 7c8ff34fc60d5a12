/** Authentication context classes (OpenID Connect Core §2, `acr`), the weakest first. */
export const NO_FACTOR = '0';
export const ONE_FACTOR = 'urn:gatehouse:acr:1fa';
export const TWO_FACTORS = 'urn:gatehouse:acr:2fa';
const LEVELS = [NO_FACTOR, ONE_FACTOR, TWO_FACTORS];

/** What a person can reach on the login page of this server. */
export const OFFERED_ACRS: readonly string[] = [ONE_FACTOR];

/** RFC 8176 §2, by what they prove: something known, something had, something the person is. */
const FACTORS: readonly ReadonlySet<string>[] = [
  new Set(['pwd', 'pin', 'kba']),
  new Set(['otp', 'hwk', 'swk', 'sc', 'sms', 'tel', 'pop']),
  new Set(['face', 'fpt', 'iris', 'retina', 'vbm']),
];

/** The class that methods of authentication (RFC 8176) amount to. */
export function acrOf(amr: readonly string[]): string {
  if (amr.includes('mfa')) return TWO_FACTORS;
  const factors = FACTORS.filter((factor) => amr.some((method) => factor.has(method))).length;
  return LEVELS[Math.min(factors, 2)]!;
}

/** Whether a login by these methods is of the class, or of a stronger one. A class not known here is met by none. */
export function meetsAcr(amr: readonly string[], acr: string): boolean {
  const level = LEVELS.indexOf(acr);
  return level >= 0 && LEVELS.indexOf(acrOf(amr)) >= level;
}

/** Whether some login here could be of the class. */
export function isOffered(acr: string): boolean {
  const level = LEVELS.indexOf(acr);
  return level >= 0 && OFFERED_ACRS.some((offered) => LEVELS.indexOf(offered) >= level);
}
