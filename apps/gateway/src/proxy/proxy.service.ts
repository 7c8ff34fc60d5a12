import { randomUUID } from 'node:crypto';
import { type IncomingMessage, type RequestListener, type Server, ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import { type AnsweringSocket, closeSoon, HttpErrorFilter, type Problem } from '@gatehouse/http';
import { RequestTracing } from '@gatehouse/observability';
import { Inject, Injectable, type OnModuleInit } from '@nestjs/common';
import { HttpAdapterHost } from '@nestjs/core';
import type { FastifyInstance } from 'fastify';
import type { Answer } from '../calls/answer.js';
import { CallObservers } from '../calls/call-observer.js';
import { Call, type CallSite, type CallerConnection } from '../calls/call.js';
import { HeaderList } from '../calls/header-list.js';
import { ReservedFields } from '../calls/reserved-fields.service.js';
import { CONFIG, type Config } from '../config.js';
import { RedirectAnswer } from '../guards/route-guard.js';
import { firstAnswer } from '../policies/first-answer.js';
import { NO_POLICIES } from '../policies/policy-chain.js';
import { RoutesInForce } from '../routes/routes-in-force.service.js';
import { findRoute } from './find-route.js';
import { forward, forwardThroughPolicies } from './forward.js';
import { originReader } from './origin.js';
import { PassedNames } from './passed-names.js';
import { Tunnels } from './tunnel.js';
import { sendAnswer } from './send-answer.js';

/**
 * Takes calls from the server itself, past Fastify and Nest, whose part is the gateway's own endpoints: which route, who
 * calls, how much, and on to the upstream. docs/decisions/0008 says why.
 */
@Injectable()
export class Proxy implements CallSite, OnModuleInit {
  readonly originOf;
  readonly tunnels: Tunnels;
  readonly sendTimeoutMs: number;
  readonly forwardedNames: PassedNames;
  private readonly errors = new HttpErrorFilter();
  /** First segments of the paths that Fastify answers. */
  private readonly ownSegments = new Set<string>();
  private own: RequestListener;

  constructor(
    @Inject(CONFIG) config: Config,
    reserved: ReservedFields,
    private readonly host: HttpAdapterHost,
    private readonly routes: RoutesInForce,
    private readonly observers: CallObservers,
    private readonly tracing: RequestTracing,
  ) {
    this.originOf = originReader(config.trustProxy);
    this.sendTimeoutMs = config.sendTimeout * 1_000;
    this.forwardedNames = new PassedNames(reserved.has);
    this.tunnels = new Tunnels({ max: config.webSocketMax, idleMs: config.webSocketIdle * 1_000 });
    // Nest makes its routes known before it calls onModuleInit.
    const fastify = host.httpAdapter.getInstance<FastifyInstance>();
    fastify.addHook('onRoute', ({ url }) => {
      const segment = firstSegment(url);
      if (segment !== '*') this.ownSegments.add(segment);
    });
  }

  onModuleInit(): void {
    const server = this.host.httpAdapter.getHttpServer() as Server;
    const [listener] = server.listeners('request') as [RequestListener];
    server.off('request', listener);
    server.prependListener('request', this.serve);
    server.on('upgrade', this.upgrade);
    this.own = listener;
  }

  /** Takes requests of each server there is: those for the gateway's own endpoints are Fastify's, the others calls. */
  readonly serve: RequestListener = (request, response) => {
    if (this.ownSegments.has(firstSegment(request.url ?? ''))) return this.own(request, response);
    // Pipelined (RFC 9112 §9.3.2): its turn comes when the answer before it is sent. Node tells a response without a
    // connection nothing of the end of that connection.
    const isQueued = request.httpVersionMajor === 1 && response.socket === null;
    if (isQueued) response.once('socket', () => this.handle(request, response));
    else this.handle(request, response);
  };

  /** Takes requests for WebSocket: `RequestOrWebSocket` says which. */
  readonly upgrade = (request: IncomingMessage, socket: AnsweringSocket, head: Buffer): void => {
    socket.on('error', () => undefined);
    // RFC 6455 §4.1: the handshake is the first thing on its connection; an answer before it is still being sent.
    if (socket._httpMessage) return void socket.destroy();
    const response = new ServerResponse(request);
    response.shouldKeepAlive = false;
    response.assignSocket(socket);
    response.on('finish', () => endUnread(socket));
    this.handle(request, response, { socket, head });
  };

  handle(request: IncomingMessage, response: ServerResponse, upgrade?: CallerConnection): void {
    const call = new Call(request, response, randomUUID(), this, upgrade);
    response.on('close', () => this.finish(call));
    const span = this.tracing.begin(request, call);
    const run = () => void this.run(call).catch((error: unknown) => this.refuse(call, error));
    if (!span) return run();
    call.atEnd(() => this.tracing.end(span, { ...call, route: call.route?.name }));
    this.tracing.within(span, run);
  }

  refuse(call: Call, thrown: unknown): void {
    if (call.response.headersSent || call.gone) return call.breakOff();
    this.answerError(call, thrown).catch(() => call.breakOff());
  }

  private async run(call: Call): Promise<void> {
    findRoute(call, this.routes.table);
    const { route } = call;
    const { arrival, request, requestBody, requestStream } = route.chain;
    if (arrival) {
      const early = await firstAnswer(arrival, (policy) => policy.onArrival(call));
      if (early) return sendAnswer(call, early.answer, route.chain.outside(early.by));
    }
    if (route.authenticate) {
      const caller = route.authenticate(call);
      call.caller = caller instanceof Promise ? await caller : caller;
    }
    const charged = route.charge?.(call);
    if (charged) await charged;
    // While we asked others, the caller may have gone.
    if (call.gone) return;
    if (!request && !requestBody && !requestStream) {
      if (route.answer) await sendAnswer(call, route.answer(call));
      else forward(call);
      return;
    }
    await forwardThroughPolicies(call);
  }

  private async answerError(call: Call, thrown: unknown): Promise<void> {
    const chain = call.route?.chain ?? NO_POLICIES;
    if (thrown instanceof RedirectAnswer) return sendAnswer(call, redirect(thrown), chain.heads);
    const problem = this.errors.known(thrown) as Problem;
    this.errors.report(thrown, problem);
    const other = chain.error && (await firstAnswer(chain.error, (policy) => policy.onError(call, problem)));
    if (other) await sendAnswer(call, other.answer, chain.outside(other.by));
    else await sendAnswer(call, (call.route?.problem ?? problemDetails)(call, problem), chain.heads);
  }

  private finish(call: Call): void {
    call.end();
    for (const policy of call.route?.chain.finish ?? []) policy.onFinish(call);
    this.observers.finished(call);
  }
}

/** Closes a connection that Node has let go of; whatever its client still says is not waited for. */
function endUnread(socket: Socket): void {
  socket.resume();
  socket.end();
  closeSoon(socket);
}

function firstSegment(url: string): string {
  const end = url.indexOf('/', 1);
  const mark = url.indexOf('?', 1);
  if (end < 0) return mark < 0 ? url.slice(1) : url.slice(1, mark);
  return url.slice(1, mark >= 0 && mark < end ? mark : end);
}

function redirect({ location, cookies }: RedirectAnswer): Answer {
  const headers = new HeaderList(['location', location, 'cache-control', 'no-store']);
  for (const cookie of cookies) headers.append('set-cookie', cookie);
  return { status: 302, headers, body: null };
}

function problemDetails(_call: Call, problem: Problem): Answer {
  const headers = new HeaderList(['content-type', 'application/problem+json', 'cache-control', 'no-store']);
  for (const [name, values] of Object.entries(problem.headers)) {
    for (const value of [values].flat()) headers.append(name, value);
  }
  return { status: problem.status, headers, body: JSON.stringify(problem) };
}
