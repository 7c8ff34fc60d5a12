import type { ProviderHead } from '../answers/answer-reader.js';

/** How long a provider wants to be left alone (RFC 9110 §10.2.3), in milliseconds. */
export function retryAfterMs(headers: ProviderHead['headers'], now = Date.now()): number | undefined {
  const precise = Number(headers.get('retry-after-ms') ?? NaN);
  if (precise >= 0) return precise;
  const value = headers.get('retry-after');
  if (value === undefined) return undefined;
  if (/^\d+(?:\.\d+)?$/.test(value)) return Number(value) * 1_000;
  const date = Date.parse(value);
  return Number.isNaN(date) ? undefined : Math.max(0, date - now);
}
