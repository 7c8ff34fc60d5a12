import { type Attributes, context, SpanKind, SpanStatusCode, trace } from '@opentelemetry/api';

/** Something that was asked of another server, and is over. */
export interface EndedSpan {
  readonly name: string;
  /** Epoch milliseconds. */
  readonly startedAt: number;
  readonly ms: number;
  readonly attributes: Attributes;
  readonly failed: boolean;
}

/** Adds a span to the trace in which this runs; nothing while nothing is traced. */
export function addSpan({ name, startedAt, ms, attributes, failed }: EndedSpan): void {
  const span = trace
    .getTracer('gatehouse')
    .startSpan(name, { kind: SpanKind.CLIENT, startTime: startedAt, attributes });
  if (failed) span.setStatus({ code: SpanStatusCode.ERROR });
  span.end(startedAt + ms);
}

/** Has work run later in the trace in which this is called. */
export function inThisTrace(work: () => void): () => void {
  return context.bind(context.active(), work);
}
