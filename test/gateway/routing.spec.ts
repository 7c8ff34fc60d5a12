import { type Echo, send, startUpstream, type Upstream } from './gateway.js';
import { type LoneGateway, startLoneGateway } from './lone-gateway.js';

describe('which route a call takes', () => {
  let gateway: LoneGateway;
  let upstream: Upstream;
  let count = 0;

  beforeAll(async () => {
    [gateway, upstream] = await Promise.all([startLoneGateway(), startUpstream()]);
  });
  afterAll(async () => {
    await gateway?.stop();
    await upstream?.stop();
  });

  /** Two routes for a path of the test's own: one for every call, and one with more to its match. */
  async function routes(match: (base: string) => Record<string, unknown>): Promise<string> {
    const base = `/m${++count}`;
    const to = (name: string) => ({ upstream: { url: `${upstream.url}/${name}` } });
    await gateway.addRoute({ name: `any${count}`, match: { paths: [base] }, ...to('any') });
    await gateway.addRoute({ name: `it${count}`, match: { paths: [base], ...match(base) }, ...to('it') });
    return base;
  }

  /** Which of the two took the call. */
  async function taker(path: string, more: { method?: string; headers?: Record<string, string> } = {}) {
    const { text } = await send(gateway.url, { path, ...more });
    return (JSON.parse(text) as Echo).url.split('/')[1];
  }

  it('paths: exact, prefix, template, regex', async () => {
    const base = await routes((at) => ({
      paths: [
        { exact: `${at}/exact` },
        { prefix: `${at}/prefix` },
        { template: `${at}/of/{id}` },
        { regex: `${at}/n[0-9]+` },
      ],
    }));
    for (const path of ['/exact', '/prefix', '/prefix/x', '/of/7', '/n12'])
      expect(await taker(base + path)).toBe('it');
    for (const path of ['/exact/x', '/prefixx', '/of/7/x', '/of', '/n', '/n1x'])
      expect(await taker(base + path)).toBe('any');
  });

  it('hosts: a wildcard takes every name below it', async () => {
    const base = await routes(() => ({ hosts: ['*.w.example'] }));
    const on = (host: string) => taker(base, { headers: { host } });
    expect(await on('a.w.example')).toBe('it');
    expect(await on('A.B.W.Example:8080')).toBe('it');
    for (const host of ['w.example', 'aw.example', 'a.w.example.evil']) expect(await on(host)).toBe('any');
  });

  it('methods, headers, query, cookies', async () => {
    const base = await routes(() => ({ methods: ['POST'] }));
    expect(await taker(base, { method: 'POST' })).toBe('it');
    expect(await taker(base)).toBe('any');

    const headed = await routes(() => ({ headers: [{ name: 'X-Version', regex: '2|3' }] }));
    expect(await taker(headed, { headers: { 'X-VERSION': '3' } })).toBe('it');
    expect(await taker(headed, { headers: { 'x-version': '4' } })).toBe('any');

    const asked = await routes(() => ({ query: [{ name: 'a b', exact: 'ä' }] }));
    expect(await taker(`${asked}?a+b=%C3%A4`)).toBe('it');
    expect(await taker(`${asked}?a+b=a`)).toBe('any');

    const sweet = await routes(() => ({ cookies: [{ name: 'beta', one_of: ['1', 'yes'] }] }));
    expect(await taker(sweet, { headers: { cookie: 'x=y; beta=yes' } })).toBe('it');
    expect(await taker(sweet, { headers: { cookie: 'beta=no' } })).toBe('any');
  });

  it('not: what it excludes', async () => {
    const base = await routes(() => ({ headers: [{ name: 'x-internal', present: true, not: true }] }));
    expect(await taker(base)).toBe('it');
    expect(await taker(base, { headers: { 'x-internal': '' } })).toBe('any');
  });

  it('priority goes before everything else', async () => {
    const base = await routes((at) => ({ paths: [{ exact: `${at}/a` }], priority: -1 }));
    expect(await taker(`${base}/a`)).toBe('any');
    const other = await routes((at) => ({ paths: [{ exact: `${at}/a` }], priority: 0 }));
    expect(await taker(`${other}/a`)).toBe('it');
  });
});
