import { once } from 'node:events';
import http from 'node:http';
import { UpstreamsHealthController } from '../../apps/gateway/src/upstreams/upstreams-health.controller.js';
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

describe('upstreams in trouble', () => {
  let gateway: LoneGateway;
  let a: NodeServer;
  let b: NodeServer;

  beforeAll(async () => {
    gateway = await startLoneGateway();
    [a, b] = await Promise.all([startNodeServer('a'), startNodeServer('b')]);
    await addPool(gateway);
  });
  afterAll(async () => {
    await gateway?.stop();
    await Promise.all([a?.stop(), b?.stop()]);
  });
  beforeEach(() => {
    // Nothing is known from the test before.
    putUpstreams(gateway);
    for (const one of [a, b]) {
      one.seen.length = 0;
      one.handler = (_, response) => response.end(one.name);
    }
  });

  const fails =
    (status = 500): http.RequestListener =>
    (_, response) =>
      response.writeHead(status).end('failed');
  const put = (settings: object) =>
    putUpstreams(gateway, { name: 'pool', targets: [{ url: a.url }, { url: b.url }], ...settings });
  const url = () => `${gateway.url}/pool`;
  const status = async (init?: RequestInit) => {
    const answer = await fetch(url(), init);
    await answer.arrayBuffer();
    return answer.status;
  };
  const health = () => gateway.app.get(UpstreamsHealthController, { strict: false }).health('pool');
  const stateOf = (server: NodeServer) =>
    health().targets.find(({ target }) => target === `127.0.0.1:${server.port}`)!;

  describe('health_check', () => {
    const checks = (settings: object) => ({
      health_check: { path: '/healthy', interval: 0.05, timeout: 1, unhealthy_after: 2, ...settings },
    });
    const ill =
      (status = 500): http.RequestListener =>
      ({ url: path }, response) =>
        response.writeHead(path === '/healthy' ? status : 200).end();

    it('leaves out a target that says it is not well, and takes it back', async () => {
      put(checks({}));
      await until(() => stateOf(a).state === 'healthy');
      a.handler = ill();
      await until(() => stateOf(a).state === 'unhealthy');
      expect(stateOf(a).reason).toBe('answered 500');
      expect(await tally(url(), 4)).toEqual({ b: 4 });
      a.handler = (_, response) => response.end();
      await until(() => stateOf(a).state === 'healthy');
      expect(await tally(url(), 4)).toEqual({ a: 2, b: 2 });
    });

    it('statuses says what is a good answer', async () => {
      a.handler = ill(503);
      put(checks({ statuses: [200, 503] }));
      await until(() => stateOf(a).state === 'healthy');
      put(checks({ statuses: [200] }));
      await until(() => stateOf(a).state === 'unhealthy');
    });

    it('unhealthy_after and healthy_after count answers in a row', async () => {
      put(checks({ unhealthy_after: 100 }));
      a.handler = ill();
      await until(() => a.seen.length > 4);
      expect(stateOf(a).state).toBe('unchecked');
      put(checks({ healthy_after: 100 }));
      await until(() => stateOf(a).state === 'unhealthy');
      a.handler = (_, response) => response.end();
      a.seen.length = 0;
      await until(() => a.seen.length > 4);
      expect(stateOf(a).state).toBe('unhealthy');
    });

    it('timeout: an answer that takes longer is none', async () => {
      a.handler = ({ url: path }, response) => {
        if (path !== '/healthy') response.end();
      };
      put(checks({ timeout: 0.05 }));
      await until(() => stateOf(a).state === 'unhealthy');
      expect(stateOf(a).reason).toBe('no answer within 0.05 s');
    });

    it('when_all_out: all are tried, or each call is refused', async () => {
      a.handler = ill();
      b.handler = ill();
      put(checks({}));
      await until(() => stateOf(a).state === 'unhealthy' && stateOf(b).state === 'unhealthy');
      expect(await status()).toBe(200);
      put({ ...checks({}), when_all_out: 'refuse' });
      expect(await status()).toBe(503);
    });

    it('asks over a connection of its own: a full pool is no illness', async () => {
      const held: http.ServerResponse[] = [];
      a.handler = ({ url: path }, response) => {
        if (path === '/healthy') response.end();
        else held.push(response);
      };
      put({ ...checks({ timeout: 0.5 }), targets: [{ url: a.url }], connections: { max: 1 } });
      const call = status();
      await until(() => held.length === 1);
      await pause(700);
      expect(stateOf(a).state).toBe('healthy');
      held[0]!.end();
      expect(await call).toBe(200);
    });
  });

  describe('outliers', () => {
    it('a target that fails call after call is left out for a while', async () => {
      a.handler = fails();
      put({ outliers: { consecutive_failures: 3, ejection: 0.6 } });
      expect(await tally(url(), 12)).toMatchObject({ a: 3, b: 9 });
      expect(stateOf(a)).toMatchObject({ state: 'ejected', reason: 'failed 3 calls in a row', ejections: 1 });
      a.handler = (_, response) => response.end();
      await until(() => stateOf(a).state === 'unchecked');
      expect(await tally(url(), 4)).toEqual({ a: 2, b: 2 });
    });

    it('each time for longer, until max_ejection', async () => {
      a.handler = fails();
      const timeOut = async () => {
        await until(async () => (await status()) > 0 && stateOf(a).state === 'ejected');
        const ms = Date.parse(stateOf(a).ejected_until!) - Date.now();
        await until(() => stateOf(a).state !== 'ejected');
        return ms;
      };
      put({ outliers: { consecutive_failures: 1, ejection: 0.4, max_ejection: 10 } });
      const [first, second] = [await timeOut(), await timeOut()];
      expect(first).toBeLessThanOrEqual(400);
      expect(second).toBeGreaterThan(450);
      put({ outliers: { consecutive_failures: 1, ejection: 0.4, max_ejection: 0.4 } });
      expect(await timeOut()).toBeLessThanOrEqual(400);
    });

    it('max_ejected_percent: never more of them', async () => {
      a.handler = fails();
      b.handler = fails();
      put({ outliers: { consecutive_failures: 1, max_ejected_percent: 50 } });
      await tally(url(), 8);
      expect(health().targets.filter(({ state }) => state === 'ejected')).toHaveLength(1);
      putUpstreams(gateway);
      put({ outliers: { consecutive_failures: 1, max_ejected_percent: 100 }, when_all_out: 'refuse' });
      await tally(url(), 2);
      expect(health().targets.filter(({ state }) => state === 'ejected')).toHaveLength(2);
      expect(await status()).toBe(503);
    });

    it('callers that break off their uploads eject nobody', async () => {
      a.handler = (request) => request.resume();
      put({
        targets: [{ url: a.url }, { url: a.url.replace('127.0.0.1', 'localhost') }],
        outliers: { consecutive_failures: 1 },
      });
      for (let i = 0; i < 4; i++) {
        const request = http.request(url(), { method: 'POST', headers: { 'content-length': '10' } });
        request.on('error', () => undefined);
        request.write('x');
        await until(() => a.seen.length === i + 1);
        request.destroy();
      }
      await pause(100);
      expect(health().targets.map(({ state, errors }) => [state, errors])).toEqual([
        ['unchecked', 0],
        ['unchecked', 0],
      ]);
    });
  });

  describe('outliers and timeouts.total', () => {
    const ejecting = { timeouts: { total: 0.4 }, outliers: { consecutive_failures: 1 } };

    it('an upstream that takes too long is at fault', async () => {
      a.handler = (request) => request.resume();
      put({ targets: [{ url: a.url }], ...ejecting });
      expect(await status({ method: 'POST', body: 'x' })).toBe(504);
      expect(stateOf(a).errors).toBe(1);
    });

    it('a caller who takes too long over the upload is, and ejects nobody', async () => {
      a.handler = (request) => request.resume();
      put({ targets: [{ url: a.url }], ...ejecting });
      const request = http.request(url(), { method: 'POST', headers: { 'content-length': '10' } });
      request.on('error', () => undefined);
      request.write('x');
      const [answer] = (await once(request, 'response')) as [http.IncomingMessage];
      expect([answer.statusCode, stateOf(a).errors]).toEqual([504, 0]);
      request.destroy();
    });

    it('and so is one who sends the end of it just before', async () => {
      a.handler = (request) => request.resume();
      put({ targets: [{ url: a.url }], ...ejecting });
      const request = http.request(url(), { method: 'POST', headers: { 'content-length': '2' } });
      request.write('x');
      setTimeout(() => request.end('y'), 300);
      const [answer] = (await once(request, 'response')) as [http.IncomingMessage];
      expect([answer.statusCode, stateOf(a).errors]).toEqual([504, 0]);
    });

    it('and so is one who does not read the answer', async () => {
      a.handler = (_, response) => response.end(Buffer.alloc(30_000_000));
      put({ targets: [{ url: a.url }], ...ejecting });
      const answer = await new Promise<http.IncomingMessage>((resolve) => http.get(url(), resolve));
      answer.on('error', () => undefined).pause();
      await until(() => stateOf(a).active === 0);
      expect(stateOf(a).errors).toBe(0);
      answer.destroy();
    });
  });

  describe('circuit_breaker', () => {
    it('opens, refuses with Retry-After, lets probes through, and closes', async () => {
      a.handler = fails();
      b.handler = fails();
      put({ circuit_breaker: { min_calls: 4, failure_ratio: 0.5, open_for: 0.5, probes: 1 } });
      expect(await tally(url(), 4)).toEqual({ a: 2, b: 2 });
      const refused = await fetch(url());
      expect(refused.status).toBe(503);
      expect(refused.headers.get('retry-after')).toBe('1');
      expect(health().circuit).toBe('open');
      a.seen.length = b.seen.length = 0;
      await until(async () => (await status()) === 500);
      expect(a.seen.length + b.seen.length).toBe(1);
      expect(health().circuit).toBe('open');
      for (const one of [a, b]) one.handler = (_, response) => response.end();
      await until(async () => (await status()) === 200);
      expect(health().circuit).toBe('closed');
    });

    it.each([
      ['min_calls', { min_calls: 100 }],
      ['failure_ratio', { failure_ratio: 1 }],
      ['window', { window: 0.1 }],
    ])('%s: fewer failures do not open it', async (member, settings) => {
      a.handler = fails();
      put({ circuit_breaker: { min_calls: 4, ...settings } });
      for (let i = 0; i < 8; i++) {
        await status();
        if (member === 'window') await pause(60);
      }
      expect(health().circuit).toBe('closed');
    });
  });

  describe('retries', () => {
    const retries = (settings: object = {}) => ({
      retries: { budget: { min_per_second: 100 }, ...settings },
    });

    it('another target answers in place of one that fails', async () => {
      a.handler = fails(503);
      put({});
      expect((await tally(url(), 4)).a).toBe(2);
      put(retries());
      expect(await tally(url(), 6)).toEqual({ b: 6 });
      expect(stateOf(b).retries).toBeGreaterThan(0);
    });

    it('tries: no more than that', async () => {
      a.handler = b.handler = fails(503);
      put(retries({ tries: 3 }));
      expect(await status()).toBe(503);
      expect(a.seen.length + b.seen.length).toBe(3);
    });

    it('on: only for what it names', async () => {
      a.handler = fails(502);
      put(retries({ on: [503] }));
      expect((await tally(url(), 4)).a).toBe(2);
      put(retries({ on: [502] }));
      expect((await tally(url(), 4)).a).toBeUndefined();
    });

    it('RFC 9110 §9.2.2: POST is not sent twice, unless methods says so', async () => {
      a.handler = fails(503);
      put(retries());
      const posts = () => tally(url(), 4, () => ({ method: 'POST', body: 'x' }));
      expect((await posts()).a).toBe(2);
      put(retries({ methods: ['POST'] }));
      a.seen.length = 0;
      await posts();
      expect(a.seen.length).toBe(2);
    });

    it('reset: a connection that breaks before the head', async () => {
      a.handler = (request) => request.socket.destroy();
      put(retries({ on: ['connect'] }));
      expect((await tally(url(), 4))['502']).toBe(2);
      put(retries({ on: ['reset'] }));
      expect(await tally(url(), 4)).toEqual({ b: 4 });
    });

    it('timeout: no head in time', async () => {
      a.handler = () => undefined;
      put({ ...retries({ on: ['timeout'] }), timeouts: { response: 0.1 } });
      expect(await tally(url(), 2)).toEqual({ b: 2 });
      put({ ...retries({ on: ['reset'] }), timeouts: { response: 0.1 } });
      expect(await tally(url(), 2)).toEqual({ b: 1, 504: 1 });
    });

    it('connect: nothing was sent, so that any method and any body goes elsewhere', async () => {
      const gone = await startNodeServer('gone');
      await gone.stop();
      b.handler = (request, response) => void request.pipe(response);
      const targets = [{ url: gone.url }, { url: b.url }];
      const post = () => fetch(url(), { method: 'POST', body: 'the whole body' });
      put({ ...retries({ on: ['connect'] }), targets });
      for (let i = 0; i < 4; i++) expect(await (await post()).text()).toBe('the whole body');
      put({ ...retries({ on: ['reset'] }), targets });
      expect([(await post()).status, (await post()).status].sort()).toEqual([200, 502]);
    });

    it('a body that was read of is not sent again', async () => {
      a.handler = (request, response) => request.once('data', () => fails(503)(request, response));
      b.handler = a.handler;
      put(retries({ methods: ['PUT'] }));
      expect(await status({ method: 'PUT', body: 'x' })).toBe(503);
      expect(a.seen.length + b.seen.length).toBe(1);
    });

    it('never after the head: an answer that breaks is broken', async () => {
      a.handler = b.handler = (_, response) => {
        response.writeHead(200, { 'content-length': '10' });
        response.write('half');
        setTimeout(() => response.destroy(), 30);
      };
      put(retries());
      await expect(status()).rejects.toThrow();
      expect(a.seen.length + b.seen.length).toBe(1);
    });

    it('budget: retries are a share of the calls, however many fail', async () => {
      a.handler = b.handler = fails(503);
      put({ retries: { budget: { ratio: 0.1, min_per_second: 0 } } });
      await tally(url(), 30);
      const sent = a.seen.length + b.seen.length;
      expect(sent).toBeGreaterThanOrEqual(32);
      expect(sent).toBeLessThanOrEqual(33);
      put({ retries: { budget: { ratio: 0, min_per_second: 1_000 } } });
      a.seen.length = b.seen.length = 0;
      await tally(url(), 5);
      expect(a.seen.length + b.seen.length).toBe(10);
    });
  });

  describe('changes of the settings', () => {
    it('apisix#13141, apisix#13282: what is known of a target outlives changes of others and of weights', async () => {
      a.handler = fails();
      const outliers = { consecutive_failures: 1, ejection: 60 };
      put({ outliers });
      await tally(url(), 4);
      expect(stateOf(a).state).toBe('ejected');
      const c = await startNodeServer('c');
      const targets = [{ url: a.url, weight: 5 }, { url: b.url }, { url: c.url }];
      put({ outliers, targets, timeouts: { response: 9 } });
      expect(stateOf(a)).toMatchObject({ state: 'ejected', requests: 1, errors: 1 });
      expect(Object.keys(await tally(url(), 4)).sort()).toEqual(['b', 'c']);
      await c.stop();
    });

    it('connections stay open where nothing about them has changed', async () => {
      put({ targets: [{ url: a.url }] });
      await tally(url(), 2);
      const before = a.connections;
      put({ targets: [{ url: a.url, weight: 3 }, { url: b.url }], balancing: { by: 'least_connections' } });
      await tally(url(), 4);
      expect(a.connections).toBe(before);
    });

    it('what runs is finished when its target goes, and then its connection closed', async () => {
      let closed = false;
      const raw = await startRawServer((socket, request) => {
        if (!request.startsWith('GET')) return;
        socket.on('close', () => (closed = true));
        socket.write('HTTP/1.1 200 OK\r\nContent-Length: 8\r\n\r\nhalf');
        setTimeout(() => socket.write('half'), 400);
      });
      put({ targets: [{ url: raw.url }] });
      const answer = await fetch(url());
      put({ targets: [{ url: b.url }] });
      expect(await tally(url(), 2)).toEqual({ b: 2 });
      expect(await answer.text()).toBe('halfhalf');
      await until(() => closed, 2_000);
      raw.stop();
    });

    it('an upstream that is taken out takes no calls, and one that comes back does', async () => {
      put({});
      expect(await status()).toBe(200);
      putUpstreams(gateway);
      expect(await status()).toBe(503);
      put({});
      expect(await status()).toBe(200);
    });
  });
});
