import { formatScope, missingScopes, parseScope } from './scope.js';

describe('scope (RFC 6749 §3.3)', () => {
  it('is a list of tokens, each once, in their order', () => {
    expect(parseScope('read write read')).toEqual(['read', 'write']);
    expect(parseScope('')).toEqual([]);
    expect(formatScope(['read', 'write'])).toBe('read write');
  });

  it.each(['a"b', 'a\\b', 'a\tb', 'a\nb', 'é', 'a\0', '\u007F'])('refuses %j', (value) => {
    expect(parseScope(value)).toBeUndefined();
    expect(parseScope(`read ${value}`)).toBeUndefined();
  });

  it('compares to the letter', () => {
    expect(missingScopes(['read'], ['READ'])).toEqual(['READ']);
    expect(missingScopes(['read:all'], ['read'])).toEqual(['read']);
    expect(missingScopes(['read', 'write'], ['write'])).toEqual([]);
  });
});
