import { isCodeVerifier, isS256Challenge, s256Challenge, verifiesChallenge } from './pkce.js';

// RFC 7636 appendix B.
const VERIFIER = 'dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk';
const CHALLENGE = 'E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM';

describe('PKCE (RFC 7636)', () => {
  it('appendix B: the example', () => {
    expect(s256Challenge(VERIFIER)).toBe(CHALLENGE);
    expect(verifiesChallenge(VERIFIER, CHALLENGE)).toBe(true);
  });

  it('§4.6: plain is not S256', () => {
    expect(verifiesChallenge(VERIFIER, VERIFIER)).toBe(false);
    expect(verifiesChallenge(CHALLENGE, CHALLENGE)).toBe(false);
  });

  it.each([
    '',
    'a'.repeat(42),
    'a'.repeat(129),
    `${'a'.repeat(42)}+`,
    `${'a'.repeat(43)}\n`,
    `${'a'.repeat(43)}é`,
  ])('§4.1: %j is no code_verifier', (value) => {
    expect(isCodeVerifier(value)).toBe(false);
    expect(verifiesChallenge(value, s256Challenge(value))).toBe(false);
  });

  it.each(['a'.repeat(43), 'a'.repeat(128), `${'-._~'.repeat(11)}`])('§4.1: %j is one', (value) => {
    expect(isCodeVerifier(value)).toBe(true);
  });

  it.each(['', CHALLENGE.slice(1), `${CHALLENGE}=`, `${CHALLENGE}\n`, CHALLENGE.replace('-', '+')])(
    '§4.2: %j is no S256 code_challenge',
    (value) => expect(isS256Challenge(value)).toBe(false),
  );
});
