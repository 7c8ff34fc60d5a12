import type { OutgoingHttpHeader } from 'node:http';
import { PassThrough } from 'node:stream';
import { Problem } from '@gatehouse/http';
import { Injectable, Logger, type OnApplicationShutdown } from '@nestjs/common';
import type { FastifyReply } from 'fastify';
import { Agent, type Dispatcher } from 'undici';
import { answerHeaders, forwardedHeaders } from './forwarded-headers.js';
import type { ProxiedRequest } from './proxied-request.js';
import { dropUnreadBody } from './unread-body.js';

const CONNECT_TIMEOUT_MS = 3_000;
const HEADERS_TIMEOUT_MS = 60_000;
const IDLE_TIMEOUT_MS = 60_000;
const CONNECTIONS = 256;
const WITHOUT_BODY = new Set([204, 304]);

/** Sends requests on to upstreams, streaming both ways. */
@Injectable()
export class ForwardService implements OnApplicationShutdown {
  private readonly logger = new Logger(ForwardService.name);
  private readonly agent = new Agent({
    connections: CONNECTIONS,
    connectTimeout: CONNECT_TIMEOUT_MS,
    headersTimeout: HEADERS_TIMEOUT_MS,
    bodyTimeout: IDLE_TIMEOUT_MS,
    maxHeaderSize: 65_536,
  });

  async onApplicationShutdown(): Promise<void> {
    await this.agent.close();
  }

  forward(request: ProxiedRequest, reply: FastifyReply): void {
    const { route, path, prefix, query } = request.passage;
    const rest = route.stripPrefix && prefix !== '/' ? path.slice(prefix.length) : path;
    const headers = forwardedHeaders(request);
    const added = reply.getHeaders();
    reply.hijack();
    this.agent.dispatch(
      {
        origin: route.origin,
        path: `${route.basePath}${rest.startsWith('/') ? rest : `/${rest}`}${query}`,
        method: request.method as Dispatcher.HttpMethod,
        headers,
        body: bodyOf(request),
      },
      this.handler(request, reply, added),
    );
  }

  private handler(
    request: ProxiedRequest,
    reply: FastifyReply,
    added: ReturnType<FastifyReply['getHeaders']>,
  ) {
    const response = reply.raw;
    let abort: ((error?: Error) => void) | undefined;
    let begun = false;
    const onClose = () => {
      if (!response.writableFinished) abort?.(new Error('the caller went away'));
    };
    response.on('close', onClose);
    return {
      onConnect: (cancel: (error?: Error) => void) => {
        abort = cancel;
        if (response.destroyed) cancel(new Error('the caller went away'));
      },
      onHeaders: (status: number, raw: Buffer[], resume: () => void) => {
        if (status < 200) return true;
        begun = true;
        const headers = answerHeaders(raw);
        for (const [name, value] of Object.entries(added)) addHeader(headers, name, value);
        response.writeHead(status, headers);
        // RFC 9110 §8.6: the length in an answer without a body is that of another one; undici would miss the bytes.
        if (WITHOUT_BODY.has(status)) response.end();
        response.on('drain', resume);
        return true;
      },
      onData: (chunk: Buffer) => response.write(chunk),
      onComplete: () => {
        response.end();
        dropUnreadBody(request.raw);
      },
      onError: (error: Error) => {
        if (response.destroyed || response.writableEnded) return;
        this.logger.warn(`Route ${request.passage.route.name}: the upstream failed: ${error.message}`);
        // Half an answer must not look like a whole one.
        if (begun) response.destroy();
        else sendProblem(request, reply, problemOf(error));
      },
    } satisfies Dispatcher.DispatchHandler;
  }
}

/** Through a stream of its own: undici destroys the body when the upstream fails, and the caller is still to be answered. */
function bodyOf({ raw }: ProxiedRequest): PassThrough | null {
  const { headers } = raw;
  const empty = headers['content-length'] === undefined || headers['content-length'] === '0';
  if (empty && headers['transfer-encoding'] === undefined) return null;
  const body = new PassThrough();
  // undici listens only while it sends: an error before (it waits for a connection) or after (the upstream has
  // answered early) would end the process.
  body.on('error', () => undefined);
  raw.once('error', (error) => body.destroy(error));
  raw.once('close', () => {
    if (!raw.complete) body.destroy(new Error('the caller went away'));
  });
  return raw.pipe(body);
}

function problemOf(error: Error): Problem {
  const code = (error as NodeJS.ErrnoException).code ?? '';
  if (code === 'UND_ERR_HEADERS_TIMEOUT' || code === 'UND_ERR_CONNECT_TIMEOUT' || code === 'ETIMEDOUT') {
    return new Problem(504, 'The upstream did not answer in time.');
  }
  return new Problem(502, 'The upstream cannot be reached, or did not answer as HTTP asks for.');
}

function sendProblem(request: ProxiedRequest, reply: FastifyReply, problem: Problem): void {
  reply.raw.writeHead(problem.status, {
    'content-type': 'application/problem+json',
    'cache-control': 'no-store',
    'x-request-id': request.id,
  });
  reply.raw.end(JSON.stringify(problem));
  dropUnreadBody(request.raw);
}

function addHeader(headers: string[], name: string, value: OutgoingHttpHeader | undefined): void {
  if (Array.isArray(value)) for (const one of value) headers.push(name, one);
  else if (value !== undefined) headers.push(name, String(value));
}
