import http from 'node:http';
import type { AddressInfo } from 'node:net';
import {
  completable as statelessCompletable,
  createMcpHandler,
  McpServer as StatelessServer,
  ResourceTemplate as StatelessTemplate,
} from '@modelcontextprotocol/server';
import { completable } from '@modelcontextprotocol/sdk/server/completable.js';
import { McpServer as HandshakeServer, ResourceTemplate } from '@modelcontextprotocol/sdk/server/mcp.js';
import { SSEServerTransport } from '@modelcontextprotocol/sdk/server/sse.js';
import { StreamableHTTPServerTransport } from '@modelcontextprotocol/sdk/server/streamableHttp.js';
import { z } from 'zod';

/** What a server was sent: each request, oldest first. */
export interface Received {
  readonly method: string;
  readonly headers: http.IncomingHttpHeaders;
  readonly message: {
    readonly method?: string;
    readonly id?: unknown;
    readonly params?: Record<string, unknown>;
  };
}

/** An MCP server that runs until it is stopped. */
export interface RunningServer {
  readonly url: string;
  readonly received: Received[];
  /** Calls of tools that were cancelled, by the name of the tool. */
  readonly cancelled: string[];
  /** Answers in place of the server. */
  instead: ((request: http.IncomingMessage, response: http.ServerResponse, body: string) => void) | undefined;
  /** Looks at each request first, and may answer it. @returns whether it did */
  before: ((request: http.IncomingMessage, response: http.ServerResponse) => Promise<boolean>) | undefined;
  stop(): Promise<void>;
}

type Handle = (request: http.IncomingMessage, response: http.ServerResponse, body: string) => Promise<void>;

async function listen(handle: Handle, cancelled: string[]): Promise<RunningServer> {
  const received: Received[] = [];
  const server = http.createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', async () => {
      if (await running.before?.(request, response)) return;
      const body = Buffer.concat(chunks).toString();
      const message = body === '' ? {} : (JSON.parse(body) as Received['message']);
      received.push({ method: request.method!, headers: request.headers, message });
      if (running.instead) return running.instead(request, response, body);
      handle(request, response, body).catch(() => response.destroy());
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const running: RunningServer = {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/mcp`,
    received,
    cancelled,
    instead: undefined,
    before: undefined,
    stop: async () => {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
  return running;
}

type Content = {
  content: (
    | { type: 'text'; text: string }
    | { type: 'resource_link'; uri: string; name: string }
    | { type: 'resource'; resource: { uri: string; text: string } }
  )[];
};
const text = (value: string): Content => ({ content: [{ type: 'text', text: value }] });

interface Tooling {
  readonly signal: AbortSignal;
  log(level: 'debug' | 'warning', data: string): Promise<void>;
  progress(progress: number): Promise<void>;
}

/** What all test servers can do, by the name of the tool. @param who the name of the server */
function toolsOf(who: string, cancelled: string[]) {
  return {
    whoami: () => text(who),
    echo: ({ value }: { value?: string }) => text(value ?? ''),
    huge: () => text('x'.repeat(200_000)),
    fails: (): Content & { isError: true } => ({ ...text('It did not work'), isError: true }),
    link: () => ({
      content: [
        { type: 'resource_link' as const, uri: NOTE, name: 'today' },
        { type: 'resource_link' as const, uri: 'https://example.com/', name: 'web' },
        { type: 'resource' as const, resource: { uri: NOTE, text: 'inside' } },
      ],
    }),
    logs: async (_: object, { log }: Tooling) => {
      await log('debug', `debug of ${who}`);
      await log('warning', `warning of ${who}`);
      return text('logged');
    },
    steps: async (_: object, { progress }: Tooling) => {
      for (const step of [1, 2, 3]) await progress(step);
      return text('done');
    },
    slow: (_: object, { signal }: Tooling) =>
      new Promise<Content>((resolve) => {
        const timer = setTimeout(() => resolve(text('late')), 20_000);
        signal.addEventListener('abort', () => {
          clearTimeout(timer);
          cancelled.push('slow');
          resolve(text('cancelled'));
        });
      }),
  };
}

interface SentBy {
  readonly progressToken: string | number | undefined;
  notify(message: {
    method: 'notifications/progress';
    params: { progressToken: string | number; progress: number };
  }): Promise<void>;
}

function progressOf({ progressToken, notify }: SentBy) {
  return async (progress: number) => {
    if (progressToken === undefined) return;
    await notify({ method: 'notifications/progress', params: { progressToken, progress } });
  };
}

/** All test servers have the same URIs: what is read says whose it is. */
const NOTE = 'file:///notes/today.txt';
const NOTES = 'file:///notes/{day}.txt';
const SECRET = 'file:///secret/plan.txt';

const noteOf = (who: string, uri: string) => ({
  contents: [{ uri, mimeType: 'text/plain', text: `${uri} of ${who}` }],
});

const greetingOf = (who: string, language = 'none') => ({
  messages: [
    { role: 'user' as const, content: { type: 'text' as const, text: `${who} greets in ${language}` } },
    { role: 'user' as const, content: { type: 'resource_link' as const, uri: NOTE, name: 'today' } },
  ],
});

const beginningWith = (words: string[]) => (value: string | undefined) =>
  words.filter((one) => one.startsWith(value ?? ''));
const days = beginningWith(['monday', 'tuesday', 'thursday']);
const languages = beginningWith(['english', 'french', 'finnish']);

const inputSchema = z.object({ value: z.string().optional() });

/** A server of `@modelcontextprotocol/server`: 2026-07-28, without sessions. */
export function startStatelessServer(who: string): Promise<RunningServer> {
  const cancelled: string[] = [];
  const handler = createMcpHandler(
    () => {
      const mcp = new StatelessServer({ name: who, version: '1.0.0' }, { capabilities: { logging: {} } });
      for (const [name, run] of Object.entries(toolsOf(who, cancelled))) {
        mcp.registerTool(name, { description: `${name} of ${who}`, inputSchema }, (input, context) =>
          run(input, {
            signal: context.mcpReq.signal,
            log: (level, data) => context.mcpReq.log(level, data),
            progress: progressOf({
              progressToken: context.mcpReq._meta?.progressToken,
              notify: (message) => context.mcpReq.notify(message),
            }),
          }),
        );
      }
      for (const uri of [NOTE, SECRET]) {
        mcp.registerResource(uri, uri, { description: `of ${who}` }, () => noteOf(who, uri));
      }
      const template = new StatelessTemplate(NOTES, { list: undefined, complete: { day: days } });
      mcp.registerResource('notes', template, {}, ({ href }) => noteOf(who, href));
      const language = statelessCompletable(z.string(), languages).optional();
      const argsSchema = z.object({ language });
      mcp.registerPrompt('greet', { description: `of ${who}`, argsSchema }, (args) =>
        greetingOf(who, args.language),
      );
      return mcp;
    },
    { legacy: 'reject' },
  );
  return listen(async (request, response, body) => {
    const left = new AbortController();
    response.on('close', () => left.abort());
    const answer = await handler.fetch(
      new Request(`http://127.0.0.1${request.url}`, {
        method: request.method!,
        headers: request.headers as Record<string, string>,
        ...(body === '' ? {} : { body }),
        signal: left.signal,
      }),
    );
    response.writeHead(answer.status, Object.fromEntries(answer.headers));
    for await (const chunk of answer.body ?? []) response.write(chunk);
    response.end();
  }, cancelled);
}

