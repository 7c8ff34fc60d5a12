import { brokenOff } from '../calls/broken-off.js';
import { constants, type Http2Session, type ServerHttp2Stream } from 'node:http2';

/** Streams that a client may begin and reset within `WINDOW_MS`, and each time that it comes again after that. */
const RESETS_MAX = 200;
const WINDOW_MS = 10_000;

/**
 * Ends a session whose client begins streams only to reset them: each costs the gateway and its upstreams a call, and
 * the client nothing (HTTP/2 rapid reset, CVE-2023-44487; RFC 9113 §10.5).
 */
export function boundResets(session: Http2Session): void {
  let resets = 0;
  let since = performance.now();
  session.on('stream', (stream: ServerHttp2Stream) => {
    stream.once('close', () => {
      // Before its answer was sent; by whom does not matter: a client can make this server reset (CVE-2025-8671).
      if (!stream.aborted || brokenOff.has(stream)) return;
      const now = performance.now();
      if (now - since > WINDOW_MS) [resets, since] = [0, now];
      if (++resets <= RESETS_MAX || session.destroyed) return;
      session.goaway(constants.NGHTTP2_ENHANCE_YOUR_CALM);
      // What is left of it would still be worked on.
      setImmediate(() => session.destroy());
    });
  });
}
