import { readRequestPath, withoutParameters } from './request-path.js';

describe('readRequestPath', () => {
  it.each([
    ['/', '/'],
    ['/demo/hello', '/demo/hello'],
    ['/demo/', '/demo/'],
    ['/.well-known/thing', '/.well-known/thing'],
    ['/%7Euser/%61', '/~user/a'],
    ['/a%c3%a4', '/a%C3%A4'],
    ['/a;v=1/b', '/a;v=1/b'],
    ['/%40me/a%3Ab/%21%24%26%27%28%29%2b%2C%3d', "/@me/a:b/!$&'()+,="],
  ])('RFC 3986 §6.2.2: reads %s as %s', (target, path) => {
    expect(readRequestPath(target)).toEqual({ path, query: '' });
  });

  it('leaves the query as it was sent', () => {
    expect(readRequestPath('/a?b=%2F&c=//')).toEqual({ path: '/a', query: '?b=%2F&c=//' });
  });

  it.each([
    '/demo/../admin',
    '/demo/./x',
    '/demo/%2e%2e/admin',
    '/a%2Fb',
    '/a%5Cb',
    '/a\\b',
    '/a%00',
    '/a%0a',
    '/a%252e',
    '//admin',
    '/demo//x',
    '/demo/..;/admin',
    '/;a/admin',
    '/%3b/admin',
    '/a b',
    '/%zz',
    '/é',
    'http://evil.example/a',
    '*',
    'evil.example:443',
    '/a#b',
  ])('refuses %s', (target) => {
    expect(readRequestPath(target)).toBeUndefined();
  });

  it('reads /api%2e%2e/ (CVE-2026-48020) as one name, for matching and forwarding alike', () => {
    expect(readRequestPath('/api%2e%2e/')).toEqual({ path: '/api../', query: '' });
  });

  it.each([
    ['/a;v=1/b;c', '/a/b'],
    ['/a%3Bv=1/', '/a/'],
  ])('RFC 3986 §3.3: %s without its parameters is %s', (path, plain) => {
    expect(withoutParameters(path)).toBe(plain);
  });
});
