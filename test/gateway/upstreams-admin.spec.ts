import { freePort } from '../../apps/launcher/src/ports.js';
import { type RunningNginx, startNginx } from '../support/nginx.js';
import { type AdministeredGateway, startAdministeredGateway } from './administered-gateway.js';
import { type NodeServer, startNodeServer, tally, until } from './upstreams.js';

describe('/admin/v1/upstreams and what is seen of them', () => {
  let gateway: AdministeredGateway;
  let metricsPort: number;
  let nginx: RunningNginx;
  let a: NodeServer;

  beforeAll(async () => {
    metricsPort = await freePort();
    gateway = await startAdministeredGateway({ GATEHOUSE_GATEWAY_METRICS_PORT: String(metricsPort) });
    a = await startNodeServer('a');
    nginx = await startNginx(`
      location / { add_header x-server nginx; return 200 "$request_method $uri"; }
      location /broken { return 500; }
      location /chunks { proxy_pass ${a.url}; proxy_http_version 1.1; }`);
    const created = await gateway.admin('POST', '/upstreams', {
      name: 'orders',
      targets: [{ url: nginx.url }],
      outliers: { consecutive_failures: 2, ejection: 60 },
    });
    expect(created.status).toBe(201);
    await gateway.addRoute({ name: 'orders', match: { paths: ['/'] }, upstream: { name: 'orders' } });
  });
  afterAll(async () => {
    await gateway?.stop();
    await Promise.all([a?.stop(), nginx?.stop()]);
  });

  const change = async (settings: object) => {
    const { json } = await gateway.admin('GET', '/upstreams');
    const [{ id }] = json.upstreams as [{ id: string }];
    return gateway.admin('PATCH', `/upstreams/${id}`, settings, {
      'content-type': 'application/merge-patch+json',
    });
  };
  const health = async () => (await gateway.admin('GET', '/upstreams/orders/health')).json;
  const metric = async (name: string, target: string) => {
    const text = await (await fetch(`http://127.0.0.1:${metricsPort}/metrics`)).text();
    const line = new RegExp(`^${name}\\{upstream="orders",target="${target}"[^}]*\\} (\\S+)$`, 'm');
    return Number(line.exec(text)?.[1]);
  };

  it('nginx answers, keep-alive and all', async () => {
    expect(await tally(gateway.url, 5)).toEqual({ nginx: 5 });
    expect(await (await fetch(`${gateway.url}/x/y`, { method: 'DELETE' })).text()).toBe('DELETE /x/y');
    a.handler = (_, response) => {
      response.write('one,');
      response.end('two');
    };
    expect(await (await fetch(`${gateway.url}/chunks`)).text()).toBe('one,two');
  });

  it('GET …/health says how each target is, and why', async () => {
    const target = `127.0.0.1:${nginx.port}`;
    const two = [{ url: nginx.url }, { url: a.url }];
    expect((await change({ targets: two })).status).toBe(200);
    expect(await health()).toMatchObject({
      name: 'orders',
      circuit: null,
      discovery_fault: null,
      targets: [{ target, state: 'unchecked', reason: null, weight: 1 }, { target: `127.0.0.1:${a.port}` }],
    });
    await tally(`${gateway.url}/broken`, 4);
    const [broken] = (await health()).targets as [Record<string, unknown>];
    expect(broken).toMatchObject({
      state: 'ejected',
      reason: 'failed 2 calls in a row',
      ejections: 1,
      errors: 2,
    });
    expect(Date.parse(String(broken.ejected_until))).toBeGreaterThan(Date.now());
    expect(await tally(gateway.url, 2)).toEqual({ a: 2 });
  });

  it('is for administrators, and for upstreams that there are', async () => {
    expect((await fetch(`${gateway.url}/admin/v1/upstreams/orders/health`)).status).toBe(401);
    expect((await gateway.admin('GET', '/upstreams/nothing/health')).status).toBe(404);
  });

  it('Prometheus finds the same figures', async () => {
    const target = `127.0.0.1:${a.port}`;
    const before = await metric('gateway_upstream_requests_total', target);
    await tally(gateway.url, 3);
    expect(await metric('gateway_upstream_requests_total', target)).toBe(before + 3);
    expect(await metric('gateway_upstream_connections', target)).toBeGreaterThan(0);
    expect(await metric('gateway_upstream_ejections_total', `127.0.0.1:${nginx.port}`)).toBe(1);
    expect(await metric('gateway_upstream_up', `127.0.0.1:${nginx.port}`)).toBe(0);
    expect(await metric('gateway_upstream_up', target)).toBe(1);
    expect(await metric('gateway_upstream_pending', target)).toBe(0);
  });

  it('a change that cannot be used is refused, and names the member', async () => {
    const { status, json } = await change({ timeouts: { response: -1 } });
    expect(status).toBe(422);
    expect(json.errors).toEqual([expect.objectContaining({ pointer: '/timeouts/response' })]);
  });

  it('a change is live at once, without a failed call', async () => {
    const statuses = new Set<string>();
    let running = true;
    const load = (async () => {
      while (running) for (const name of Object.keys(await tally(gateway.url, 1))) statuses.add(name);
    })();
    for (let i = 1; i <= 5; i++) {
      expect((await change({ targets: [{ url: a.url, weight: i }], timeouts: { response: i } })).status).toBe(
        200,
      );
    }
    running = false;
    await load;
    expect([...statuses]).toEqual(['a']);
    await until(async () => ((await health()).targets as unknown[]).length === 1);
  });
});
