import { once } from 'node:events';
import { createServer, type IncomingHttpHeaders, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

/** A request as a provider got it. */
export interface ProviderRequest {
  readonly method: string;
  readonly path: string;
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
  readonly bytes: Buffer;
  /** The body as JSON. */
  readonly json: Record<string, unknown>;
}

export type ProviderAnswer = (request: ProviderRequest, response: ServerResponse) => unknown;

/** A real HTTP server in the place of a provider: what it answers is said by each test. */
export interface ProviderServer {
  readonly url: string;
  readonly requests: ProviderRequest[];
  /** Of the answers, how many were broken off by the other side. */
  readonly aborted: number;
  answer: ProviderAnswer;
  /** Forgets what it got, and answers so from now on. */
  reset(answer: ProviderAnswer): void;
  stop(): Promise<void>;
}

export async function startProvider(
  answer: ProviderAnswer = (_, response) => response.end(),
): Promise<ProviderServer> {
  const requests: ProviderRequest[] = [];
  const server = createServer((request, response) => {
    response.on('close', () => {
      if (!response.writableFinished) provider.aborted++;
    });
    void bytesOf(request).then((bytes) => {
      const body = bytes.toString();
      const { method, url, headers } = request;
      const got = {
        method: method!,
        path: url!,
        headers,
        body,
        bytes,
        get json() {
          return JSON.parse(body) as Record<string, unknown>;
        },
      };
      requests.push(got);
      provider.answer(got, response);
    });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const provider = {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    requests,
    aborted: 0,
    answer,
    reset(next: ProviderAnswer) {
      requests.length = 0;
      provider.aborted = 0;
      provider.answer = next;
    },
    async stop() {
      server.closeAllConnections();
      await new Promise((done) => server.close(done));
    },
  };
  return provider;
}

async function bytesOf(request: IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = [];
  for await (const chunk of request as AsyncIterable<Buffer>) chunks.push(chunk);
  return Buffer.concat(chunks);
}

export function json(body: unknown, status = 200, headers: Record<string, string> = {}): ProviderAnswer {
  return (_, response) => {
    response.writeHead(status, { 'content-type': 'application/json', ...headers });
    response.end(typeof body === 'string' ? body : JSON.stringify(body));
  };
}

/** A stream of these very bytes, in pieces of a size. */
export function stream(text: string, pieceBytes = Infinity): ProviderAnswer {
  return async (_, response) => {
    response.writeHead(200, { 'content-type': 'text/event-stream' });
    const bytes = Buffer.from(text);
    for (let at = 0; at < bytes.length; at += pieceBytes) {
      response.write(bytes.subarray(at, at + pieceBytes));
      if (pieceBytes !== Infinity) await new Promise((done) => setImmediate(done));
    }
    response.end();
  };
}
