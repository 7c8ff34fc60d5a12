import { isLoopback, matchRedirectUri, redirectUriFault } from './redirect-uri.js';

describe('registering a redirect URI', () => {
  it.each([
    'https://app.example/callback',
    'https://app.example/callback?tenant=1',
    'https://app.example:8443/',
    'https://app.example',
    'http://127.0.0.1/callback',
    'http://127.0.0.1:3000/callback',
    'http://[::1]:3000/callback',
    'http://localhost:3000/callback',
    'com.example.app:/callback',
    'com.example.app://callback',
    'https://xn--pple-43d.example/',
    'https://app.example/a%20b',
  ])('RFC 8252 §7: %s may be', (uri) => expect(redirectUriFault(uri)).toBeUndefined());

  it.each([
    ['plain http', 'http://app.example/callback'],
    ['http to another host that looks like loopback', 'http://127.0.0.1.evil.example/'],
    ['http to localhost of a domain', 'http://localhost.evil.example/'],
    ['userinfo as a disguise (CVE-2024-8883)', 'http://localhost:80@evil.example/'],
    ['userinfo', 'https://user@app.example/'],
    ['empty userinfo', 'https://@app.example/'],
    ['empty userinfo with a colon', 'https://:@app.example/'],
    ['a password', 'https://user:pass@app.example/'],
    ['a wildcard host (CVE-2026-12985)', 'https://*.example/'],
    ['a wildcard path (CVE-2022-3782)', 'https://app.example/*'],
    ['a fragment (RFC 6749 §3.1.2)', 'https://app.example/#x'],
    ['an empty fragment', 'https://app.example/#'],
    ['javascript:', 'javascript:alert(1)'],
    ['JavaScript: in capitals (CVE-2023-6134)', 'JaVaScRiPt:alert(1)'],
    ['javascript: with a dot', 'javascript:alert(1).x'],
    ['data:', 'data:text/html,<script>'],
    ['vbscript:', 'vbscript:x'],
    ['file:', 'file:///etc/passwd'],
    ['blob:', 'blob:https://app.example/x'],
    ['about:', 'about:blank'],
    ['view-source:', 'view-source:https://app.example/'],
    ['ws:', 'ws://app.example/'],
    ['a private-use scheme without a period (RFC 8252 §7.1)', 'myapp://callback'],
    ['a backslash', 'https://app.example\\@evil.example/'],
    ['a tab', 'https://app.example/\tcb'],
    ['a tab in the scheme', 'java\tscript:alert(1)'],
    ['a newline', 'https://app.example/\ncb'],
    ['a leading space', ' https://app.example/'],
    ['a trailing space', 'https://app.example/ '],
    ['a NUL', 'https://app.example/\0'],
    ['a NUL in the host, encoded', 'https://app.example%00.evil.example/'],
    ['an IDN homograph', 'https://аpp.example/'],
    ['a full-width dot', 'https://app。example/'],
    ['a host with a trailing dot', 'https://app.example./'],
    ['a relative reference', '/callback'],
    ['a scheme-relative reference', '//app.example/callback'],
    ['no host', 'https://'],
    ['nothing', ''],
  ])('refuses %s', (_name, uri) => expect(redirectUriFault(uri)).toEqual(expect.any(String)));
});

