import { once } from 'node:events';
import { connect, type Socket } from 'node:net';

const CRLF = '\r\n';

/** A form to post to `/oauth2/token`. */
export interface Shot {
  readonly form: Readonly<Record<string, string>>;
  readonly headers: Readonly<Record<string, string>>;
}

export interface Hit {
  readonly status: number;
  readonly body: Record<string, unknown>;
}

/**
 * Sends requests so that they arrive as nearly at once as can be: each has a connection of its own, on which all but
 * the last byte is sent; when all have come so far, the last bytes go out together. That is the start barrier.
 * @param origins the servers, by turns
 */
export async function volley(origins: readonly string[], shots: readonly Shot[]): Promise<Hit[]> {
  const ready = await Promise.all(
    shots.map(async (shot, index) => {
      const url = new URL(origins[index % origins.length]!);
      const text = write(shot, url.host);
      const socket = connect(Number(url.port), url.hostname);
      await once(socket, 'connect');
      socket.setNoDelay(true);
      await new Promise<void>((resolve) => socket.write(text.slice(0, -1), () => resolve()));
      return { socket, last: text.slice(-1), answer: read(socket) };
    }),
  );
  for (const { socket, last } of ready) socket.write(last);
  return Promise.all(ready.map(({ answer }) => answer));
}

function write({ form, headers }: Shot, host: string): string {
  const body = new URLSearchParams(form).toString();
  const head = {
    host,
    connection: 'close',
    'content-type': 'application/x-www-form-urlencoded',
    'content-length': String(body.length),
    ...headers,
  };
  const lines = Object.entries(head).map(([name, value]) => `${name}: ${value}`);
  return ['POST /oauth2/token HTTP/1.1', ...lines, '', body].join(CRLF);
}

async function read(socket: Socket): Promise<Hit> {
  let text = '';
  for await (const part of socket.setEncoding('utf8')) text += part as string;
  const status = Number(/^HTTP\/1\.1 (\d{3})/.exec(text)?.[1]);
  const body = text.slice(text.indexOf('{'), text.lastIndexOf('}') + 1);
  return { status, body: JSON.parse(body) as Record<string, unknown> };
}
