import { ALL_OF_TEMPLATES, TEMPLATES, URIS } from './uri-matching.js';
import { isResourceTemplate, isResourceUri } from './uri-readings.js';

describe('a URI of a resource', () => {
  it.each([
    'file:///srv/a.txt',
    'memo://Insights',
    'urn:isbn:0451450523',
    'note:///100%25',
    'https://example.com',
    'file:///.hidden/a..b/...',
    'db://host/a%2Fb?limit=1#top',
  ])('%s is one', (uri) => expect(isResourceUri(uri)).toBe(true));

  it.each([
    ['no URI', 'notes'],
    ['a scheme in upper case (RFC 3986 §6.2.2.1)', 'FILE:///a'],
    ['a space', 'file:///a b'],
    ['what is no ASCII (RFC 3986 §2)', 'file:///é'],
    ['a line break', 'file:///a\nb'],
    ['NUL, encoded', 'file:///a%00.txt'],
    ['a dot segment (RFC 3986 §3.3)', 'file:///a/../b'],
    ['a dot segment at the end', 'file:///a/..'],
    ['a dot segment before a query', 'file:///a/..?b'],
    ['one dot', 'file:///a/./b'],
    ['a dot segment, encoded', 'file:///a/%2e%2E/b'],
    ['a dot segment between encoded slashes', 'file:///a%2F..%2Fb'],
    ['a dot segment, encoded twice', 'file:///a%252F%252e%252e%252Fb'],
    ['a dot segment between backslashes', 'file:///a\\..\\b'],
    ['a dot segment with a parameter', 'file:///a/..;x/b'],
    ['a dot segment without an authority', 'note:../b'],
    ['a dot segment that an encoded tab divides (URL Standard §4.4)', 'file:///a/.%09./b'],
    ['a dot segment of overlong UTF-8 (RFC 3629 §3)', 'file:///a/%c0%ae%c0%ae/b'],
    ['a slash of overlong UTF-8', 'file:///a/..%e0%80%afb'],
    ['what is encoded too often', 'file:///%252525252525'],
    ['too much', `file:///${'x'.repeat(2_048)}`],
    ['a number', 1],
  ])('%s is none', (_, uri) => expect(isResourceUri(uri)).toBe(false));
});

describe('a template', () => {
  it.each(['file:///{path}', '{+uri}', 'db://host/{table}{?limit}'])('%s is one', (template) =>
    expect(isResourceTemplate(template)).toBe(true),
  );
  it.each(['file:///../{path}', 'file:///a b/{path}', 'file:///%2e%2e/{path}'])('%s is none', (template) =>
    expect(isResourceTemplate(template)).toBe(false),
  );
});

describe('a rule that restricts resources', () => {
  const isSecret = URIS.restricted(['file:///secret/*', 'db://host/users', 'https://api.example.com/keys/*']);

  it.each([
    'file:///secret/a',
    'file:///secret%2Fa',
    'file:///%73ecret/a',
    'file:///%2573ecret/a',
    'file:////secret//a',
    'file:///Secret/a',
    'file:///\\secret\\a',
    'file://localhost/secret/a',
    'db://host/users?limit=1',
    'db://host/users#x',
    'db://HOST/users',
    'https://api.example.com:443/keys/1',
    'https://API.example.com/keys/1',
    'file://elsewhere/secret/a',
    'file:%2F%2Flocalhost%2Fsecret%2Fa',
    'file:///sec%0Aret/a',
    'file:///secret;v=1/a',
    'https://me@api.example.com/keys/1',
    'https://me:word@api.example.com/keys/1',
    'https://a%2Fb@api.example.com/keys/1',
    'https://api.example.com./keys/1',
    'https://api.example.com.:443/keys/1',
    'db://me@host/users',
    'db://me@host/users?limit=1',
    'db://host/users/',
    'db://host/users;v=1',
  ])('is about %s, too: a server may read it so', (uri) => {
    expect(isResourceUri(uri)).toBe(true);
    expect(isSecret(uri)).toBe(true);
  });

  it.each([
    'file:///secrets',
    'file:///public/secret/a',
    'db://host/users/1',
    'https://example.com/keys/1',
    'https://example.com/?at=me@api.example.com/keys/1',
  ])('is not about %s', (uri) => expect(isSecret(uri)).toBe(false));
});

describe('a rule that gives resources', () => {
  const isPublic = URIS.given(['file:///public/*', 'db://host/users']);

  it.each(['file:///public/a', 'db://host/users'])('gives %s', (uri) => expect(isPublic(uri)).toBe(true));

  it.each([
    'file:///Public/a',
    'file://localhost/public/a',
    'file:///public%2Fa',
    'db://host/users?limit=1',
    'file:///secret/a',
  ])('does not give %s: not every server reads it so', (uri) => expect(isPublic(uri)).toBe(false));
});

describe('a template, by rules that name URIs', () => {
  it.each([
    ['file:///{path}', 'file:///secret/*', true, false],
    ['file:///secret/{path}', 'file:///secret/*', true, true],
    ['file:///secret/{path}', 'file:///*', true, true],
    ['file:///secret/{path}', '*', true, true],
    ['file:///secret/{path}', 'file:///secret/a', true, false],
    ['file:///other/{path}', 'file:///secret/*', false, false],
    ['file:///%73ecret/{path}', 'file:///secret/*', true, true],
    ['{+uri}', 'file:///secret/*', true, false],
    ['db://host/users{?limit}', 'db://host/users', true, false],
  ])('%s and %s: some of its resources %p, all of them %p', (template, pattern, some, all) => {
    expect(TEMPLATES.given([pattern])(template)).toBe(some);
    expect(TEMPLATES.restricted([pattern])(template)).toBe(all);
    expect(ALL_OF_TEMPLATES.given([pattern])(template)).toBe(all);
    expect(ALL_OF_TEMPLATES.restricted([pattern])(template)).toBe(some);
  });

  it.each([
    ['db://host/users?limit={n}', 'db://host/users'],
    ['db://host/users#{part}', 'db://host/users'],
    ['file://elsewhere/secret/{path}', 'file:///secret/*'],
    ['https://me@api.example.com/keys/{id}', 'https://api.example.com/keys/*'],
  ])('%s has nothing that %s does not restrict', (template, pattern) => {
    expect(TEMPLATES.restricted([pattern])(template)).toBe(true);
    expect(ALL_OF_TEMPLATES.restricted([pattern])(template)).toBe(true);
    expect(ALL_OF_TEMPLATES.given([pattern])(template)).toBe(false);
  });
});
