import { LRUCache } from 'lru-cache';

/** Of a URI: it has to fit into a header field. */
const MAX_URI = 2_048;
/** How often what is encoded may be encoded again. */
const MAX_DECODES = 4;

/** RFC 3986 §2, §3.1; the scheme in lower case (§6.2.2.1). */
const URI = /^[a-z][a-z0-9+.-]*:[\x21-\x7E]+$/;
const TEMPLATE = /^[\x21-\x7E]+$/;
/** RFC 3986 §3.3: what stands for another place than it says. */
const DOT_SEGMENT = /(?:^|[/:])\.\.?(?=$|[/?#;])/;

/** RFC 3629 §3: longer than it may be, which says `.` or `/` to readers that do not look. */
const OVERLONG = /[\xC0\xC1][\x80-\xBF]|\xE0[\x80-\x9F]/;
const AUTHORITY = /^([a-z][a-z0-9+.-]*:)[\\/]{2}([^\\/?#]*)/i;

/** How servers may understand a URI. */
interface Readings {
  readonly whole: readonly string[];
  /** Where a server passes over a part of it. */
  readonly loose: readonly string[];
}

/** All rules of a server are held against one URI after the other. */
const seen = new LRUCache<string, Readings>({ max: 500 });

/** Whether it is a URI in the one form that rules can be held against: whoever resolves it finds no other place. */
export function isResourceUri(uri: unknown): uri is string {
  return typeof uri === 'string' && URI.test(uri) && isPlain(uri);
}

/** Whether its resources have such URIs, as far as it says them itself (RFC 6570). */
export function isResourceTemplate(template: unknown): template is string {
  return typeof template === 'string' && TEMPLATE.test(template) && isPlain(template);
}

/**
 * How servers may understand a URI, or the beginning of one: with what is encoded decoded, slashes of either kind as one,
 * in upper or lower case (RFC 3986 §6.2), and as the URL Standard resolves it (`file://localhost/a` is `file:///a`).
 */
export function readingsOf(uri: string): readonly string[] {
  return bothOf(uri).whole;
}

/**
 * How servers may understand it that look at the path, and at not much else: without query and fragment, the user
 * (RFC 3986 §3.2.1), the host of a file (RFC 8089 §2), the root's dot after a host, parameters of a segment (RFC 3986 §3.3),
 * and a slash at the end.
 */
export function looseReadingsOf(uri: string): readonly string[] {
  return bothOf(uri).loose;
}

/** Without query and fragment, which say nothing to many servers. */
function withoutQuery(uri: string): string {
  return uri.split(/[?#]/, 1)[0]!;
}

/** What of a URI logs may have: secrets stand in its query, or with its user (RFC 3986 §3.2.1, §7.5). */
export function shownUri(uri: string): string {
  return withoutQuery(uri).replace(/^([^\\/]*:[\\/]{2})[^\\/]*@/, '$1');
}

function isPlain(uri: string): boolean {
  const text = uri.length > MAX_URI ? undefined : decoded(uri);
  return (
    text !== undefined && !text.includes('\0') && !OVERLONG.test(text) && !DOT_SEGMENT.test(withSlashes(text))
  );
}

function bothOf(uri: string): Readings {
  let found = seen.get(uri);
  if (!found) {
    const said = [uri, decoded(uri) ?? uri];
    const all = [...said, ...said.filter((one) => URL.canParse(one)).map((one) => new URL(one).href)];
    found = { whole: distinct(all), loose: distinct(all.flatMap(loosened)) };
    seen.set(uri, found);
  }
  return found;
}

function distinct(uris: readonly string[]): readonly string[] {
  return [...new Set(uris.map(settled))];
}

function loosened(uri: string): string[] {
  const plain = uri.replace(AUTHORITY, (_, scheme: string, authority: string) => {
    return `${scheme}//${scheme.toLowerCase() === 'file:' ? '' : hostIn(authority)}`;
  });
  const path = withoutQuery(plain);
  const bare = path.replace(/;[^\\/]*/g, '');
  return [bare + plain.slice(path.length), path, bare, bare.replace(/[\\/]+$/, '')];
}

function hostIn(authority: string): string {
  return authority.slice(authority.lastIndexOf('@') + 1).replace(/\.(?=$|:\d*$)/, '');
}

function settled(uri: string): string {
  return withSlashes(decoded(uri) ?? uri).toLowerCase();
}

function withSlashes(text: string): string {
  return text.replace(/[\\/]+/g, '/');
}

/** Without what the URL Standard leaves out (§4.4: tabs and newlines). @returns undefined where it is encoded too often */
function decoded(uri: string): string | undefined {
  let text = uri;
  for (let round = 0; round <= MAX_DECODES; round++) {
    const next = text.replace(/%([0-9a-f]{2})/gi, (_, hex: string) =>
      String.fromCharCode(Number.parseInt(hex, 16)),
    );
    if (next === text) return text.replace(/[\t\n\r]/g, '');
    text = next;
  }
  return undefined;
}
