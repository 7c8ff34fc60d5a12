import type { IncomingMessage } from 'node:http';
import {
  type DynamicModule,
  Global,
  Inject,
  Module,
  type OnApplicationShutdown,
  type OnModuleInit,
} from '@nestjs/common';
import { HttpAdapterHost } from '@nestjs/core';
import {
  type Context,
  context,
  propagation,
  ROOT_CONTEXT,
  type Span,
  SpanKind,
  SpanStatusCode,
  trace,
} from '@opentelemetry/api';
import type { NodeTracerProvider } from '@opentelemetry/sdk-trace-node';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';

export interface TracingOptions {
  readonly app: string;
  /** Base address of an OpenTelemetry collector (OTLP over HTTP); unset: nothing is traced. */
  readonly endpoint: string | undefined;
  /** What a span is named after; unset: the pattern of the endpoint. */
  readonly routeOf?: (request: FastifyRequest) => string | undefined;
}

const OPTIONS = Symbol('TRACING_OPTIONS');
const TRACE_FIELDS = new Set(['traceparent', 'tracestate']);
const EXPORT_TIMEOUT_MS = 5_000;

/**
 * A span for each request, in the trace that its `traceparent` names (W3C Trace Context), by the semantic conventions
 * of OpenTelemetry for HTTP. Without an endpoint it adds nothing to a request.
 */
@Global()
@Module({})
export class TracingModule implements OnModuleInit, OnApplicationShutdown {
  private provider: NodeTracerProvider | undefined;
  private readonly spans = new WeakMap<FastifyRequest, Span>();

  constructor(
    @Inject(OPTIONS) private readonly options: TracingOptions,
    private readonly adapter: HttpAdapterHost,
  ) {}

  static forRoot(options: TracingOptions): DynamicModule {
    return { module: TracingModule, providers: [{ provide: OPTIONS, useValue: options }] };
  }

  async onModuleInit(): Promise<void> {
    const { app, endpoint } = this.options;
    if (endpoint === undefined) return;
    this.provider = await exportTo(endpoint, app);
    this.provider.register();
    this.traceRequests(this.adapter.httpAdapter.getInstance<FastifyInstance>());
  }

  async onApplicationShutdown(): Promise<void> {
    // A collector that is away must not hold up a stop: what it has not taken within its time is lost.
    await this.provider?.shutdown().catch(() => undefined);
  }

  private traceRequests(fastify: FastifyInstance): void {
    fastify.addHook('onRequest', (request, _reply, done) => {
      const span = this.begin(request);
      context.with(trace.setSpan(context.active(), span), done);
    });
    // A body that is read on the way ends the context that onRequest began.
    fastify.addHook('preHandler', (request, _reply, done) => {
      const span = this.spans.get(request);
      if (span) context.with(trace.setSpan(context.active(), span), done);
      else done();
    });
    fastify.addHook('onResponse', (request, reply, done) => {
      this.end(request, reply);
      done();
    });
  }

  private begin(request: FastifyRequest): Span {
    const parent = propagation.extract(ROOT_CONTEXT, request.headers);
    const tracer = trace.getTracer('gatehouse');
    const span = tracer.startSpan(request.method, { kind: SpanKind.SERVER }, parent);
    span.setAttributes({
      'http.request.method': request.method,
      'url.path': request.url.split('?', 1)[0]!,
      'url.scheme': request.protocol,
      'client.address': request.ip,
    });
    this.spans.set(request, span);
    carryOn(request.raw, trace.setSpan(parent, span));
    return span;
  }

  private end(request: FastifyRequest, reply: FastifyReply): void {
    const span = this.spans.get(request);
    if (!span) return;
    const route = (this.options.routeOf ?? patternOf)(request);
    if (route !== undefined) {
      span.updateName(`${request.method} ${route}`);
      span.setAttribute('http.route', route);
    }
    span.setAttribute('http.response.status_code', reply.statusCode);
    if (reply.statusCode >= 500) span.setStatus({ code: SpanStatusCode.ERROR });
    span.end();
  }
}

/** Loads the SDK, which is large, for those only who use it. */
async function exportTo(endpoint: string, app: string): Promise<NodeTracerProvider> {
  const [{ OTLPTraceExporter }, { resourceFromAttributes }, { BatchSpanProcessor, NodeTracerProvider }] =
    await Promise.all([
      import('@opentelemetry/exporter-trace-otlp-http'),
      import('@opentelemetry/resources'),
      import('@opentelemetry/sdk-trace-node'),
    ]);
  const exporter = new OTLPTraceExporter({
    url: `${endpoint.replace(/\/$/, '')}/v1/traces`,
    timeoutMillis: EXPORT_TIMEOUT_MS,
  });
  return new NodeTracerProvider({
    resource: resourceFromAttributes({ 'service.name': `gatehouse-${app}` }),
    spanProcessors: [new BatchSpanProcessor(exporter)],
  });
}

/** What is forwarded of the request names this span as its parent, and not the caller's. */
function carryOn(message: IncomingMessage, from: Context): void {
  const fields: Record<string, string> = {};
  propagation.inject(from, fields);
  const { rawHeaders } = message;
  const kept = rawHeaders.filter((_, i) => !TRACE_FIELDS.has(rawHeaders[i - (i % 2)]!.toLowerCase()));
  message.rawHeaders = [...kept, ...Object.entries(fields).flat()];
}

/** The header fields that carry the present trace to another server; none while nothing is traced. */
export function traceHeaders(): Record<string, string> {
  const headers: Record<string, string> = {};
  propagation.inject(context.active(), headers);
  return headers;
}

function patternOf(request: FastifyRequest): string | undefined {
  return request.routeOptions.url;
}
