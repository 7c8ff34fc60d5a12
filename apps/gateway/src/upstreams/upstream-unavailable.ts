import { Problem } from '@gatehouse/http';

/** The gateway itself refuses a call for its upstream's sake, without having sent it. */
export class UpstreamUnavailable extends Problem {
  /** @param fault what stands in the log @param retryAfter seconds */
  constructor(
    readonly fault: string,
    detail: string,
    retryAfter: number,
  ) {
    super(503, detail, { headers: { 'retry-after': String(Math.max(1, Math.ceil(retryAfter))) } });
  }
}
