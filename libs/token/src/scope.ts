/** RFC 6749 §3.3: one or more visible ASCII characters but `"` and `\`. */
const SCOPE_TOKEN = /^[\x21\x23-\x5B\x5D-\x7E]+$/;

/** The tokens of a `scope` value, each once, in their order; undefined when one of them is malformed. */
export function parseScope(value: string): string[] | undefined {
  const tokens = [...new Set(value.split(' ').filter(Boolean))];
  return tokens.every((token) => SCOPE_TOKEN.test(token)) ? tokens : undefined;
}

/** The `scope` value of some tokens. */
export function formatScope(scopes: readonly string[]): string {
  return scopes.join(' ');
}

/** Those of `required` that are not among `granted`. */
export function missingScopes(granted: readonly string[], required: readonly string[]): string[] {
  return required.filter((scope) => !granted.includes(scope));
}
