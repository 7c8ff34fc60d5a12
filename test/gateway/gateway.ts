import http from 'node:http';
import net, { type AddressInfo } from 'node:net';
import { parseDemo, type Demo } from '../../examples/demo-flow/src/demo-file.js';
import { type RunningGatehouse, startGatehouse } from '../support/gatehouse.js';
import type { ProgramEnv } from '../support/app.js';

/** A gateway with its auth-server, and what a test of it needs at hand. */
export interface GatewayUnderTest {
  readonly gatehouse: RunningGatehouse;
  readonly demo: Demo;
  readonly url: string;
  /** An access token by client_credentials. */
  token(client: { client_id: string; client_secret: string }, scope: string): Promise<string>;
  /** Calls the gateway's admin API. */
  admin(
    method: string,
    path: string,
    body?: unknown,
  ): Promise<{ status: number; headers: Headers; json: Json }>;
  /** Creates a route; resolves with its id when it is live. */
  addRoute(definition: Record<string, unknown>): Promise<string>;
  stop(): Promise<void>;
}

export type Json = Record<string, unknown> & { errors?: { pointer: string; detail: string }[] };

export async function startGateway(env: ProgramEnv = {}): Promise<GatewayUnderTest> {
  const gatehouse = await startGatehouse(env);
  const demo = parseDemo(gatehouse.demo());
  const token = async (client: { client_id: string; client_secret: string }, scope: string) => {
    const answer = await fetch(`${gatehouse.issuer}/oauth2/token`, {
      method: 'POST',
      headers: { authorization: basic(client) },
      body: new URLSearchParams({ grant_type: 'client_credentials', scope }),
    });
    const { access_token: value } = (await answer.json()) as { access_token: string };
    if (!value) throw new Error(`no token for ${client.client_id}: ${answer.status}`);
    return value;
  };
  const adminToken = await token(demo.admin, 'admin');
  const admin: GatewayUnderTest['admin'] = async (method, path, body) => {
    const headers = { authorization: `Bearer ${adminToken}`, 'content-type': 'application/json' };
    const answer = await fetch(`${gatehouse.gateway}/admin/v1${path}`, {
      method,
      headers,
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    const text = await answer.text();
    return { status: answer.status, headers: answer.headers, json: (text ? JSON.parse(text) : {}) as Json };
  };
  return {
    gatehouse,
    demo,
    url: gatehouse.gateway,
    token,
    admin,
    addRoute: async (definition) => {
      const { status, json } = await admin('POST', '/routes', { guards: [], ...definition });
      if (status !== 201) throw new Error(`the route was not created: ${status} ${JSON.stringify(json)}`);
      return String(json.id);
    },
    stop: () => gatehouse.stop(),
  };
}

export function basic(client: { client_id: string; client_secret: string }): string {
  const pair = `${encodeURIComponent(client.client_id)}:${encodeURIComponent(client.client_secret)}`;
  return `Basic ${Buffer.from(pair).toString('base64')}`;
}

/** An upstream of the test's own. */
export interface Upstream {
  readonly url: string;
  /** What it was asked, newest last. */
  readonly seen: http.IncomingMessage[];
  stop(): Promise<void>;
}

export async function startUpstream(handler: http.RequestListener = echo): Promise<Upstream> {
  const seen: http.IncomingMessage[] = [];
  const server = http.createServer((request, response) => {
    seen.push(request);
    handler(request, response);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    seen,
    stop: async () => {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

/** Answers what it was asked. */
export const echo: http.RequestListener = (request, response) => {
  const chunks: Buffer[] = [];
  request.on('data', (chunk: Buffer) => chunks.push(chunk));
  request.on('end', () => {
    response.setHeader('content-type', 'application/json');
    response.end(
      JSON.stringify({
        method: request.method,
        url: request.url,
        headers: request.headers,
        rawHeaders: request.rawHeaders,
        body: Buffer.concat(chunks).toString('latin1'),
      }),
    );
  });
};

/** What `echo` answers. */
export interface Echo {
  method: string;
  url: string;
  headers: Record<string, string>;
  rawHeaders: string[];
  body: string;
}

/** Sends bytes as they are, and resolves with all that came back when the peer closes or is silent for a while. */
export async function rawExchange(url: string, text: string, silenceMs = 700): Promise<string> {
  const { hostname, port } = new URL(url);
  const socket = net.connect(Number(port), hostname);
  let received = '';
  return new Promise((resolve) => {
    const end = () => {
      socket.destroy();
      resolve(received);
    };
    socket.setTimeout(silenceMs, end);
    socket.on('data', (chunk) => (received += chunk.toString('latin1')));
    socket.on('error', end);
    socket.on('close', end);
    socket.write(Buffer.from(text, 'latin1'));
  });
}

/** The status codes of the answers in a raw exchange. */
export function statusesOf(received: string): number[] {
  return [...received.matchAll(/HTTP\/1\.1 (\d{3}) /g)].map((match) => Number(match[1]));
}

/** A request by node:http, which sends any header and path as given. */
export function send(
  url: string,
  options: {
    path: string;
    method?: string;
    headers?: http.OutgoingHttpHeaders | string[];
    body?: string | Buffer;
  },
): Promise<{ status: number; headers: http.IncomingHttpHeaders; text: string }> {
  return new Promise((resolve, reject) => {
    const { hostname, port } = new URL(url);
    const { body, ...rest } = options;
    const request = http.request({ hostname, port, agent: false, ...rest }, (response) => {
      const chunks: Buffer[] = [];
      response.on('data', (chunk: Buffer) => chunks.push(chunk));
      response.on('error', reject);
      response.on('end', () => {
        const text = Buffer.concat(chunks).toString('utf8');
        resolve({ status: response.statusCode!, headers: response.headers, text });
      });
    });
    request.on('error', reject);
    request.end(body);
  });
}
