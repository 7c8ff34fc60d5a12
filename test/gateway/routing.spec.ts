import { ResolveController } from '../../apps/gateway/src/routes/resolve.controller.js';
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

  it('a route says what becomes of its calls, and says it once', async () => {
    const match = { paths: ['/ends'] };
    const to = { url: upstream.url };
    await expect(gateway.addRoute({ name: 'none', match })).rejects.toMatchObject(aFault('has one of'));
    for (const more of [{ respond: {} }, { redirect: { scheme: 'https' } }, { maintenance: {} }]) {
      await expect(gateway.addRoute({ name: 'two', match, upstream: to, ...more })).rejects.toMatchObject(
        aFault('has one of'),
      );
    }
  });
});

describe('what a route makes of the path and the host', () => {
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

  async function route(path: unknown, more: Record<string, unknown>): Promise<void> {
    const url = `${upstream.url}/base`;
    await gateway.addRoute({ name: `r${++count}`, match: { paths: [path] }, upstream: { url }, ...more });
  }
  async function forwarded(path: string, headers = {}): Promise<Echo> {
    const { text } = await send(gateway.url, { path, headers });
    return JSON.parse(text) as Echo;
  }
  const urlOf = async (path: string) => (await forwarded(path)).url;

  it('strip_prefix leaves out the matched beginning', async () => {
    await route('/whole', {});
    await route('/cut', { strip_prefix: true });
    await route({ template: '/cut-too/{id}' }, { strip_prefix: true });
    expect(await urlOf('/whole/a?b')).toBe('/base/whole/a?b');
    expect(await urlOf('/cut/a?b')).toBe('/base/a?b');
    expect(await urlOf('/cut')).toBe('/base/');
    expect(await urlOf('/cut-too/7')).toBe('/base/7');
  });

  it('rewrite: by parameters of the match, and {rest}', async () => {
    await route({ template: '/users/{id}/posts/{post}' }, { rewrite: '/v2/{post}/of/{id}' });
    await route('/old', { rewrite: '/new/{rest}' });
    await route({ regex: '/n/(?P<number>[0-9]+)' }, { rewrite: '/numbers/{number}' });
    expect(await urlOf('/users/7/posts/a%20b?c=d')).toBe('/base/v2/a%20b/of/7?c=d');
    expect(await urlOf('/old/a/b')).toBe('/base/new/a/b');
    expect(await urlOf('/old')).toBe('/base/new/');
    expect(await urlOf('/n/12')).toBe('/base/numbers/12');
  });

  it('rewrite: by a regular expression; what it does not describe stays', async () => {
    const rewrite = { regex: '/re/v(?P<version>[0-9])/(?P<tail>.*)', replacement: '/{version}/{tail}' };
    await route('/re', { rewrite });
    expect(await urlOf('/re/v1/a/b')).toBe('/base/1/a/b');
    expect(await urlOf('/re/other')).toBe('/base/re/other');
  });

  it('what is made of a path is a path: no dots, no empty segments, no query out of a parameter', async () => {
    await route({ regex: '/dots/x(?P<a>[^/]*)' }, { rewrite: '/{a}/secret' });
    for (const path of ['/dots/x..', '/dots/x.', '/dots/x', '/dots/x..;a']) {
      expect((await send(gateway.url, { path })).status).toBe(400);
    }
    expect(await urlOf('/dots/x%3Fa=b')).toBe('/base/%3Fa=b/secret');
    expect((await send(gateway.url, { path: '/dots/x%0d%0aa:b' })).status).toBe(400);
    expect(await urlOf('/dots/x...')).toBe('/base/.../secret');
  });

  it.each([
    [{ rewrite: '/a/{nobody}' }],
    [{ rewrite: 'a' }],
    [{ rewrite: '/a?b' }],
    [{ rewrite: '/a', strip_prefix: true }],
    [{ rewrite: { regex: '(', replacement: '/' } }],
    [{ rewrite: { regex: '/a', replacement: '/{b}' } }],
    [{ host: 'a.example', preserve_host: true }],
    [{ host: 'a.example\r\nx: y' }],
  ])('%j is refused', async (more) => {
    await expect(route('/refused', more)).rejects.toThrow();
  });

  it("Host: the upstream's own, the caller's, or a fixed one", async () => {
    await route('/own', {});
    await route('/kept', { preserve_host: true });
    await route('/fixed', { host: 'fixed.example:81' });
    const headers = { host: 'called.example' };
    expect((await forwarded('/own', headers)).headers.host).toBe(new URL(upstream.url).host);
    expect((await forwarded('/kept', headers)).headers.host).toBe('called.example');
    expect((await forwarded('/fixed', headers)).headers.host).toBe('fixed.example:81');
    expect((await forwarded('/fixed', headers)).headers['x-forwarded-host']).toBe('called.example');
  });
});

