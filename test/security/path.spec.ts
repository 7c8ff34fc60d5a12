import {
  echo,
  type Echo,
  rawExchange,
  send,
  startUpstream,
  statusesOf,
  type Upstream,
} from '../gateway/gateway.js';
import { type LoneGateway, startLoneGateway } from '../gateway/lone-gateway.js';

/** One route for everything, and a closed one within: nothing may reach the upstream as the closed path unasked. */
describe('the path of a request (raw sockets)', () => {
  let gateway: LoneGateway;
  let upstream: Upstream;

  beforeAll(async () => {
    [gateway, upstream] = await Promise.all([startLoneGateway(), startUpstream(echo)]);
    const to = { upstream: { url: upstream.url } };
    const guards = [{ type: 'access_token', audience: 'https://nobody.example' }];
    await gateway.addRoute({ name: 'all', match: { paths: ['/'] }, ...to });
    await gateway.addRoute({ name: 'closed', match: { paths: ['/closed', '/@closed'] }, guards, ...to });
    await gateway.addRoute({ name: 'exact', match: { paths: [{ exact: '/one/closed' }] }, guards, ...to });
    await gateway.addRoute({
      name: 'template',
      match: { paths: [{ template: '/of/{id}/closed' }] },
      guards,
      ...to,
    });
    await gateway.addRoute({
      name: 'regex',
      match: { paths: [{ regex: '/re/[a-z]+/closed' }] },
      guards,
      ...to,
    });
    await gateway.addRoute({
      name: 'hosted',
      match: { hosts: ['closed.example'], paths: ['/'] },
      guards,
      ...to,
    });
    await gateway.addRoute({ name: 'api', match: { paths: ['/api'] }, strip_prefix: true, ...to });
  });
  afterAll(async () => {
    await gateway?.stop();
    await upstream?.stop();
  });
  beforeEach(() => (upstream.seen.length = 0));

  const request = (target: string, host = 'Host: localhost') =>
    `GET ${target} HTTP/1.1\r\n${host}\r\nConnection: close\r\n\r\n`;
  const exchange = (target: string) => rawExchange(gateway.url, request(target));

  async function expectRefused(text: string): Promise<void> {
    const statuses = statusesOf(await rawExchange(gateway.url, text));
    expect(statuses).not.toHaveLength(0);
    expect(statuses.every((status) => status >= 400 && status < 500)).toBe(true);
    expect(upstream.seen).toHaveLength(0);
  }

  it.each([
    ['Traefik CVE-2025-66490: %2F', '/x%2Fclosed'],
    ['Traefik CVE-2025-66490: %2f and dots', '/x%2f..%2fclosed'],
    ['Traefik CVE-2025-66490: %5C', '/x%5Cclosed'],
    ['Traefik CVE-2025-66490: %00', '/x%00/closed'],
    ['Traefik CVE-2025-66490: %3B', '/closed%3Bx'],
    ['Traefik CVE-2025-66490: %23 after dots', '/closed/%2e%2e/%23'],
    ['encoded twice', '/x%252f..%252fclosed'],
    ['OPA-Envoy CVE-2026-26205: //admin', '//admin'],
    ['OPA-Envoy CVE-2026-26205: //closed', '//closed'],
    ['OPA-Envoy CVE-2026-26205: /x//closed', '/x//closed'],
    ['@fastify/middie CVE-2026-2880: an empty segment at the end', '/closed//'],
    ['@fastify/middie CVE-2026-2880: dots', '/x/../closed'],
    ['@fastify/middie CVE-2026-2880: a dot', '/./closed'],
    ['@fastify/middie CVE-2026-2880: encoded dots', '/x/%2e%2E/closed'],
    ['@fastify/middie CVE-2026-2880: a dot and an encoded one', '/x/.%2e/closed'],
    [';params: of a guarded path', '/closed;a=b'],
    [';params: in the middle', '/closed;a/x'],
    [';params: of an exact path', '/one/closed;a'],
    [';params: of a template', '/of/7/closed;a'],
    [';params: of an expression', '/re/a/closed;a'],
    [';params: on dots', '/x/..;a=b/closed'],
    [';params: on a segment that is nothing else', '/;a/closed'],
    ['%00', '/closed%00'],
    ['backslash', '/x\\..\\closed'],
    ['backslash at the beginning', '\\closed'],
    ['over-long UTF-8: dots', '/x/%c0%ae%c0%ae/closed'],
    ['over-long UTF-8: a slash', '/x%c0%afclosed'],
    ['over-long UTF-8: three bytes', '/x%e0%80%afclosed'],
    ['bytes that are no UTF-8', '/closed%ff'],
    ['bytes that are not encoded', '/closed\u00e4'],
    ['a tab', '/closed\t'],
    ['a line feed, encoded', '/closed%0a'],
    ['a fragment', '/x#/../closed'],
    ['absolute-form: with the host of the gateway', 'http://localhost/closed'],
    ['absolute-form: with another host', 'http://closed.example/'],
    ['absolute-form: https', 'https://localhost/closed'],
    ['absolute-form: with a user', 'http://localhost@closed.example/'],
    ['authority-form', 'localhost:80'],
    ['asterisk-form', '*'],
  ])('%s is refused', async (_, target) => {
    await expectRefused(request(target));
  });

  it('Traefik CVE-2026-48020: /api%2e%2e/ is the name it says, and leads nowhere', async () => {
    const received = await exchange('/api%2e%2e/closed');
    expect(statusesOf(received)).toEqual([200]);
    expect(upstream.seen.map((one) => one.url)).toEqual(['/api../closed']);
    await exchange('/api/%2e%2e/closed');
    expect(upstream.seen).toHaveLength(1);
  });

  it.each([
    ['a letter, encoded', '/cl%6fsed'],
    ['the first one', '/%63losed'],
    ['a sign of a route, encoded', '/%40closed'],
    ['an empty query', '/closed?'],
    ['a slash at the end', '/closed/'],
    ['an exact path', '/one/%63losed'],
    ['a template', '/of/a%20b/close%64'],
    ['an expression', '/re/%61/closed'],
  ])('Traefik GHSA-6jwx-7vp4-9847: %s is matched in the form in which it is forwarded', async (_, target) => {
    expect(statusesOf(await exchange(target))).toEqual([401]);
    expect(upstream.seen).toHaveLength(0);
  });

  it.each(['/open%41', '/a%7eb', '/a%c3%a4', '/a%20b', '/open;x'])(
    'Traefik GHSA-6jwx-7vp4-9847: what %s was matched as is what the upstream gets',
    async (target) => {
      const { text } = await send(gateway.url, { path: target });
      const { url } = JSON.parse(text) as Echo;
      expect(url).toBe(target.replace('%41', 'A').replace('%7e', '~').replace('%c3%a4', '%C3%A4'));
    },
  );

  it.each(['/CLOSED', '/Closed', '/closed.', '/closed%20', '/closedx', '/One/closed'])(
    'mixed case and its like: %s is another path, and forwarded as such',
    async (target) => {
      expect(statusesOf(await exchange(target))).toEqual([200]);
      expect(upstream.seen.map((one) => one.url)).toEqual([target]);
    },
  );

  it.each(['CLOSED.example', 'closed.EXAMPLE.', 'closed.example:8080'])(
    'mixed case, the root and a port of a host: %s is the same host',
    async (host) => {
      expect(statusesOf(await rawExchange(gateway.url, request('/x', `Host: ${host}`)))).toEqual([401]);
    },
  );

  it('CONNECT is not forwarded', async () => {
    for (const target of ['closed.example:443', '/closed']) {
      const received = await rawExchange(
        gateway.url,
        `CONNECT ${target} HTTP/1.1\r\nHost: localhost\r\n\r\n`,
      );
      expect(received).not.toContain(' 200 ');
      expect(upstream.seen).toHaveLength(0);
    }
  });

  it.each([
    ['two', 'Host: localhost\r\nHost: closed.example'],
    ['two, the other way', 'Host: closed.example\r\nHost: localhost'],
    ['the same twice', 'Host: localhost\r\nHost: localhost'],
    ['in other capitals', 'Host: localhost\r\nhOST: closed.example'],
    ['none', 'X-A: b'],
    ['a list', 'Host: localhost, closed.example'],
    ['a path', 'Host: localhost/closed'],
    ['a user', 'Host: localhost@closed.example'],
    ['a space before the colon', 'Host : closed.example\r\nHost: localhost'],
  ])('Host twice, and its like: %s is refused', async (_, host) => {
    await expectRefused(request('/x', host));
  });

  it.each([
    '/admin',
    '/admin/v1/nothing',
    '/%61dmin/v1/x',
    '/.gatehouse/x',
    '/health/x',
    '/.well-known/oauth-protected-resource/x',
  ])("%s is the gateway's own, whatever routes there are", async (target) => {
    const statuses = statusesOf(await exchange(target));
    expect(statuses.every((status) => status === 401 || status === 404)).toBe(true);
    expect(upstream.seen).toHaveLength(0);
  });

  it('Load: a regex bomb in the path, the query or a header keeps nobody waiting', async () => {
    const bomb = '(a|aa|a*)*b';
    const to = { upstream: { url: upstream.url } };
    await gateway.addRoute({ name: 'b1', match: { paths: [{ regex: `/bomb/${bomb}` }] }, ...to });
    await gateway.addRoute({
      name: 'b2',
      match: { paths: ['/bomb'], query: [{ name: 'q', regex: bomb }] },
      ...to,
    });
    await gateway.addRoute({
      name: 'b3',
      match: { paths: ['/bomb'], headers: [{ name: 'x', regex: bomb }] },
      ...to,
    });
    const long = `${'a'.repeat(4_000)}c`;
    const begun = performance.now();
    for (let i = 0; i < 10; i++) {
      expect(
        (await send(gateway.url, { path: `/bomb/${long}?q=${long}`, headers: { x: long } })).status,
      ).toBe(200);
    }
    expect(performance.now() - begun).toBeLessThan(5_000);
    expect((await send(gateway.url, { path: `/bomb/${'a'.repeat(5_000)}` })).status).toBe(400);
  });

  it('Load: an expression that would take much memory or time is refused', async () => {
    for (const regex of ['/(?:(?:a{30}){30}){30}', '/[a-z]{1001}', '/(?=a)', '/(a)\\1']) {
      const match = { paths: [{ regex }] };
      await expect(
        gateway.addRoute({ name: 'big', match, upstream: { url: upstream.url } }),
      ).rejects.toMatchObject(aFault('RE2'));
    }
  });

  it('Load: hash-collision keys: a query of thousands of keys that collide costs no more than one of others', async () => {
    const match = { paths: ['/keys'], query: [{ name: 'k', exact: 'v' }] };
    await gateway.addRoute({ name: 'keys', match, upstream: { url: upstream.url } });
    // Multiples of a large power of two fall into one bucket of a table that takes numbers for their own hash.
    const colliding = Array.from({ length: 1_200 }, (_, n) => `${n * 2 ** 20}=`).join('&');
    const others = Array.from({ length: 1_200 }, (_, n) => `${n + 1e9}x=`).join('&');
    const time = async (query: string) => {
      const begun = performance.now();
      for (let i = 0; i < 20; i++) {
        expect((await send(gateway.url, { path: `/keys?${query}&k=v` })).status).toBe(200);
      }
      return performance.now() - begun;
    };
    await time(others);
    const [bad, good] = [await time(colliding), await time(others)];
    expect(bad).toBeLessThan(5 * good + 500);
  });

  it('__proto__ and constructor are names like any other', async () => {
    const query = [{ name: '__proto__', exact: '1' }];
    await gateway.addRoute({ name: 'proto', match: { paths: ['/proto'], query }, respond: { status: 204 } });
    const statusOf = async (path: string) => (await send(gateway.url, { path })).status;
    expect(await statusOf('/proto?__proto__=1')).toBe(204);
    expect(await statusOf('/proto?constructor')).toBe(200);
    expect(await statusOf('/constructor')).toBe(200);
  });
});

/** A refusal of the admin API, one of whose faults says this. */
function aFault(detail: string): object {
  const fault: unknown = expect.objectContaining({ detail: expect.stringContaining(detail) as string });
  return { status: 422, errors: expect.arrayContaining([fault]) as unknown };
}
