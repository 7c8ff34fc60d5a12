import { acrOf, isOffered, meetsAcr, ONE_FACTOR, TWO_FACTORS } from './acr.js';

describe('acr', () => {
  it.each([
    [[], '0'],
    [['user'], '0'],
    [['pwd'], ONE_FACTOR],
    [['pwd', 'pin'], ONE_FACTOR],
    [['hwk'], ONE_FACTOR],
    [['pwd', 'otp'], TWO_FACTORS],
    [['hwk', 'fpt'], TWO_FACTORS],
    [['mfa'], TWO_FACTORS],
  ])('of %j is %s', (amr, acr) => {
    expect(acrOf(amr)).toBe(acr);
  });

  it('is met by itself and by stronger ones', () => {
    expect(meetsAcr(['pwd'], ONE_FACTOR)).toBe(true);
    expect(meetsAcr(['pwd', 'otp'], ONE_FACTOR)).toBe(true);
    expect(meetsAcr(['pwd'], TWO_FACTORS)).toBe(false);
    expect(meetsAcr(['mfa'], 'urn:somebody:gold')).toBe(false);
  });

  it('is offered when the login page can reach it', () => {
    expect([ONE_FACTOR, TWO_FACTORS, 'urn:somebody:gold'].map(isOffered)).toEqual([true, false, false]);
  });
});
