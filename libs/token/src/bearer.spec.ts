import { bearerChallenge, bearerToken } from './bearer.js';

describe('Bearer (RFC 6750)', () => {
  it.each([
    ['Bearer abc.def-_~+/==', 'abc.def-_~+/=='],
    ['bearer abc', 'abc'],
    ['BEARER   abc  ', 'abc'],
  ])('§2.1: %j holds a token', (header, token) => expect(bearerToken(header)).toBe(token));

  it.each([
    undefined,
    '',
    'Bearer',
    'Bearer ',
    'Bearerabc',
    'Basic abc',
    'Bearer a b',
    'Bearer a,Bearer b',
    'Bearer abc, Basic x',
    'Bearer "abc"',
    ' Bearer abc',
    'Bearer é',
    'Bearer a=b',
    'Bearer abc\n',
  ])('§2.1: %j holds none', (header) => expect(bearerToken(header)).toBeUndefined());

  it('§3: a challenge with what is needed', () => {
    expect(bearerChallenge({ scope: ['read', 'write'] })).toBe(
      'Bearer realm="gatehouse", scope="read write"',
    );
    expect(bearerChallenge({ error: 'invalid_token', errorDescription: 'expired', realm: 'api' })).toBe(
      'Bearer realm="api", error="invalid_token", error_description="expired"',
    );
  });

  it('§3: nothing can end a quoted value or the header', () => {
    const text = bearerChallenge({ errorDescription: 'a"b\\c\r\nSet-Cookie: x=é' });
    expect(text).toBe(`Bearer realm="gatehouse", error_description="a'b'c??Set-Cookie: x=?"`);
  });
});
