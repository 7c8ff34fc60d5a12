import { matchRedirectUri, redirectUriFault } from './redirect-uri.js';

describe('redirectUriFault', () => {
  it.each([
    'https://app.example/callback',
    'https://app.example:8443/callback?tenant=1',
    'http://localhost:3000/callback',
    'http://127.0.0.1/callback',
    'http://[::1]:5000/callback',
    'com.example.app:/oauth2redirect',
  ])('RFC 8252 §7, RFC 9700 §2.1: allows %s', (uri) => {
    expect(redirectUriFault(uri)).toBeUndefined();
  });

  it.each([
    ['a relative URI', '/callback'],
    ['a fragment (RFC 6749 §3.1.2)', 'https://app.example/callback#x'],
    ['an empty fragment', 'https://app.example/callback#'],
    ['a wildcard host (CVE-2023-6291)', 'https://*.example/callback'],
    ['a wildcard path (CVE-2022-3782)', 'https://app.example/*'],
    ['a user name (CVE-2024-8883)', 'http://localhost:80@evil.example/'],
    ['an empty user name', 'https://@evil.example/'],
    ['http on a public host', 'http://app.example/callback'],
    ['http on a host that only begins like loopback', 'http://localhost.evil.example/'],
    ['a backslash', 'https://app.example\\@evil.example/'],
    ['a tab', 'https://app.example/\tcallback'],
    ['a newline', 'https://app.example/call\nback'],
    ['a NUL', 'https://app.example/\u0000'],
    ['a homograph', 'https://аpp.example/callback'],
    ['a trailing period', 'https://app.example./callback'],
    ['javascript:', 'javascript:alert(1)'],
    ['data:', 'data:text/html,x'],
    ['a scheme without a period (RFC 8252 §7.1)', 'myapp:/callback'],
    ['file:', 'file:///etc/passwd'],
  ])('refuses %s', (_case, uri) => {
    expect(redirectUriFault(uri)).toEqual(expect.any(String));
  });
});

describe('matchRedirectUri', () => {
  const registered = ['https://app.example/callback', 'http://127.0.0.1/native', 'http://127.0.0.1/q?a=1'];

  it('RFC 9700 §4.1.3: matches to the letter', () => {
    expect(matchRedirectUri(registered, 'https://app.example/callback')).toBe('https://app.example/callback');
  });

  it('RFC 8252 §7.3: allows any port of a loopback address', () => {
    expect(matchRedirectUri(registered, 'http://127.0.0.1:51004/native')).toBe(
      'http://127.0.0.1:51004/native',
    );
  });

  it.each([
    'https://app.example/callback/',
    'https://app.example/callback?x=1',
    'https://APP.example/callback',
    'HTTPS://app.example/callback',
    'https://app.example:443/callback',
    'https://app.example/x/../callback',
    'https://app.example/callback%2F..',
    'https://app.example/Callback',
    'https://app.example.evil.example/callback',
    'https://app.example@evil.example/callback',
    'http://app.example/callback',
    'http://127.0.0.1:51004/native?x=1',
    'http://127.0.0.1:80@evil.example/native',
    'http://localhost:51004/native',
    // fosite CVE-2020-15233: the query of a loopback URI counts.
    'http://127.0.0.1:51004/q?a=2',
    'http://127.0.0.1:51004/q',
  ])('refuses %s', (requested) => {
    expect(matchRedirectUri(registered, requested)).toBeUndefined();
  });
});
