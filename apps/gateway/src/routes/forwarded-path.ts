import { Problem } from '@gatehouse/http';
import type { Call } from '../calls/call.js';
import { readRequestPath } from '../proxy/request-path.js';
import { PARAMETER, REST } from './path-definition.js';
import { RegularExpression } from './regular-expression.js';
import type { RewriteDefinition } from './rewrite-definition.js';

/** What of a call a path is made of. */
type Matched = Pick<Call, 'path' | 'prefix' | 'parameters'>;
type ForwardedPath = (call: Matched) => string;

/** How a route makes the upstream's path of the caller's. */
export function compileForwardedPath(definition: {
  readonly strip_prefix: boolean;
  readonly rewrite?: RewriteDefinition | undefined;
}): ForwardedPath {
  const { strip_prefix: stripPrefix, rewrite } = definition;
  if (rewrite === undefined) return stripPrefix ? withoutPrefix : ({ path }) => path;
  if (typeof rewrite === 'string') {
    const fill = compileTemplate(rewrite);
    return (call) => normalised(fill((name) => (name === REST ? restOf(call) : call.parameters[name]!)));
  }
  const expression = RegularExpression.of(rewrite.regex);
  const fill = compileTemplate(rewrite.replacement);
  return ({ path }) => {
    if (!expression.describes(path)) return path;
    const groups = expression.groupsOf(path);
    return normalised(fill((name) => groups[name]!));
  };
}

function withoutPrefix({ path, prefix }: Matched): string {
  if (prefix === '/') return path;
  const rest = path.slice(prefix.length);
  return rest.startsWith('/') ? rest : `/${rest}`;
}

/** What follows the matched beginning, without a slash before it. */
function restOf(call: Matched): string {
  return withoutPrefix(call).slice(1);
}

/** Taken apart once: texts and names in turn. */
function compileTemplate(template: string): (valueOf: (name: string) => string) => string {
  const parts = template.split(PARAMETER);
  return (valueOf) => parts.map((part, index) => (index % 2 === 0 ? part : valueOf(part))).join('');
}

/**
 * What is put together of parts must be a path that everybody reads alike, as what callers send: no part of it can lead out of
 * the upstream's base path, nor begin a query or another header.
 * @throws Problem 400
 */
function normalised(path: string): string {
  const target = readRequestPath(path);
  if (target && target.query === '' && !path.includes('?')) return target.path;
  throw new Problem(400, 'What this route makes of the path is no path that can be forwarded.');
}
