const STATUS = new Set(['grpc-status', 'grpc-message', 'grpc-status-details-bin']);

/**
 * A gRPC error can be an answer of a single HEADERS frame that has the trailers' fields ("Trailers-Only"), and clients take it
 * for one only if that frame ends the stream. Taken apart, it means the same however it is sent on.
 * @param raw names and values in turn
 */
export function splitTrailersOnly(raw: readonly string[]): { head: string[]; trailers: string[] } {
  const [head, trailers]: [string[], string[]] = [[], []];
  for (let i = 0; i < raw.length; i += 2) {
    (STATUS.has(raw[i]!) ? trailers : head).push(raw[i]!, raw[i + 1]!);
  }
  return { head, trailers };
}
