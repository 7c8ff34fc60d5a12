import type { IncomingMessage } from 'node:http';
import { Injectable } from '@nestjs/common';
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

const TRACE_FIELDS = new Set(['traceparent', 'tracestate']);

/** Spans of requests by the semantic conventions of OpenTelemetry for HTTP, in the trace that their `traceparent` names. */
@Injectable()
export class RequestTracing {
  private on = false;

  /** Called once a collector is known. */
  start(): void {
    this.on = true;
  }

  /** Begins the span of a request; undefined while nothing is traced. What is forwarded of it names the span as parent. */
  begin(
    message: IncomingMessage,
    { method, url, protocol, ip }: { method: string; url: string; protocol: string; ip: string },
  ): Span | undefined {
    if (!this.on) return undefined;
    const parent = propagation.extract(ROOT_CONTEXT, message.headers);
    const span = trace.getTracer('gatehouse').startSpan(method, { kind: SpanKind.SERVER }, parent);
    span.setAttributes({
      'http.request.method': method,
      'url.path': url.split('?', 1)[0]!,
      'url.scheme': protocol,
      'client.address': ip,
    });
    carryOn(message, trace.setSpan(parent, span));
    return span;
  }

  /** Runs work within a span, so that what it asks of others belongs to the trace. */
  within<Result>(span: Span, work: () => Result): Result {
    return context.with(trace.setSpan(context.active(), span), work);
  }

  /** @param route the pattern that matched, or the name of the route */
  end(
    span: Span,
    { method, route, status }: { method: string; route: string | undefined; status: number },
  ): void {
    if (route !== undefined) {
      span.updateName(`${method} ${route}`);
      span.setAttribute('http.route', route);
    }
    span.setAttribute('http.response.status_code', status);
    if (status >= 500) span.setStatus({ code: SpanStatusCode.ERROR });
    span.end();
  }
}

function carryOn(message: IncomingMessage, from: Context): void {
  const fields: Record<string, string> = {};
  propagation.inject(from, fields);
  const { rawHeaders } = message;
  const kept = rawHeaders.filter((_, i) => !TRACE_FIELDS.has(rawHeaders[i - (i % 2)]!.toLowerCase()));
  kept.push(...Object.entries(fields).flat());
  // Of HTTP/2 it is a getter.
  Object.defineProperty(message, 'rawHeaders', { value: kept });
}
