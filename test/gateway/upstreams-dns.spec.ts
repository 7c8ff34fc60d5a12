import { UpstreamsHealthController } from '../../apps/gateway/src/upstreams/upstreams-health.controller.js';
import { startDnsServer, type TestDnsServer } from '../support/dns-server.js';
import { type LoneGateway, startLoneGateway } from './lone-gateway.js';
import { addPool, type NodeServer, pause, putUpstreams, startNodeServer, tally, until } from './upstreams.js';

describe('upstreams found by DNS', () => {
  let dns: TestDnsServer;
  let gateway: LoneGateway;
  let a: NodeServer;
  let b: NodeServer;

  beforeAll(async () => {
    dns = await startDnsServer();
    [a, b] = await Promise.all([startNodeServer('a'), startNodeServer('b')]);
    gateway = await startLoneGateway({ GATEHOUSE_GATEWAY_DNS_SERVERS: dns.address });
    await addPool(gateway);
  });
  afterAll(async () => {
    await gateway?.stop();
    await Promise.all([a?.stop(), b?.stop(), dns?.stop()]);
  });
  beforeEach(() => {
    putUpstreams(gateway);
    dns.records.clear();
    dns.failing = false;
    dns.ttl = 1;
    dns.asked.length = a.seen.length = b.seen.length = 0;
  });

  const put = (discovery: object, settings: object = {}) =>
    putUpstreams(gateway, { name: 'pool', discovery, ...settings });
  const url = () => `${gateway.url}/pool`;
  const service = (...records: [server: NodeServer, priority: number, weight: number][]) =>
    dns.records.set(
      '_http._tcp.orders.test SRV',
      records.map(([{ port }, priority, weight]) => ({ priority, weight, port, target: 'host.orders.test' })),
    );
  const srv = { dns: 'srv', name: '_http._tcp.orders.test', interval: 0.1 };
  const targets = () =>
    gateway.app
      .get(UpstreamsHealthController, { strict: false })
      .health('pool')
      .targets.map(({ target }) => target);

  it('`a`: asks for A and AAAA; Host is the name, and the first call waits for the answer', async () => {
    dns.records.set('orders.test A', ['127.0.0.1']);
    put({ dns: 'a', name: 'orders.test', port: a.port });
    expect(await tally(url(), 2)).toEqual({ a: 2 });
    expect(a.seen[0]!.headers.host).toBe(`orders.test:${a.port}`);
    expect(dns.asked).toEqual(expect.arrayContaining(['orders.test A', 'orders.test AAAA']));
  });

  it('several addresses are several targets, each by its own', async () => {
    dns.records.set('orders.test A', ['127.0.0.1', '127.0.0.2']);
    dns.records.set('orders.test AAAA', ['0:0:0:0:0:0:0:1']);
    put({ dns: 'a', name: 'orders.test', port: a.port });
    await until(() => targets().length === 3);
    expect(targets()).toEqual(['127.0.0.1', '127.0.0.2', '[::1]'].map((one) => `${one}:${a.port}`));
  });

  it('`srv`: ports and weights of the records, of the best priority only', async () => {
    dns.records.set('host.orders.test A', ['127.0.0.1']);
    service([a, 1, 3], [b, 1, 1]);
    put(srv);
    expect(await tally(url(), 8)).toEqual({ a: 6, b: 2 });
    service([a, 2, 3], [b, 1, 1]);
    await until(() => targets().length === 1, 4_000);
    expect(await tally(url(), 2)).toEqual({ b: 2 });
    expect(b.seen.at(-1)!.headers.host).toBe(`orders.test:${b.port}`);
  });

  it('interval: the name is asked for again, and again; a shorter TTL counts', async () => {
    dns.records.set('orders.test A', ['127.0.0.1']);
    dns.ttl = 600;
    put({ dns: 'a', name: 'orders.test', port: a.port, interval: 0.1 });
    await until(() => dns.asked.length >= 6, 3_000);
    dns.ttl = 1;
    put({ dns: 'a', name: 'orders.test', port: b.port, interval: 600 });
    const before = dns.asked.length;
    await until(() => dns.asked.length >= before + 4, 4_000);
    dns.ttl = 600;
    put({ dns: 'a', name: 'orders.test', port: a.port, interval: 600 });
    await pause(300);
    const asked = dns.asked.length;
    await pause(1_500);
    expect(dns.asked.length).toBe(asked);
  });

  it.each(['A', 'AAAA'] as const)('half an answer, without %s, takes no servers away', async (type) => {
    dns.records.set('orders.test A', ['127.0.0.1']);
    dns.records.set('orders.test AAAA', ['0:0:0:0:0:0:0:1']);
    put({ dns: 'a', name: 'orders.test', port: a.port, interval: 0.1 });
    await until(() => targets().length === 2);
    const fault = () =>
      gateway.app.get(UpstreamsHealthController, { strict: false }).health('pool').discovery_fault;
    dns.failing = type;
    await until(() => fault() !== null, 10_000);
    expect(targets()).toHaveLength(2);
    dns.failing = false;
    dns.records.delete(`orders.test ${type}`);
    await until(() => targets().length === 1, 10_000);
  });

  it('keeps the last good servers while nobody answers, and says so', async () => {
    dns.records.set('orders.test A', ['127.0.0.1']);
    put({ dns: 'a', name: 'orders.test', port: a.port, interval: 0.1 });
    expect(await tally(url(), 1)).toEqual({ a: 1 });
    dns.failing = true;
    const fault = () =>
      gateway.app.get(UpstreamsHealthController, { strict: false }).health('pool').discovery_fault;
    await until(() => fault() !== null, 10_000);
    expect(await tally(url(), 2)).toEqual({ a: 2 });
    dns.failing = false;
    await until(() => fault() === null, 10_000);
  });

  it('a name that does not exist is a 503', async () => {
    put({ dns: 'a', name: 'nowhere.test' });
    expect(await tally(url(), 1)).toEqual({ 503: 1 });
  });
});
