import type { PathParameters } from './matched-request.js';
import { type RoutePath, withoutAnchor } from './path-definition.js';
import { literalBeginning, RegularExpression } from './regular-expression.js';

export type PathKind = 'exact' | 'prefix' | 'template' | 'regex';

/** A path of a route, taken apart. */
export interface PathPattern {
  readonly kind: PathKind;
  /** As it was written. */
  readonly text: string;
  /** The plain segments it begins with. */
  readonly beginning: readonly string[];
  /** The same as a path: what `strip_prefix` leaves out. */
  readonly prefix: string;
  /** Of a template, what follows them: plain segments, and undefined for each parameter. */
  readonly following: readonly (string | undefined)[];
  /** Of a regular expression, the plain text that its next segment begins with. */
  readonly partial: string;
  readonly expression: RegularExpression | undefined;
  /** What it catches of a path that it describes; undefined when it never catches anything. */
  readonly capture: ((path: string) => PathParameters) | undefined;
}

export function compilePath(path: RoutePath): PathPattern {
  if (typeof path === 'string') return plain('prefix', path);
  const { exact, prefix, template, regex } = path;
  if (exact !== undefined) return plain('exact', exact);
  if (prefix !== undefined) return plain('prefix', prefix);
  return template === undefined ? fromExpression(regex!) : fromTemplate(template);
}

function plain(kind: PathKind, text: string): PathPattern {
  const beginning = kind === 'prefix' && text === '/' ? [] : text.slice(1).split('/');
  return { ...EMPTY, kind, text, beginning, prefix: text };
}

function fromTemplate(text: string): PathPattern {
  const segments = text.slice(1).split('/');
  const names = segments.map((one) => (one.startsWith('{') ? one.slice(1, -1) : undefined));
  const first = names.findIndex((name) => name !== undefined);
  if (first < 0) return plain('exact', text);
  const beginning = segments.slice(0, first);
  return {
    ...EMPTY,
    kind: 'template',
    text,
    beginning,
    prefix: pathOf(beginning),
    following: segments
      .slice(first)
      .map((one, index) => (names[first + index] === undefined ? one : undefined)),
    capture: (path) => segmentsOf(path, names),
  };
}

function fromExpression(text: string): PathPattern {
  const source = withoutAnchor(text);
  const expression = RegularExpression.of(source);
  const segments = literalBeginning(source).slice(1).split('/');
  const beginning = segments.slice(0, -1);
  return {
    ...EMPTY,
    kind: 'regex',
    text,
    beginning,
    prefix: pathOf(beginning),
    partial: segments.at(-1)!,
    expression,
    capture: expression.names.length > 0 ? (path) => expression.groupsOf(path) : undefined,
  };
}

const EMPTY = { following: [], partial: '', expression: undefined, capture: undefined };

function pathOf(segments: readonly string[]): string {
  return `/${segments.join('/')}`;
}

function segmentsOf(path: string, names: readonly (string | undefined)[]): PathParameters {
  const parameters = Object.create(null) as Record<string, string>;
  const segments = path.split('/');
  names.forEach((name, index) => {
    if (name !== undefined) parameters[name] = segments[index + 1]!;
  });
  return parameters;
}
