import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';

export interface Attribute {
  readonly key: string;
  readonly value: {
    readonly stringValue?: string;
    readonly intValue?: number;
    readonly doubleValue?: number;
    readonly boolValue?: boolean;
    readonly arrayValue?: { readonly values: readonly Attribute['value'][] };
  };
}

export interface Span {
  readonly traceId: string;
  readonly spanId: string;
  readonly parentSpanId?: string;
  readonly name: string;
  readonly kind: number;
  readonly startTimeUnixNano: string;
  readonly endTimeUnixNano: string;
  readonly status: { readonly code?: number };
  readonly links?: readonly { readonly traceId: string; readonly spanId: string }[];
  readonly attributes: readonly Attribute[];
}

export interface Metric {
  readonly name: string;
  readonly unit: string;
  readonly histogram: {
    readonly dataPoints: readonly {
      readonly attributes: readonly Attribute[];
      readonly count: number;
      readonly sum: number;
      readonly explicitBounds: readonly number[];
    }[];
  };
}

type Exported = Record<
  string,
  { readonly scopeSpans?: { spans: Span[] }[]; readonly scopeMetrics?: { metrics: Metric[] }[] }[]
>;

export const SPAN_KIND_CLIENT = 3;
export const STATUS_CODE_ERROR = 2;

/** An OpenTelemetry collector: OTLP over HTTP, as JSON. */
export interface OtlpCollector {
  /** For OTEL_EXPORTER_OTLP_ENDPOINT. */
  readonly url: string;
  readonly spans: Span[];
  readonly metrics: Metric[];
  stop(): void;
}

export async function startOtlpCollector(): Promise<OtlpCollector> {
  const spans: Span[] = [];
  const metrics: Metric[] = [];
  const server = createServer((request, response) => {
    void text(request).then((body) => {
      const sent = JSON.parse(body) as Exported;
      for (const { scopeSpans = [] } of sent.resourceSpans ?? []) {
        spans.push(...scopeSpans.flatMap((one) => one.spans));
      }
      for (const { scopeMetrics = [] } of sent.resourceMetrics ?? []) {
        metrics.push(...scopeMetrics.flatMap((one) => one.metrics));
      }
      response.writeHead(200, { 'content-type': 'application/json' }).end('{}');
    });
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    spans,
    metrics,
    stop: () => {
      server.closeAllConnections();
      server.close();
    },
  };
}

const valueOf = ({ value }: Attribute): unknown =>
  value.arrayValue
    ? value.arrayValue.values.map((one) => valueOf({ key: '', value: one }))
    : (value.stringValue ?? value.intValue ?? value.doubleValue ?? value.boolValue);

export function attributesOf({ attributes }: { readonly attributes: readonly Attribute[] }) {
  return Object.fromEntries(attributes.map((one) => [one.key, valueOf(one)]));
}