describe('POST /admin/v1/routes/resolve', () => {
  let gateway: LoneGateway;
  let resolver: ResolveController;

  beforeAll(async () => {
    gateway = await startLoneGateway();
    resolver = gateway.app.get(ResolveController, { strict: false });
    const add = (name: string, match: object, more: object = {}) =>
      gateway.addRoute({ name, match, respond: { body: name }, ...more });
    await add('orders', { paths: ['/orders'] });
    await add('order', { paths: [{ template: '/orders/{id}' }] });
    await add('posted', { paths: ['/orders'], methods: ['POST'] });
    await add('second', { paths: ['/orders'], headers: [{ name: 'x-version', exact: '2' }] });
    await add('hosted', { paths: ['/orders'], hosts: ['own.example'] });
    await add('twin', { paths: ['/orders'] });
    await add('first', { paths: [{ exact: '/orders/first' }], priority: -1 });
    await add(
      'other',
      { paths: ['/other'] },
      { upstream: { url: 'http://a.example' }, respond: undefined, rewrite: '/x/{rest}' },
    );
  });
  afterAll(() => gateway?.stop());

  it('needs a token for the admin API', async () => {
    const answer = await fetch(`${gateway.url}/admin/v1/routes/resolve`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: '{"url":"/orders"}',
    });
    expect(answer.status).toBe(401);
  });

  it.each([
    ['GET', '/orders', {}, 'orders'],
    ['GET', '/orders/7', {}, 'order'],
    ['POST', '/orders', {}, 'posted'],
    ['GET', '/orders', { 'X-Version': '2' }, 'second'],
    ['GET', 'http://own.example/orders', {}, 'hosted'],
    ['GET', '/orders', { host: 'own.example' }, 'hosted'],
    ['GET', '/orders/first', {}, 'order'],
    ['GET', '/other', {}, 'other'],
    ['GET', '/nowhere', {}, undefined],
    ['GET', '/orders/../x', {}, undefined],
    ['GET', '/orders;x', {}, undefined],
    ['TRACE', '/orders', {}, undefined],
    ['GET', '/admin/v1/routes', {}, undefined],
  ])('%s %s with %j takes what the proxy gives it: %s', async (method, url, headers, expected) => {
    const { route, problem } = resolver.resolve({ method, url, headers });
    expect(route?.name).toBe(expected);
    expect(problem === null).toBe(expected !== undefined);
    if (url.startsWith('/') && expected !== 'other' && !url.startsWith('/admin')) {
      const answer = await send(gateway.url, { path: url, method, headers });
      if (expected === undefined) expect(answer.status).toBe(problem!.status);
      else expect(answer.text).toBe(expected);
    }
  });

  it('says why, and why no other one', () => {
    const { route, others } = resolver.resolve({ method: 'GET', url: '/orders/7?a=b', headers: {} });
    expect(route).toMatchObject({
      name: 'order',
      host: '*',
      path: { template: '/orders/{id}' },
      parameters: { id: '7' },
      forwarded_path: '/orders/7',
    });
    expect(route!.because).toMatch(/^any host, template \/orders\/\{id\}, any method; it goes before 2 /);
    const of = (name: string) => others.find((one) => one.name === name);
    expect(of('orders')).toMatchObject({ unmet: [], behind: 'path' });
    expect(of('posted')).toMatchObject({ unmet: ['method POST'], behind: null });
    expect(of('second')).toMatchObject({ unmet: ['header x-version is "2"'] });
    expect(of('hosted')).toMatchObject({ unmet: ['host own.example'] });
    expect(of('first')).toMatchObject({ unmet: ['exact /orders/first'] });
    expect(of('other')).toBeUndefined();
  });

  it('says which two can never be told apart, and what decides', () => {
    const { route, others } = resolver.resolve({ method: 'GET', url: '/orders', headers: {} });
    expect(route?.name).toBe('orders');
    expect(others.find(({ name }) => name === 'twin')).toMatchObject({
      behind: 'name',
      because: expect.stringContaining('can never be told apart') as string,
    });
    const { others: behind } = resolver.resolve({ method: 'GET', url: '/orders/first', headers: {} });
    expect(behind.find(({ name }) => name === 'first')).toMatchObject({ behind: 'priority' });
  });

  it('tells the path that the upstream gets', () => {
    expect(resolver.resolve({ url: '/other/a' }).route?.forwarded_path).toBe('/x/a');
  });

  it.each([[{}], [{ url: 'ftp://a.example/' }], [{ url: '/', method: 'get' }], [{ url: '/', body: 'x' }]])(
    '%j is refused',
    (body) => {
      expect(() => resolver.resolve(body)).toThrow('cannot be used');
    },
  );
});

/** A refusal of the admin API, one of whose faults says this. */
function aFault(detail: string): object {
  const fault: unknown = expect.objectContaining({ detail: expect.stringContaining(detail) as string });
  return { status: 422, errors: expect.arrayContaining([fault]) as unknown };
}
