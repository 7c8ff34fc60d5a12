/** The methods of RFC 9110 and RFC 5789 and QUERY; whatever else a caller makes up is one. */
const METHODS = new Set(['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS', 'QUERY']);

/** The method as usage records and metrics call it: of a bounded set. */
export function methodLabel(method: string): string {
  return METHODS.has(method) ? method : 'other';
}