describe('matching a redirect URI (RFC 9700 §4.1.3)', () => {
  const registered = [
    'https://app.example/callback',
    'https://app.example/tenant?id=1',
    'http://127.0.0.1/native?flow=a',
    'http://[::1]:8000/native',
    'com.example.app:/callback',
  ];

  it.each(registered)('%s matches itself', (uri) => expect(matchRedirectUri(registered, uri)).toBe(uri));

  it.each([
    ['another path', 'https://app.example/callback2'],
    ['a path below', 'https://app.example/callback/x'],
    ['a path above', 'https://app.example/'],
    ['a trailing slash', 'https://app.example/callback/'],
    ['dot segments (CVE-2024-1132)', 'https://app.example/callback/../evil'],
    ['dot segments that come back', 'https://app.example/x/../callback'],
    ['encoded dot segments', 'https://app.example/callback/%2e%2e/evil'],
    ['double encoding (CVE-2022-3782)', 'https://app.example/callback%252f..%252fevil'],
    ['an encoded letter', 'https://app.example/c%61llback'],
    ['a query', 'https://app.example/callback?x=1'],
    ['an empty query', 'https://app.example/callback?'],
    ['a query of another order or value', 'https://app.example/tenant?id=2'],
    ['the query left out', 'https://app.example/tenant'],
    ['a parameter twice (CVE-2026-9689)', 'https://app.example/tenant?id=1&id=1'],
    ['a fragment', 'https://app.example/callback#x'],
    ['http for https', 'http://app.example/callback'],
    ['capitals in the scheme', 'HTTPS://app.example/callback'],
    ['capitals in the host', 'https://APP.example/callback'],
    ['capitals in the path', 'https://app.example/Callback'],
    ['the default port', 'https://app.example:443/callback'],
    ['another port', 'https://app.example:8443/callback'],
    ['a trailing dot in the host', 'https://app.example./callback'],
    ['userinfo', 'https://x@app.example/callback'],
    ['the registered host as userinfo (CVE-2024-8883)', 'https://app.example@evil.example/callback'],
    ['the registered host and a port as userinfo', 'https://app.example:80@evil.example/callback'],
    ['a suffix of the host', 'https://app.example.evil.example/callback'],
    ['a prefix of the host', 'https://evil-app.example/callback'],
    ['a backslash', 'https://app.example\\@evil.example/callback'],
    ['a backslash in the path', 'https://app.example\\callback'],
    ['a NUL at the end', 'https://app.example/callback\0'],
    ['an encoded NUL', 'https://app.example/callback%00'],
    ['a tab', 'https://app.example/call\tback'],
    ['a newline', 'https://app.example/callback\n'],
    ['a space in front', ' https://app.example/callback'],
    ['a homograph', 'https://аpp.example/callback'],
    ['javascript:', 'javascript:alert(1)'],
    ['a regular expression', 'https://app.example/.*'],
    ['a glob', 'https://app.example/*'],
    ['another private-use path', 'com.example.app:/callback2'],
    ['another private-use scheme', 'com.example.app2:/callback'],
    ['nothing', ''],
  ])('does not match %s', (_name, uri) => expect(matchRedirectUri(registered, uri)).toBeUndefined());

  describe('loopback (RFC 8252 §7.3)', () => {
    it.each([
      'http://127.0.0.1:51004/native?flow=a',
      'http://127.0.0.1:1/native?flow=a',
      'http://[::1]:51004/native',
      'http://[::1]/native',
    ])('%s matches: any port', (uri) => expect(matchRedirectUri(registered, uri)).toBe(uri));

    it.each([
      ['another query (CVE-2020-15233)', 'http://127.0.0.1:51004/native?flow=b'],
      ['no query', 'http://127.0.0.1:51004/native'],
      ['more query', 'http://127.0.0.1:51004/native?flow=a&x=1'],
      ['another path', 'http://127.0.0.1:51004/other?flow=a'],
      ['another loopback host', 'http://localhost:51004/native?flow=a'],
      ['another loopback address', 'http://127.0.0.2:51004/native?flow=a'],
      ['an address written otherwise', 'http://2130706433:51004/native?flow=a'],
      ['a short address', 'http://127.1:51004/native?flow=a'],
      ['a hexadecimal address', 'http://0x7f000001:51004/native?flow=a'],
      ['https', 'https://127.0.0.1:51004/native?flow=a'],
      ['a port as userinfo', 'http://127.0.0.1:51004@evil.example/native?flow=a'],
      ['userinfo before it', 'http://evil@127.0.0.1:51004/native?flow=a'],
      ['a longer host', 'http://127.0.0.1.evil.example:51004/native?flow=a'],
      ['a port that is none', 'http://127.0.0.1:99999/native?flow=a'],
      ['a port with letters', 'http://127.0.0.1:80a/native?flow=a'],
      ['an empty port', 'http://127.0.0.1:/native?flow=a'],
      ['a fragment', 'http://127.0.0.1:51004/native?flow=a#x'],
      ['a backslash', 'http://127.0.0.1:51004\\@evil.example/native?flow=a'],
      ['a longer IPv6 address', 'http://[::1:1]:51004/native'],
      ['0.0.0.0', 'http://0.0.0.0:51004/native?flow=a'],
    ])('does not match %s', (_name, uri) => expect(matchRedirectUri(registered, uri)).toBeUndefined());

    it('is no rule for a port of another host', () => {
      expect(matchRedirectUri(['https://localhost/cb'], 'https://localhost:8443/cb')).toBeUndefined();
    });
  });

  it.each<[string, boolean]>([
    ['http://127.0.0.1:3000/', true],
    ['http://[::1]/', true],
    ['http://localhost/', true],
    ['https://localhost/', false],
    ['http://127.0.0.2/', false],
    ['http://localhost.evil.example/', false],
  ])('%s is loopback: %s', (uri, expected) => expect(isLoopback(new URL(uri))).toBe(expected));
});
