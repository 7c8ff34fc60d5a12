import { equalSecrets, hashOf, matchesHash, newSecret } from './secret.js';

describe('secrets', () => {
  it('have 256 bits and are never the same', () => {
    const made = new Set(Array.from({ length: 1_000 }, newSecret));
    expect(made.size).toBe(1_000);
    for (const secret of made) expect(Buffer.from(secret, 'base64url')).toHaveLength(32);
  });

  it('match their hash, and nothing else does', () => {
    const secret = newSecret();
    expect(matchesHash(secret, hashOf(secret))).toBe(true);
    for (const other of ['', `${secret} `, secret.slice(1), secret.toLowerCase(), hashOf(secret)]) {
      expect(matchesHash(other, hashOf(secret))).toBe(false);
    }
  });

  it('of different lengths are different', () => {
    expect(equalSecrets('', 'a')).toBe(false);
    expect(equalSecrets('é', 'e')).toBe(false);
    expect(equalSecrets('', '')).toBe(true);
  });
});
