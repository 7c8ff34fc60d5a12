import { DialectError } from '../dialect.js';

/** What the formats of images begin with, as base64. */
const BEGINNINGS: readonly (readonly [string, string])[] = [
  ['iVBORw0KGgo', 'image/png'],
  ['/9j/', 'image/jpeg'],
  ['R0lGOD', 'image/gif'],
  ['UklGR', 'image/webp'],
];

/** Ollama's callers send bytes alone. @throws DialectError where nobody would know what they are */
export function imageType(base64: string, at: string): string {
  const known = BEGINNINGS.find(([beginning]) => base64.startsWith(beginning));
  if (known) return known[1];
  throw DialectError.at(at, 'must be a PNG, JPEG, GIF or WebP image as base64');
}
