import { shownUri } from '../resources/uri-readings.js';
import type { Target } from './target.js';

/** A server may have any number of tools, and make up new ones. */
const MAX_KNOWN = 500;

/** Remembers something that a server has. */
export function known({ server, kind, name }: Target): void {
  const names = server.known[kind];
  if (names.size < MAX_KNOWN) names.add(name);
}

/** What metrics and usage records call it: callers may ask for anything. */
export function label({ server, kind, name }: Target): string {
  const known = server.known[kind].has(name);
  if (kind === 'tool') return known ? name : 'other';
  return `${kind}:${known ? shown({ kind, name }) : 'other'}`;
}

/** What logs call it: of a URI neither query nor user, as of no other address. */
export function shown({ kind, name }: Pick<Target, 'kind' | 'name'>): string {
  return kind === 'resource' ? shownUri(name) : name;
}
