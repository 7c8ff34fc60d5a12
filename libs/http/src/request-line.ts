import { type Logger, pino } from 'pino';

/** What the log tells of a request: no headers, and no query, which may hold codes and names of people. */
export interface RequestEntry {
  readonly reqId: string;
  readonly method: string;
  /** With or without its query, which is left out. */
  readonly url: string;
  readonly status: number;
  readonly ms: number;
  readonly ip: string;
}

const INFO = pino.levels.values.info!;

/**
 * Writes one line a request, as `logger.info(entry, 'request')` would but put together here: pino's general way takes
 * several times as long, above all to look for members to redact, of which there are none.
 */
export function requestLine(logger: Logger): (entry: RequestEntry) => void {
  const parts = logger as unknown as Record<symbol, unknown>;
  const bindings = parts[pino.symbols.chindingsSym] as string;
  const stream = parts[pino.symbols.streamSym] as { write(line: string): void };
  return ({ reqId, method, url, status, ms, ip }) => {
    if (logger.levelVal > INFO) return;
    const mark = url.indexOf('?');
    const path = quoted(mark < 0 ? url : url.slice(0, mark));
    stream.write(
      `{"level":"info","time":"${isoTime(Date.now())}"${bindings},"reqId":"${reqId}","method":"${method}",` +
        `"path":${path},"status":${status},"ms":${Math.round(ms * 10) / 10},"ip":${quoted(ip)},"msg":"request"}\n`,
    );
  };
}

/** Visible US-ASCII without quotes and backslashes: JSON takes it as it is, at a fraction of what `JSON.stringify` allocates. */
const PLAIN = /^[!#-[\]-~]*$/;

function quoted(text: string): string {
  return PLAIN.test(text) ? `"${text}"` : JSON.stringify(text);
}

let second = NaN;
let textOfSecond = '';

/** ISO 8601 in milliseconds; the part that stays for a second is kept for as long. */
export function isoTime(now: number): string {
  const milliseconds = now % 1000;
  if (now - milliseconds !== second) {
    second = now - milliseconds;
    textOfSecond = new Date(second).toISOString().slice(0, -4);
  }
  if (milliseconds < 10) return `${textOfSecond}00${milliseconds}Z`;
  return milliseconds < 100 ? `${textOfSecond}0${milliseconds}Z` : `${textOfSecond}${milliseconds}Z`;
}
