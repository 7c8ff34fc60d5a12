import http from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import { setTimeout as sleep } from 'node:timers/promises';
import { freePort } from '../../apps/launcher/src/ports.js';
import type { Demo } from '../../examples/demo-flow/src/demo-file.js';
import { type GatewayUnderTest, startGateway, startUpstream } from '../gateway/gateway.js';

interface ExportedSpan {
  traceId: string;
  spanId: string;
  parentSpanId?: string;
  name: string;
  attributes: { key: string; value: { stringValue?: string; intValue?: number } }[];
}

/** What an OpenTelemetry collector is sent: OTLP over HTTP, as JSON. */
interface Export {
  resourceSpans: {
    resource: { attributes: ExportedSpan['attributes'] };
    scopeSpans: { spans: ExportedSpan[] }[];
  }[];
}

/** The value of a metric's line with these labels, in the text format of Prometheus. */
function valueOf(page: string, name: string, ...labels: string[]): number {
  const lines = page.split('\n').filter((line) => line.startsWith(`${name}{`));
  return Number(
    lines
      .find((line) => labels.every((label) => line.includes(label)))
      ?.split(' ')
      .at(-1),
  );
}

describe('metrics and traces', () => {
  const exported: Export[] = [];
  let collector: http.Server;
  let gateway: GatewayUnderTest;
  let gatehouse: GatewayUnderTest['gatehouse'];
  let demo: Demo;
  let ports: [number, number];

  beforeAll(async () => {
    collector = http.createServer((request, response) => {
      void text(request).then((body) => {
        if (request.url === '/v1/traces') exported.push(JSON.parse(body) as Export);
        response.writeHead(200, { 'content-type': 'application/json' }).end('{}');
      });
    });
    await new Promise<void>((resolve) => collector.listen(0, '127.0.0.1', resolve));
    ports = [await freePort(), await freePort()];
    gateway = await startGateway({
      GATEHOUSE_AUTH_METRICS_PORT: String(ports[0]),
      GATEHOUSE_GATEWAY_METRICS_PORT: String(ports[1]),
      OTEL_EXPORTER_OTLP_ENDPOINT: `http://127.0.0.1:${(collector.address() as AddressInfo).port}`,
      OTEL_BSP_SCHEDULE_DELAY: '100',
    });
    ({ gatehouse, demo } = gateway);
  });
  afterAll(async () => {
    await gatehouse.stop();
    collector.closeAllConnections();
    collector.close();
  });

  const spans = () =>
    exported.flatMap(({ resourceSpans }) =>
      resourceSpans.flatMap(({ resource, scopeSpans }) =>
        scopeSpans.flatMap(({ spans: all }) =>
          all.map((span) => ({
            ...span,
            service: resource.attributes.find(({ key }) => key === 'service.name')?.value.stringValue,
          })),
        ),
      ),
    );

  async function spanOf(traceId: string, service: string) {
    for (let tries = 0; tries < 100; tries++) {
      const found = spans().find((span) => span.traceId === traceId && span.service === service);
      if (found) return found;
      await sleep(50);
    }
    throw new Error(`no span of ${service} in the trace ${traceId}`);
  }

  async function token(headers: Record<string, string> = {}): Promise<string> {
    const { client_id: id, client_secret: secret } = demo.client;
    const answer = await fetch(`${gatehouse.issuer}/oauth2/token`, {
      method: 'POST',
      headers: { authorization: `Basic ${Buffer.from(`${id}:${secret}`).toString('base64')}`, ...headers },
      body: new URLSearchParams({ grant_type: 'client_credentials', scope: 'demo:read' }),
    });
    return ((await answer.json()) as { access_token: string }).access_token;
  }

  it('W3C Trace Context §3.2: a span joins the trace of the request, and the upstream hears of it', async () => {
    const traceId = '0af7651916cd43dd8448eb211c80319c';
    const upstream = await startUpstream();
    await gateway.addRoute({
      name: 'traced',
      match: { paths: ['/traced'] },
      upstream: { url: upstream.url },
    });
    await fetch(`${gateway.url}/traced?secret=1`, {
      headers: { traceparent: `00-${traceId}-b7ad6b7169203331-01`, tracestate: 'vendor=1' },
    });
    const span = await spanOf(traceId, 'gatehouse-gateway');
    expect(span).toMatchObject({ name: 'GET traced', parentSpanId: 'b7ad6b7169203331' });
    expect(JSON.stringify(span)).not.toContain('secret');
    const { headers } = upstream.seen[0]!;
    expect(headers.traceparent).toBe(`00-${traceId}-${span.spanId}-01`);
    expect(headers.tracestate).toBe('vendor=1');
    await upstream.stop();
  });

  it('the auth-server names its span after the endpoint', async () => {
    const traceId = '1af7651916cd43dd8448eb211c80319c';
    await token({ traceparent: `00-${traceId}-b7ad6b7169203331-01` });
    expect((await spanOf(traceId, 'gatehouse-auth-server')).name).toBe('POST /oauth2/token');
  });

  it('a malformed traceparent begins a trace of its own', async () => {
    expect(await token({ traceparent: '00-zz-zz-01' })).toMatch(/./);
  });

  it('counts requests by route and status, and events by kind, on a port of their own', async () => {
    await token();
    await fetch(`${demo.api.url}/counted`);
    await sleep(700);
    const [auth, front] = (await Promise.all(
      ports.map(async (port) => (await fetch(`http://127.0.0.1:${port}/metrics`)).text()),
    )) as [string, string];
    const count = 'http_server_request_duration_seconds_count';
    expect(valueOf(front, count, 'route="demo"', 'status="401"', 'method="GET"')).toBe(1);
    expect(valueOf(auth, count, 'route="/oauth2/token"', 'status="200"')).toBeGreaterThan(1);
    expect(valueOf(auth, 'gatehouse_audit_events_total', 'type="token.issued"')).toBeGreaterThan(1);
    expect(valueOf(auth, 'process_resident_memory_bytes', 'app="auth-server"')).toBeGreaterThan(1e6);
    expect((await fetch(`${gatehouse.gateway}/metrics`)).status).toBe(404);
  });
});
