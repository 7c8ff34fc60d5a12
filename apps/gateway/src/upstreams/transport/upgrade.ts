import http, { type IncomingMessage } from 'node:http';
import type { Socket } from 'node:net';
import { errors } from 'undici';
import type { NotSwitched, Switched } from '../upstream.js';
import type { Connector } from './connector.js';

export interface UpgradeOnWire {
  /** Names and values in turn, `host` among them. */
  readonly headers: readonly string[];
  readonly path: string;
  readonly protocol: string;
  readonly signal: AbortSignal | undefined;
}

const ALPN = ['http/1.1'];
const MAX_HEAD_BYTES = 65_536;

/** Asks for another protocol on a connection of its own. Only a 101 is one (Envoy CVE-2024-23326). */
export function requestUpgrade(
  connector: Connector,
  { headers, path, protocol, signal }: UpgradeOnWire,
  headTimeoutMs: number,
): Promise<Switched | NotSwitched> {
  return new Promise((resolve, reject) => {
    const request = http.request({
      path,
      headers: [...headers, 'connection', 'Upgrade', 'upgrade', protocol],
      signal,
      maxHeaderSize: MAX_HEAD_BYTES,
      createConnection: (_, connected) => {
        connector.connect(ALPN, connected as (error: Error | null, socket: Socket | null) => void);
        return undefined;
      },
    } as http.RequestOptions);
    const timer = setTimeout(() => request.destroy(new errors.HeadersTimeoutError()), headTimeoutMs);
    const answered = (answer: Switched | NotSwitched) => {
      clearTimeout(timer);
      resolve(answer);
    };
    request.on('upgrade', (response, socket, head) => {
      const { statusCode: status, rawHeaders } = response;
      if (status === 101) return answered({ status, headers: rawHeaders, socket, head });
      socket.destroy();
      reject(new errors.SocketError(`an upgrade with status ${status}`));
    });
    request.on('response', (response: IncomingMessage) => {
      const { statusCode, rawHeaders } = response;
      answered({ status: statusCode!, headers: rawHeaders, socket: undefined, body: response });
    });
    request.on('error', (error) => {
      clearTimeout(timer);
      reject(error);
    });
    request.end();
  });
}
