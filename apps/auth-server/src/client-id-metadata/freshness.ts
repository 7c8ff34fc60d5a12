const LEAST_S = 60;
const MOST_S = 86_400;
const DEFAULT_S = 300;

/** For how many seconds a document is kept, by its Cache-Control (RFC 9111 §5.2.2): between a minute and a day. */
export function freshnessOf(cacheControl: string | undefined): number {
  const directives = (cacheControl ?? '').toLowerCase();
  if (/(^|[\s,])no-(store|cache)\b/.test(directives)) return LEAST_S;
  const age = /(?:^|[\s,])max-age=(\d{1,9})\b/.exec(directives)?.[1];
  return age === undefined ? DEFAULT_S : Math.min(MOST_S, Math.max(LEAST_S, Number(age)));
}
