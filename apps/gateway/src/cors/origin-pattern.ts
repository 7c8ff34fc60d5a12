import { z } from 'zod';

/** Any origin. */
export const ANY_ORIGIN = '*';

const LABEL = '[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?';
/** The wildcard stands for whole labels, and before a name with a dot in it: `*.com` would be half of the web. */
const WILD_HOST = new RegExp(`^\\*((?:\\.${LABEL}){2,})$`);
const PATTERN = /^([a-z][a-z0-9+.-]{0,31}):\/\/([^/:[\]]+|\[[0-9a-f:.]+\])(?::(\*|\d{1,5}))?$/;

const MESSAGE =
  'must be *, an origin as browsers send it (https://app.example.com, no path, in lower case, no default port), or one ' +
  'with a wildcard for whole labels before a name of two or more (https://*.example.com) or for the port (http://localhost:*)';

/** An origin (RFC 6454 §6.2), or a pattern of origins. */
export const originPattern = z.string().max(300).refine(isPattern, MESSAGE);

function isPattern(text: string): boolean {
  if (text === ANY_ORIGIN) return true;
  const parts = PATTERN.exec(text);
  if (!parts) return false;
  const [, scheme, host, port] = parts;
  if (host!.includes('*') && !WILD_HOST.test(host!)) return false;
  const plain = `${scheme}://${host!.replace('*', 'any')}${port === undefined || port === '*' ? '' : `:${port}`}`;
  if (!URL.canParse(plain)) return false;
  const { origin } = new URL(plain);
  // Schemes of apps (capacitor://localhost) have no origin in the eyes of URL; browsers send what stands here.
  return origin === plain || (origin === 'null' && scheme !== 'file' && scheme !== 'data');
}

/** A test for these patterns. Exact ones are looked up; a pattern is anchored at both ends, and matches whole labels. */
export function originTest(patterns: readonly string[]): (origin: string) => boolean {
  const exact = new Set(patterns.filter((one) => !one.includes('*')));
  const wild = patterns.filter((one) => one.includes('*') && one !== ANY_ORIGIN).map(expressionOf);
  if (wild.length === 0) return (origin) => exact.has(origin);
  return (origin) =>
    exact.has(origin) || (origin.length <= MAX_ORIGIN && wild.some((one) => one.test(origin)));
}

const MAX_ORIGIN = 300;

function expressionOf(pattern: string): RegExp {
  const source = pattern
    .replace(/[.+?^${}()|[\]\\]/g, '\\$&')
    .replace('://*', `://${LABEL}(?:\\.${LABEL})*`)
    .replace(/:\*$/, ':[0-9]{1,5}');
  return new RegExp(`^${source}$`);
}
