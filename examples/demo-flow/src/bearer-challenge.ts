/** The parameters of a `WWW-Authenticate: Bearer …` header (RFC 6750 §3); undefined for another scheme. */
export function bearerChallenge(header: string | undefined): Record<string, string> | undefined {
  const match = /^Bearer(?:\s+(.*))?$/i.exec(header ?? '');
  if (!match) return undefined;
  const parameters = [...(match[1] ?? '').matchAll(/([\w-]+)\s*=\s*(?:"((?:[^"\\]|\\.)*)"|([^\s,]+))/g)];
  return Object.fromEntries(parameters.map(([, name, quoted, bare]) => [name, quoted ?? bare ?? '']));
}
