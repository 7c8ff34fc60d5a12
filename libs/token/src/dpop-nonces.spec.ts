import { DpopNonces } from './dpop-nonces.js';

describe('DpopNonces (RFC 9449 §8)', () => {
  const nonces = new DpopNonces('a secret');
  const now = 1_800_000_000_000;

  it.each([
    [0, 'fresh'],
    [60_000, 'ageing'],
    [300_000, 'ageing'],
    [360_000, 'wrong'],
    // A replica whose clock is a minute ahead gave it.
    [-60_000, 'fresh'],
    [-120_000, 'wrong'],
  ])('one that is %i ms old is %s', (age, expected) => {
    expect(nonces.check(nonces.current(now - age), now)).toBe(expected);
  });

  it.each(['', '.', 'x', 'NaN.x', `${(now / 60_000).toString(36)}.x`])('%j is wrong', (nonce) => {
    expect(nonces.check(nonce, now)).toBe('wrong');
  });

  it('one under another secret is wrong', () => {
    expect(nonces.check(new DpopNonces('another').current(now), now)).toBe('wrong');
  });
});
