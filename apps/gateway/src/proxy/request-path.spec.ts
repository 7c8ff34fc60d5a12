import { readRequestPath } from './request-path.js';

describe('the path of a request (RFC 3986 §6.2.2)', () => {
  it.each([
    ['/', '/', ''],
    ['/demo', '/demo', ''],
    ['/demo/', '/demo/', ''],
    ['/demo/a.b/c?x=%2F..%2f', '/demo/a.b/c', '?x=%2F..%2f'],
    ['/d%65mo/%7Euser', '/demo/~user', ''],
    ['/caf%c3%a9', '/caf%C3%A9', ''],
    ['/a;v=1/b', '/a;v=1/b', ''],
    ['/.well-known/x', '/.well-known/x', ''],
    ['/a/...', '/a/...', ''],
    ['/a?', '/a', '?'],
  ])('%s is the path %s', (target, path, query) => {
    expect(readRequestPath(target)).toEqual({ path, query });
  });

  it.each([
    ['encoded slash (CVE-2025-66490)', '/demo%2fadmin'],
    ['encoded dot segments (CVE-2026-48020)', '/api/%2e%2e/'],
    ['dot segments', '/demo/../site'],
    ['half-encoded dot segment', '/demo/.%2E/site'],
    ['one dot', '/demo/./x'],
    ['dot segment at the end', '/demo/..'],
    ['double slash (CVE-2026-26205)', '//admin'],
    ['double slash inside', '/a//b'],
    ['path parameter on dots', '/demo/..;/site'],
    ['encoded path parameter on dots', '/demo/..%3b/site'],
    ['encoded percent (double encoding)', '/demo/%252e%252e/site'],
    ['NUL', '/site%00'],
    ['line feed', '/site%0a'],
    ['backslash', '/demo\\..\\site'],
    ['encoded backslash', '/demo%5c..%5csite'],
    ['over-long UTF-8', '/demo/%c0%ae%c0%ae/site'],
    ['over-long slash', '/demo%c0%afsite'],
    ['a broken UTF-8 sequence', '/demo/%ff'],
    ['a broken percent encoding', '/demo/%2'],
    ['a raw byte', '/caf\u00e9'],
    ['absolute form', 'http://other.example/demo'],
    ['authority form', 'other.example:443'],
    ['asterisk form', '*'],
    ['nothing', ''],
    ['a fragment', '/demo#x'],
    ['a fragment in the query', '/demo?a#b'],
    ['a space in the query', '/demo?a b'],
  ])('refuses %s', (_, target) => {
    expect(readRequestPath(target)).toBeUndefined();
  });

  it('takes time in proportion to the length', () => {
    const begin = process.hrtime.bigint();
    readRequestPath(`/${'a/'.repeat(4_000)}%`);
    readRequestPath(`/${'.a'.repeat(8_000)}\u0000`);
    expect(Number(process.hrtime.bigint() - begin) / 1e6).toBeLessThan(100);
  });
});