/** A server of `@modelcontextprotocol/sdk`, which speaks 2025-11-25. */
function handshakeServer(who: string, cancelled: string[]): HandshakeServer {
  const mcp = new HandshakeServer({ name: who, version: '1.0.0' }, { capabilities: { logging: {} } });
  for (const [name, run] of Object.entries(toolsOf(who, cancelled))) {
    mcp.registerTool(
      name,
      { description: `${name} of ${who}`, inputSchema: inputSchema.shape },
      (input, extra) =>
        run(input, {
          signal: extra.signal,
          log: (level, data) =>
            extra.sendNotification({ method: 'notifications/message', params: { level, data } }),
          progress: progressOf({
            progressToken: extra._meta?.progressToken,
            notify: (message) => extra.sendNotification(message),
          }),
        }),
    );
  }
  for (const uri of [NOTE, SECRET]) {
    mcp.registerResource(uri, uri, { description: `of ${who}` }, () => noteOf(who, uri));
  }
  const template = new ResourceTemplate(NOTES, { list: undefined, complete: { day: days } });
  mcp.registerResource('notes', template, {}, ({ href }) => noteOf(who, href));
  const argsSchema = { language: completable(z.string().optional(), languages) };
  mcp.registerPrompt('greet', { description: `of ${who}`, argsSchema }, ({ language }) =>
    greetingOf(who, language),
  );
  return mcp;
}

/** HTTP with SSE, the transport of 2024-11-05. */
export function startSseServer(who: string): Promise<RunningServer> {
  const cancelled: string[] = [];
  const open = new Map<string, SSEServerTransport>();
  return listen(async (request, response, body) => {
    const { pathname, searchParams } = new URL(request.url!, 'http://127.0.0.1');
    if (request.method === 'GET' && pathname === '/mcp') {
      const transport = new SSEServerTransport('/messages', response);
      open.set(transport.sessionId, transport);
      response.on('close', () => open.delete(transport.sessionId));
      return handshakeServer(who, cancelled).connect(transport);
    }
    const transport = open.get(searchParams.get('sessionId') ?? '');
    if (pathname !== '/messages' || !transport) return void response.writeHead(404).end();
    return transport.handlePostMessage(request, response, JSON.parse(body));
  }, cancelled);
}

/** A server of `@modelcontextprotocol/sdk`: 2025-11-25. @param session what begins a session; undefined: it has none */
export function startHandshakeServer(who: string, session?: () => string): Promise<RunningServer> {
  const cancelled: string[] = [];
  const sessions = new Map<string, StreamableHTTPServerTransport>();
  async function begin(): Promise<StreamableHTTPServerTransport> {
    const mcp = handshakeServer(who, cancelled);
    const transport: StreamableHTTPServerTransport = new StreamableHTTPServerTransport({
      sessionIdGenerator: session,
      onsessioninitialized: (id) => void sessions.set(id, transport),
      onsessionclosed: (id) => void sessions.delete(id),
    });
    await mcp.connect(transport as Parameters<HandshakeServer['connect']>[0]);
    return transport;
  }
  return listen(async (request, response, body) => {
    const id = request.headers['mcp-session-id'] as string | undefined;
    if (id !== undefined && !sessions.has(id)) return void response.writeHead(404).end();
    const transport = (id !== undefined && sessions.get(id)) || (await begin());
    await transport.handleRequest(request, response, body === '' ? undefined : JSON.parse(body));
  }, cancelled);
}
