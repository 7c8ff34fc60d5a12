import type { Duplex } from 'node:stream';
import type { Socket } from 'node:net';
import { Problem } from '@gatehouse/http';
import type { Call, CallerConnection } from '../calls/call.js';
import { HeaderList } from '../calls/header-list.js';
import type { Switched, Upstream } from '../upstreams/upstream.js';
import { answerHeaders } from './forwarded-headers.js';
import { sendAnswer } from './send-answer.js';
import { upstreamProblem } from './upstream-problem.js';

/** How many connections are WebSockets, and how long they may be silent. */
export interface TunnelLimits {
  /** At once, of this process. */
  readonly max: number;
  /** Milliseconds; 0: for ever. */
  readonly idleMs: number;
}

const OUR_REASON = new Error('the other end has gone');

/** Joins callers and upstreams who have agreed on WebSocket (RFC 6455): bytes go both ways, unread. */
export class Tunnels {
  private open = 0;

  constructor(private readonly limits: TunnelLimits) {}

  /** Asks the upstream; an answer other than 101 goes to the caller like any other. */
  begin(call: Call, upstream: Upstream, path: string, headers: string[]): void {
    if (this.open >= this.limits.max) {
      const options = { headers: { 'retry-after': '5' } };
      return call.refuse(new Problem(503, 'The gateway has as many WebSockets as it takes.', options));
    }
    this.open++;
    call.atEnd(() => this.open--);
    const abort = new AbortController();
    call.pending = { abandon: () => abort.abort(OUR_REASON) };
    upstream
      .upgrade({ call, path, headers, protocol: 'websocket', signal: abort.signal })
      .then(
        (answer) => {
          call.upstreamHeadAt = performance.now();
          if (answer.socket) return this.join(call, call.upgrade!, answer);
          const passed = new HeaderList(answerHeaders(answer.headers));
          return sendAnswer(call, { status: answer.status, headers: passed, body: answer.body });
        },
        (error: Error) => {
          if (!call.gone) call.refuse(upstreamProblem(call, error));
        },
      )
      .catch((error: unknown) => call.refuse(error));
  }

  private join(call: Call, caller: CallerConnection, answer: Switched): void {
    const upstream = answer.socket;
    if (call.gone) return void upstream.destroy();
    call.status = answer.status;
    call.response.writeHead(101, [
      ...['connection', 'upgrade', 'upgrade', 'websocket'],
      ...answerHeaders(answer.headers),
      ...['x-request-id', call.id],
      ...call.answerHeaders.pairs,
    ]);
    call.response.flushHeaders();
    if (caller.head.length > 0) upstream.write(caller.head);
    if (answer.head.length > 0) caller.socket.write(answer.head);
    countBytes(call, caller.socket as Socket);
    tie(caller.socket, upstream, this.limits.idleMs);
    tie(upstream, caller.socket, this.limits.idleMs);
  }
}

function countBytes(call: Call, socket: Socket): void {
  const [read, written] = [socket.bytesRead, socket.bytesWritten];
  call.atEnd(() => {
    call.bytesIn += socket.bytesRead - read;
    call.bytesOut += socket.bytesWritten - written;
  });
}

/** What one end says reaches the other; when one has gone, so has the other. */
function tie(from: Duplex, to: Duplex, idleMs: number): void {
  from.pipe(to);
  from.on('error', () => to.destroy());
  from.once('close', () => to.destroy());
  if (idleMs > 0) (from as Socket).setTimeout(idleMs, () => from.destroy());
}
