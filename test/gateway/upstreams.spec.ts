import http from 'node:http';
import net from 'node:net';
import type { AddressInfo } from 'node:net';
import { Injectable, Module } from '@nestjs/common';
import { z } from 'zod';
import type { IncomingCall } from '../../apps/gateway/src/calls/incoming-call.js';
import { type Caller, type RouteGuard, RouteGuardType } from '../../apps/gateway/src/extension.js';
import { type LoneGateway, startLoneGateway } from './lone-gateway.js';
import {
  addPool,
  type NodeServer,
  pause,
  putUpstreams,
  startNodeServer,
  startRawServer,
  tally,
  until,
} from './upstreams.js';

/** Takes callers at their word. */
@Injectable()
@RouteGuardType('named')
class NamedCallerGuard implements RouteGuard<object> {
  readonly settings = z.strictObject({});

  check({ headers }: IncomingCall): Caller {
    return { consumer: String(headers['x-name']) };
  }
}

@Module({ providers: [NamedCallerGuard] })
class NamedCallers {}

describe('upstreams', () => {
  let gateway: LoneGateway;
  let servers: NodeServer[];
  const a = () => servers[0]!;

  beforeAll(async () => {
    gateway = await startLoneGateway({ GATEHOUSE_TRUST_PROXY: '127.0.0.1' }, [NamedCallers]);
    servers = await Promise.all(['a', 'b', 'c'].map((name) => startNodeServer(name)));
    await addPool(gateway);
  });
  afterAll(async () => {
    await gateway?.stop();
    await Promise.all(servers.map((one) => one.stop()));
  });
  beforeEach(() => {
    for (const one of servers) {
      one.seen.length = 0;
      one.handler = (_, response) => response.end(one.name);
    }
  });

  const put = (settings: object) =>
    putUpstreams(gateway, { name: 'pool', targets: servers.map(({ url }) => ({ url })), ...settings });
  const url = (rest = '') => `${gateway.url}/pool${rest}`;
  const weighted = (...weights: number[]) =>
    weights.map((weight, i) => ({ host: '127.0.0.1', port: servers[i]!.port, weight }));

  describe('balancing', () => {
    it('round_robin takes one after the other', async () => {
      put({});
      expect(await tally(url(), 9)).toEqual({ a: 3, b: 3, c: 3 });
    });

    it('round_robin follows weights, smoothly', async () => {
      put({ targets: weighted(4, 1, 1) });
      const order: string[] = [];
      for (let i = 0; i < 12; i++) order.push(Object.keys(await tally(url(), 1))[0]!);
      expect(order.filter((name) => name === 'a')).toHaveLength(8);
      expect(order.join('')).not.toMatch(/aaaa/);
    });

    it('weight 0 gets nothing new', async () => {
      put({ targets: weighted(1, 0, 1) });
      expect(await tally(url(), 6)).toEqual({ a: 3, c: 3 });
    });

    it('least_connections spares the one that is busy', async () => {
      put({ targets: weighted(1, 1), balancing: { by: 'least_connections' } });
      const held: http.ServerResponse[] = [];
      a().handler = (_, response) => void held.push(response);
      const first = Promise.all([fetch(url()), fetch(url())]);
      await until(() => held.length === 1);
      expect(await tally(url(), 6)).toEqual({ b: 6 });
      held[0]!.end();
      await first;
    });

    it('p2c_ewma prefers the one that answers sooner', async () => {
      put({ targets: weighted(1, 1), balancing: { by: 'p2c_ewma' } });
      a().handler = (_, response) => setTimeout(() => response.end('a'), 1_000);
      const { a: slow = 0, b: quick = 0 } = await tally(url(), 12);
      expect(quick).toBeGreaterThan(slow * 2);
    });

    it.each([
      ['header', { header: 'X-Tenant' }, (i: number) => ({ headers: { 'x-tenant': `t${i}` } })],
      ['cookie', { cookie: 'session' }, (i: number) => ({ headers: { cookie: `a=b; session=s${i}` } })],
      ['address', { of: 'address' }, (i: number) => ({ headers: { 'x-forwarded-for': `10.0.0.${i}` } })],
    ])('consistent_hash by %s sends the same to the same', async (_, hash_on, init) => {
      put({ balancing: { by: 'consistent_hash', hash_on } });
      const owners = await Promise.all(
        Array.from({ length: 30 }, async (_, i) => Object.keys(await tally(url(), 4, () => init(i)))),
      );
      for (const one of owners) expect(one).toHaveLength(1);
      expect(new Set(owners.flat())).toEqual(new Set(['a', 'b', 'c']));
    });

    it('consistent_hash by consumer follows the caller', async () => {
      await gateway.addRoute({
        name: 'named',
        match: { paths: ['/named'] },
        upstream: { name: 'pool' },
        guards: [{ type: 'named' }],
      });
      put({ balancing: { by: 'consistent_hash', hash_on: { of: 'consumer' } } });
      const owners = new Set<string>();
      for (let i = 0; i < 12; i++) {
        const by = await tally(`${gateway.url}/named`, 2, () => ({ headers: { 'x-name': `c${i}` } }));
        expect(Object.values(by)).toEqual([2]);
        owners.add(Object.keys(by)[0]!);
      }
      expect(owners.size).toBeGreaterThan(1);
    });

    it('consistent_hash by path, and only the keys of a target that goes move', async () => {
      const owners = async () => {
        const found = [];
        for (let i = 0; i < 40; i++) found.push(Object.keys(await tally(url(`/${i}`), 1))[0]!);
        return found;
      };
      const balancing = { by: 'consistent_hash', hash_on: { of: 'path' } };
      put({ balancing });
      const before = await owners();
      put({ balancing, targets: weighted(1, 1) });
      const after = await owners();
      expect(before.filter((one) => one === 'c').length).toBeGreaterThan(3);
      before.forEach((one, i) => one !== 'c' && expect(after[i]).toBe(one));
    });

    it('slow_start gives a new target its share little by little', async () => {
      const balancing = { slow_start: 30 };
      put({ targets: weighted(1), balancing });
      await tally(url(), 1);
      put({ targets: weighted(1, 1), balancing });
      const { a: old = 0, b: fresh = 0 } = await tally(url(), 44);
      expect(fresh).toBeGreaterThan(0);
      expect(fresh).toBeLessThan(old / 4);
      put({ targets: weighted(1) });
      put({ targets: weighted(1, 1) });
      expect(await tally(url(), 10)).toEqual({ a: 5, b: 5 });
    });
  });

  it('targets by url keep its path; those by host get the one of the upstream', async () => {
    put({ targets: [{ url: `${a().url}/base/` }] });
    await fetch(url('/x?y'));
    expect(a().seen.at(-1)!.url).toBe('/base/pool/x?y');
    put({ targets: weighted(1), path: '/other' });
    await fetch(url('/x'));
    expect(a().seen.at(-1)!.url).toBe('/other/pool/x');
  });

  it('scheme says how targets by host are spoken to', async () => {
    put({ targets: weighted(1), scheme: 'https' });
    expect((await fetch(url())).status).toBe(502);
    put({ targets: weighted(1), scheme: 'http' });
    expect((await fetch(url())).status).toBe(200);
  });

  it('an upstream that is out of force, or has no targets, is a 503', async () => {
    putUpstreams(gateway);
    expect((await fetch(url())).status).toBe(503);
    put({ targets: [] });
    const answer = await fetch(url());
    expect(answer.status).toBe(503);
    expect(answer.headers.get('retry-after')).toBe('1');
  });

  it('is an object of the configuration; a route names one that is there', async () => {
    const route = { name: 'own', match: { paths: ['/own'] }, upstream: { name: 'own' } };
    await expect(gateway.addRoute(route)).rejects.toMatchObject({
      errors: [{ pointer: '/upstream/name', detail: 'names no upstream: create it first' }],
    });
    await gateway.add('upstreams', { name: 'own', targets: [{ url: a().url }] });
    await gateway.addRoute(route);
    expect(await (await fetch(`${gateway.url}/own`)).text()).toBe('a');
  });

  describe('timeouts', () => {
    it.each([
      ['url', true],
      ['name', false],
    ])('response: no head in time is a 504 (upstream by %s)', async (by, inline) => {
      a().handler = (_, response) => setTimeout(() => response.end('a'), 2_500);
      let address = url();
      const timeouts = (response: number) => ({ timeouts: { response } });
      const settle = async (response: number) => {
        if (!inline) return put({ targets: weighted(1), ...timeouts(response) });
        const path = `/inline-${by}-${response * 100}`;
        const upstream = { url: a().url, ...timeouts(response) };
        await gateway.addRoute({ name: path.slice(1), match: { paths: [path] }, upstream });
        address = gateway.url + path;
      };
      await settle(0.1);
      expect((await fetch(address)).status).toBe(504);
      await settle(5);
      expect((await fetch(address)).status).toBe(200);
    });

    it('connect: no connection in time is a 504', async () => {
      // It takes the connection, but never speaks TLS.
      const silent = net.createServer();
      await new Promise<void>((resolve) => silent.listen(0, '127.0.0.1', resolve));
      const { port } = silent.address() as AddressInfo;
      const put = (timeouts: object) =>
        putUpstreams(gateway, {
          name: 'pool',
          targets: [{ url: `https://127.0.0.1:${port}` }],
          timeouts: { ...timeouts, response: 30 },
        });
      put({ connect: 0.2 });
      const started = Date.now();
      expect((await fetch(url())).status).toBe(504);
      expect(Date.now() - started).toBeLessThan(2_500);
      silent.close();
    });

    it('idle: a body that stalls is broken off', async () => {
      a().handler = (_, response) => {
        response.write('half');
        setTimeout(() => response.end('whole'), 2_500);
      };
      put({ targets: weighted(1), timeouts: { idle: 0.1 } });
      await expect(fetch(url()).then((answer) => answer.text())).rejects.toThrow();
      put({ targets: weighted(1), timeouts: { idle: 5 } });
      expect(await (await fetch(url())).text()).toBe('halfwhole');
    });

    it('total: also ends a call whose body keeps coming', async () => {
      a().handler = (_, response) => {
        const timer = setInterval(() => response.write('x'), 20);
        response.on('close', () => clearInterval(timer));
        setTimeout(() => response.end(), 500);
      };
      put({ targets: weighted(1), timeouts: { total: 0.2 } });
      await expect(fetch(url()).then((answer) => answer.text())).rejects.toThrow();
      put({ targets: weighted(1) });
      expect(await (await fetch(url())).text()).toMatch(/^x+$/);
      a().handler = () => undefined;
      put({ targets: weighted(1), timeouts: { total: 0.2 } });
      expect((await fetch(url())).status).toBe(504);
    });
  });

  describe('connections', () => {
    const hold = () => {
      const waiting: http.ServerResponse[] = [];
      a().handler = (_, response) => void waiting.push(response);
      return waiting;
    };

    it('max: no more are opened, and calls wait for one', async () => {
      const waiting = hold();
      put({ targets: weighted(1), connections: { max: 2 } });
      const calls = Array.from({ length: 5 }, () => fetch(url()));
      await until(() => waiting.length === 2);
      await pause(100);
      expect(waiting).toHaveLength(2);
      a().handler = (_, response) => response.end('a');
      for (const response of waiting) response.end('a');
      for (const one of await Promise.all(calls)) expect(one.status).toBe(200);
    });

    it('max_pending: more than may wait are refused, with Retry-After', async () => {
      const waiting = hold();
      put({ targets: weighted(1), connections: { max: 1, max_pending: 1 } });
      const calls = [fetch(url())];
      await until(() => waiting.length === 1);
      calls.push(fetch(url()));
      await pause(50);
      const refused = await fetch(url());
      expect(refused.status).toBe(503);
      expect(refused.headers.get('retry-after')).toBe('1');
      put({ targets: weighted(1), connections: { max: 1, max_pending: 1 } });
      a().handler = (_, response) => response.end('a');
      waiting[0]!.end();
      expect((await Promise.all(calls)).map(({ status }) => status)).toEqual([200, 200]);
    });

    it('pending_timeout: nobody waits longer', async () => {
      const waiting = hold();
      put({ targets: weighted(1), connections: { max: 1, pending_timeout: 0.1 } });
      const first = fetch(url());
      await until(() => waiting.length === 1);
      const started = Date.now();
      expect((await fetch(url())).status).toBe(503);
      expect(Date.now() - started).toBeLessThan(1_500);
      waiting[0]!.end();
      expect((await first).status).toBe(200);
    });

    it('a caller that leaves while it waits gives its place up', async () => {
      const waiting = hold();
      put({ targets: weighted(1), connections: { max: 1, max_pending: 1 } });
      const first = fetch(url());
      await until(() => waiting.length === 1);
      const leaving = new AbortController();
      const left = fetch(url(), { signal: leaving.signal }).catch(() => 'left');
      await pause(50);
      leaving.abort();
      expect(await left).toBe('left');
      await pause(50);
      const next = fetch(url());
      await pause(50);
      a().handler = (_, response) => response.end('a');
      waiting[0]!.end();
      expect([(await first).status, (await next).status]).toEqual([200, 200]);
      expect(a().seen).toHaveLength(2);
    });

    it('idle_timeout: unused ones are closed', async () => {
      const raw = await startRawServer((socket) => {
        socket.write('HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n');
        socket.on('close', () => closed++);
      });
      let closed = 0;
      put({ targets: [{ url: raw.url }], connections: { idle_timeout: 0.2 } });
      await fetch(url());
      await until(() => closed > 0, 3_000);
      raw.stop();
    });
  });

  it('a caller that leaves ends the request at the upstream', async () => {
    let ended = false;
    a().handler = (request) => request.on('close', () => (ended = true));
    put({ targets: weighted(1) });
    const leaving = new AbortController();
    const call = fetch(url(), { signal: leaving.signal }).catch(() => 'left');
    await until(() => a().seen.length === 1);
    leaving.abort();
    await call;
    await until(() => ended);
  });

  describe('one server, with settings beside its url', () => {
    const route = async (name: string, settings: object) => {
      await gateway.addRoute({
        name,
        match: { paths: [`/${name}`] },
        upstream: { url: a().url, ...settings },
      });
      return `${gateway.url}/${name}`;
    };

    it('retries: the same server is asked again', async () => {
      a().handler = (_, response) => response.writeHead(a().seen.length % 2 ? 503 : 200).end();
      expect((await fetch(await route('once', {}))).status).toBe(503);
      a().seen.length = 0;
      expect((await fetch(await route('twice', { retries: {} }))).status).toBe(200);
    });

    it('circuit_breaker: opens', async () => {
      a().handler = (_, response) => response.writeHead(500).end();
      const breaking = await route('breaking', { circuit_breaker: { min_calls: 2 } });
      expect(await tally(breaking, 2)).toEqual({ a: 2 });
      expect(await tally(breaking, 2)).toEqual({ 503: 2 });
    });

    it('http2 and tls: are used', async () => {
      expect(await tally(await route('http2', { http2: true, timeouts: { response: 1 } }), 1)).toEqual({
        502: 1,
      });
      const tls = { ca_file: '/nowhere' };
      const secured = await route('tls', { tls, url: a().url.replace('http:', 'https:') });
      expect(await tally(secured, 1)).toEqual({ 502: 1 });
    });

    it('tls is for https', async () => {
      await expect(route('plain', { tls: {} })).rejects.toMatchObject({
        errors: [{ pointer: '/upstream/tls' }],
      });
    });

    it('belong to the upstream where that is named', async () => {
      const upstream = { name: 'pool', timeouts: {} };
      const adding = gateway.addRoute({ name: 'both', match: { paths: ['/both'] }, upstream });
      await expect(adding).rejects.toMatchObject({ errors: [{ pointer: '/upstream/timeouts' }] });
      const neither = gateway.addRoute({ name: 'both', match: { paths: ['/both'] }, upstream: {} });
      await expect(neither).rejects.toMatchObject({ errors: [{ pointer: '/upstream/url' }] });
    });
  });

  it.each([
    [{ targets: undefined }, '/targets'],
    [{ targets: [{}] }, '/targets/0/url'],
    [{ targets: [{ host: 'a' }] }, '/targets/0/port'],
    [{ balancing: { by: 'consistent_hash' } }, '/balancing/hash_on'],
    [{ balancing: { hash_on: { of: 'path' } } }, '/balancing/hash_on'],
    [{ tls: { cert_file: '/x' } }, '/tls/key_file'],
    [{ tls: {} }, '/tls'],
    [{ tls: {}, targets: [{ host: 'a', port: 1 }] }, '/tls'],
    [{ tls: {}, targets: undefined, discovery: { dns: 'a', name: 'x' } }, '/tls'],
    [{ discovery: { dns: 'a', name: 'x' } }, '/targets'],
    [{ retries: { on: [200] } }, '/retries/on/0'],
    [{ nonsense: 1 }, ''],
  ])('%j is refused at %s', (settings, pointer) => {
    let message = '';
    try {
      put(settings);
    } catch (error) {
      message = JSON.stringify((error as { issues: { path: unknown[] }[] }).issues.map(({ path }) => path));
    }
    expect(message).toContain(
      JSON.stringify(
        pointer
          .split('/')
          .slice(1)
          .map((part) => (/^\d+$/.test(part) ? Number(part) : part)),
      ),
    );
  });
});
