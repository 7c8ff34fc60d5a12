import { readReturnTo, safeReturnTo } from './return-to.js';

describe('return_to (RFC 9700 §4.11)', () => {
  it.each([
    '/',
    '/site',
    '/site/',
    '/a/b?c=d&e=%2F%2Fevil.example',
    '/~user/x;y',
    '/a?next=https://evil.example',
    '/.gatehouse/mcp/connect/tickets?for=x',
  ])('%s is kept', (path) => expect(readReturnTo(path)).toBe(path));

  it.each([
    undefined,
    ['/a', '/b'],
    '',
    'site',
    'https://evil.example/',
    '//evil.example',
    '///evil.example',
    '/\\evil.example',
    '/\t/evil.example',
    '/ /evil.example',
    '\t//evil.example',
    '/.//evil.example',
    '/..//evil.example',
    '/%2e%2e//evil.example',
    '/x/%2e%2e//evil.example',
    '/%2Fevil.example',
    '/%2fevil.example',
    '/%5cevil.example',
    '/a%0d%0aLocation:%20x',
    '/a%00',
    '/é',
    '/.gatehouse/login?return_to=/',
    '/.gatehouse',
    '/.gatehouse/mcp/connect/../../logout',
    '/.gatehouse/mcp/callback/tickets?code=x',
    `/${'a'.repeat(2_048)}`,
  ])('%j is refused', (path) => {
    expect(readReturnTo(path)).toBeUndefined();
    expect(safeReturnTo(path)).toBe('/');
  });
});
