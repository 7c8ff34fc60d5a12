import {
  type DynamicModule,
  Global,
  Inject,
  Module,
  type OnApplicationShutdown,
  type OnModuleInit,
} from '@nestjs/common';
import { HttpAdapterHost } from '@nestjs/core';
import { context, propagation, type Span, trace } from '@opentelemetry/api';
import type { MeterProvider } from '@opentelemetry/sdk-metrics';
import type { NodeTracerProvider } from '@opentelemetry/sdk-trace-node';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { Meters } from './meters.js';
import { RequestTracing } from './request-tracing.js';

export interface TracingOptions {
  readonly app: string;
  /** Base address of an OpenTelemetry collector (OTLP over HTTP); unset: nothing is traced. */
  readonly endpoint: string | undefined;
  /** Whether it has metrics for the collector, too, by `Meters`. */
  readonly hasMetrics?: boolean;
  /** What a span is named after; unset: the pattern of the endpoint. */
  readonly routeOf?: (request: FastifyRequest) => string | undefined;
}

const OPTIONS = Symbol('TRACING_OPTIONS');
const EXPORT_TIMEOUT_MS = 5_000;

/**
 * A span for each request, in the trace that its `traceparent` names (W3C Trace Context), by the semantic conventions
 * of OpenTelemetry for HTTP. Without an endpoint it adds nothing to a request.
 */
@Global()
@Module({})
export class TracingModule implements OnModuleInit, OnApplicationShutdown {
  private provider: NodeTracerProvider | undefined;
  private meterProvider: MeterProvider | undefined;
  private readonly spans = new WeakMap<FastifyRequest, Span>();

  constructor(
    @Inject(OPTIONS) private readonly options: TracingOptions,
    private readonly tracing: RequestTracing,
    private readonly meters: Meters,
    private readonly adapter: HttpAdapterHost,
  ) {}

  static forRoot(options: TracingOptions): DynamicModule {
    return {
      module: TracingModule,
      providers: [{ provide: OPTIONS, useValue: options }, Meters, RequestTracing],
      exports: [Meters, RequestTracing],
    };
  }

  async onModuleInit(): Promise<void> {
    const { app, endpoint, hasMetrics = false } = this.options;
    if (endpoint === undefined) return;
    this.provider = await exportTo(endpoint, app);
    this.provider.register();
    this.tracing.start();
    this.traceRequests(this.adapter.httpAdapter.getInstance<FastifyInstance>());
    if (!hasMetrics) return;
    this.meterProvider = await exportMetricsTo(endpoint, app);
    this.meters.start(this.meterProvider.getMeter('gatehouse'));
  }

  async onApplicationShutdown(): Promise<void> {
    // A collector that is away must not hold up a stop: what it has not taken within its time is lost.
    await Promise.allSettled([this.provider?.shutdown(), this.meterProvider?.shutdown()]);
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
    const { raw, method, url, protocol, ip } = request;
    const span = this.tracing.begin(raw, { method, url, protocol, ip })!;
    this.spans.set(request, span);
    return span;
  }

  private end(request: FastifyRequest, reply: FastifyReply): void {
    const span = this.spans.get(request);
    if (!span) return;
    const route = (this.options.routeOf ?? patternOf)(request);
    this.tracing.end(span, { method: request.method, route, status: reply.statusCode });
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
    url: addressOf(endpoint, 'traces'),
    timeoutMillis: EXPORT_TIMEOUT_MS,
  });
  return new NodeTracerProvider({
    resource: resourceFromAttributes({ 'service.name': `gatehouse-${app}` }),
    spanProcessors: [new BatchSpanProcessor(exporter)],
  });
}

/** The same for metrics. */
async function exportMetricsTo(endpoint: string, app: string): Promise<MeterProvider> {
  const [
    { OTLPMetricExporter },
    { resourceFromAttributes },
    { MeterProvider, PeriodicExportingMetricReader },
  ] = await Promise.all([
    import('@opentelemetry/exporter-metrics-otlp-http'),
    import('@opentelemetry/resources'),
    import('@opentelemetry/sdk-metrics'),
  ]);
  const exporter = new OTLPMetricExporter({
    url: addressOf(endpoint, 'metrics'),
    timeoutMillis: EXPORT_TIMEOUT_MS,
  });
  const reader = new PeriodicExportingMetricReader({ exporter, exportTimeoutMillis: EXPORT_TIMEOUT_MS });
  return new MeterProvider({
    resource: resourceFromAttributes({ 'service.name': `gatehouse-${app}` }),
    readers: [reader],
  });
}

function addressOf(endpoint: string, signal: 'traces' | 'metrics'): string {
  return `${endpoint.replace(/\/$/, '')}/v1/${signal}`;
}

/** The header fields that carry the present trace to another server; none while nothing is traced. */
export function traceHeaders(): Record<string, string> {
  const headers: Record<string, string> = {};
  propagation.inject(context.active(), headers);
  return headers;
}

/** Says more of the request in whose span this runs; nothing while nothing is traced. */
export function annotateSpan(attributes: Readonly<Record<string, string>>): void {
  trace.getActiveSpan()?.setAttributes(attributes);
}

function patternOf(request: FastifyRequest): string | undefined {
  return request.routeOptions.url;
}
