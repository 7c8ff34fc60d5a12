import { contendersOf, unmet } from './explain-match.js';
import { compare, type Contender } from './precedence.js';
import { type RouteMatchDefinition, routeMatch } from './match-definition.js';
import { compilePath } from './path-pattern.js';
import { type MatchedRequest, type Route, RouteTable } from './route-table.js';

/** What of a route the table looks at. */
function route(name: string, match: unknown): Route {
  return { name, match: routeMatch.parse(match) } as Route;
}

function request(target: string, more: Partial<MatchedRequest> = {}): MatchedRequest {
  const [path, query] = target.split('?') as [string, string?];
  return {
    method: 'GET',
    hostname: 'a.example',
    path,
    query: query ? `?${query}` : '',
    headers: {},
    ...more,
  };
}

/** The names of the routes that the targets take. */
function taken(routes: Record<string, unknown>, ...requests: MatchedRequest[]): (string | undefined)[] {
  const table = new RouteTable(Object.entries(routes).map(([name, match]) => route(name, match)));
  return requests.map((one) => table.match(one)?.route.name);
}

describe('RouteTable: which route takes a request', () => {
  it('a text is a prefix at segment boundaries, the longer wins', () => {
    const routes = { short: { paths: ['/m'] }, long: { paths: ['/m/a'] }, all: { paths: ['/'] } };
    expect(
      taken(routes, ...['/m', '/m/', '/m/x', '/m/a/b', '/m/ab', '/mm', '/'].map((one) => request(one))),
    ).toEqual(['short', 'short', 'short', 'long', 'short', 'all', 'all']);
  });

  it('an exact path is that path and no other', () => {
    const routes = { exact: { paths: [{ exact: '/m' }] }, slash: { paths: [{ exact: '/m/' }] } };
    expect(taken(routes, request('/m'), request('/m/'), request('/m/x'))).toEqual([
      'exact',
      'slash',
      undefined,
    ]);
  });

  it('templates catch whole segments; a plain segment goes before a parameter', () => {
    const table = new RouteTable([
      route('one', { paths: [{ template: '/users/{id}' }] }),
      route('posts', { paths: [{ template: '/users/{id}/posts/{post}' }] }),
      route('me', { paths: [{ exact: '/users/me' }] }),
    ]);
    const of = (path: string) => table.match(request(path));
    expect(of('/users/7')).toMatchObject({
      route: { name: 'one' },
      parameters: { id: '7' },
      prefix: '/users',
    });
    expect(of('/users/7/posts/a%20b')?.parameters).toEqual({ id: '7', post: 'a%20b' });
    expect(of('/users/me')?.route.name).toBe('me');
    for (const path of ['/users', '/users/', '/users/7/', '/users/7/posts']) expect(of(path)).toBeUndefined();
  });

  it('expressions describe the whole path, and go after templates', () => {
    const table = new RouteTable([
      route('number', { paths: [{ regex: '/orders/(?P<id>[0-9]+)' }] }),
      route('any', { paths: [{ regex: '/orders/.*' }] }),
      route('template', { paths: [{ template: '/orders/{id}/lines' }] }),
    ]);
    const of = (path: string) => table.match(request(path));
    expect(of('/orders/7')?.route.name).toBe('any');
    expect(of('/orders/7/lines')?.route.name).toBe('template');
    const first = new RouteTable([
      route('number', { paths: [{ regex: '/orders/(?P<id>[0-9]+)' }], priority: 1 }),
      route('any', { paths: [{ regex: '/orders/.*' }] }),
    ]);
    expect(first.match(request('/orders/7'))).toMatchObject({
      route: { name: 'number' },
      parameters: { id: '7' },
    });
    expect(first.match(request('/orders/7a'))?.route.name).toBe('any');
    expect(first.match(request('/x/orders/7'))).toBeUndefined();
  });

  it('a host of its own, the longer wildcard, the shorter, any; priority before all of them', () => {
    const routes = {
      own: { hosts: ['a.b.example'], paths: ['/'] },
      near: { hosts: ['*.b.example'], paths: ['/'] },
      far: { hosts: ['*.example'], paths: ['/deep/path'] },
      any: { paths: ['/deep/path'] },
      first: { paths: [{ exact: '/first' }], priority: 1 },
    };
    const on = (hostname: string, path = '/deep/path') => request(path, { hostname });
    expect(
      taken(
        routes,
        on('a.b.example'),
        on('x.b.example'),
        on('y.x.b.example'),
        on('c.example'),
        on('example'),
        on(''),
      ),
    ).toEqual(['own', 'near', 'near', 'far', 'any', 'any']);
    expect(taken(routes, on('a.b.example', '/first'))).toEqual(['first']);
  });

  it('methods and conditions choose; more of them go first', () => {
    const paths = ['/v'];
    const routes = {
      plain: { paths },
      posted: { paths, methods: ['POST'] },
      two: { paths, headers: [{ name: 'X-Version', exact: '2' }] },
      tried: { paths, headers: [{ name: 'x-version', exact: '2' }], query: [{ name: 'try', present: true }] },
      cookie: { paths, cookies: [{ name: 'beta', exact: '1' }] },
    };
    const headers = { 'x-version': '2' };
    expect(
      taken(
        routes,
        request('/v'),
        request('/v', { method: 'POST' }),
        request('/v', { headers }),
        request('/v?a&try', { headers }),
        request('/v?try'),
        request('/v', { headers: { cookie: 'a=b; beta=1' } }),
      ),
    ).toEqual(['plain', 'posted', 'two', 'tried', 'plain', 'cookie']);
  });

  it.each([
    ['exact', { exact: 'b' }, 'b', 'c'],
    ['one_of', { one_of: ['b', 'c'] }, 'c', 'd'],
    ['prefix', { prefix: 'b' }, 'bc', 'cb'],
    ['regex', { regex: 'b|c+' }, 'cc', 'cb'],
    ['present', { present: true }, '', undefined],
    ['not exact', { exact: 'b', not: true }, 'c', 'b'],
    ['not one_of', { one_of: ['b', 'c'], not: true }, undefined, 'c'],
    ['not prefix', { prefix: 'b', not: true }, 'cb', 'bc'],
    ['not regex', { regex: 'b|c+', not: true }, 'cb', 'cc'],
    ['not present', { present: true, not: true }, undefined, ''],
  ])('a condition of %s, of a header, of a parameter and of a cookie', (_, condition, good, bad) => {
    const conditions = [{ name: 'a', ...condition }];
    const table = (member: string) => new RouteTable([route('it', { paths: ['/'], [member]: conditions })]);
    const header = (value?: string) => request('/', { headers: value === undefined ? {} : { a: value } });
    const query = (value?: string) => request(value === undefined ? '/' : `/?x&a=${value}`);
    const cookie = (value?: string) =>
      request('/', { headers: { cookie: value === undefined ? 'aa=b' : `a=${value}` } });
    for (const [member, make] of Object.entries({ headers: header, query, cookies: cookie })) {
      expect(table(member).match(make(good))).toBeDefined();
      expect(table(member).match(make(bad))).toBeUndefined();
    }
  });

  it('of several values each must suit, and none where the condition is negated', () => {
    const table = (not: boolean) =>
      new RouteTable([route('it', { paths: ['/'], query: [{ name: 'a', exact: 'b', not }] })]);
    expect(table(false).match(request('/?a=b&%61=b'))).toBeDefined();
    expect(table(false).match(request('/?a=b&a=c'))).toBeUndefined();
    expect(table(true).match(request('/?a=b&a=c'))).toBeUndefined();
    expect(table(true).match(request('/?a=c&a=d'))).toBeDefined();
  });

  it.each([
    [{ paths: [{ exact: '/a', prefix: '/a' }] }],
    [{ paths: [{}] }],
    [{ paths: [{ template: '/a/{b}/{b}' }] }],
    [{ paths: [{ template: '/a/x{b}' }] }],
    [{ paths: [{ template: '/a/{__proto__}' }] }],
    [{ paths: [{ template: '/a/{rest}' }] }],
    [{ paths: [{ template: '/admin/{id}' }] }],
    [{ paths: [{ regex: 'a' }] }],
    [{ paths: [{ regex: '/a|/b' }] }],
    [{ paths: [{ regex: '/(?=a)' }] }],
    [{ paths: ['/'], hosts: ['a.*.example'] }],
    [{ paths: ['/'], hosts: ['*'] }],
    [{ paths: ['/'], headers: [{ name: 'a' }] }],
    [{ paths: ['/'], headers: [{ name: 'a', exact: 'b', prefix: 'b' }] }],
    [{ paths: ['/'], headers: [{ name: 'a b', exact: 'b' }] }],
    [{ paths: ['/'], headers: [{ name: 'X-Gatehouse-Subject', exact: 'b' }] }],
    [{ paths: ['/'], cookies: [{ name: '__Host-gh_gw_session', exact: 'b' }] }],
    [{ paths: ['/'], query: [{ name: 'a', regex: '(' }] }],
    [{ paths: ['/'], priority: 0.5 }],
  ])('%j is refused', (match) => {
    expect(routeMatch.safeParse(match).success).toBe(false);
  });

  it("an expression takes nothing of the gateway's own", () => {
    const table = new RouteTable([route('it', { paths: [{ regex: '/.*' }] })]);
    expect(table.match(request('/admin/v1/routes'))).toBeUndefined();
    expect(table.match(request('/administration'))).toBeDefined();
  });
});

describe('RouteTable: the walk and the order', () => {
  it('agree, for a thousand requests on tables at random', () => {
    const random = randomNumbers(20_261_129);
    const pick = <One>(...list: One[]): One => list[random(list.length)]!;
    const segment = () => pick('a', 'b', 'ab', 'c');
    const segments = (some: number) => Array.from({ length: some }, segment);
    const plain = () => `/${segments(random(4)).join('/')}`;
    const anyPath = () =>
      pick<() => unknown>(
        plain,
        () => ({ exact: plain() }),
        () => ({
          template: `/${segments(1 + random(3))
            .map((one, at) => pick(one, `{p${at}}`))
            .join('/')}`,
        }),
        () => ({
          regex: `/${segments(random(3)).join('/')}${pick('.*', '[ab]+', '(/a)?', '/?', '/[^/]*/b')}`,
        }),
      )();
    const anyMatch = (): RouteMatchDefinition =>
      routeMatch.parse({
        paths: Array.from({ length: 1 + random(2) }, anyPath),
        hosts: pick(undefined, undefined, ['x.y.z'], ['*.y.z'], ['*.z'], ['w.z']),
        methods: pick(undefined, undefined, ['GET'], ['POST']),
        headers: pick(
          undefined,
          undefined,
          [{ name: 'h', one_of: [pick('1', '2'), '3'] }],
          [{ name: 'h', exact: '1', not: true }],
        ),
        priority: pick(undefined, undefined, undefined, 1, -1),
      });
    let found = 0;
    for (let round = 0; round < 40; round++) {
      const routes = Array.from({ length: pick(3, 12, 60) }, (_, at) => route(`r${at}`, anyMatch()));
      const table = new RouteTable(routes);
      for (let call = 0; call < 30; call++) {
        const one = request(`${plain()}${pick('', '', '/')}`.replace('//', '/'), {
          hostname: pick('x.y.z', 'v.y.z', 'w.z', 'z'),
          method: pick('GET', 'POST'),
          headers: pick({}, { h: '1' }, { h: '2' }, { h: '3' }),
        });
        const expected = best(table, one);
        if (expected) found++;
        expect(table.match(one)?.route.name).toBe(expected?.candidate.match.route.name);
      }
    }
    expect(found).toBeGreaterThan(500);
  });
});

/** Asks every route, and takes the first by `compare`. */
function best(table: RouteTable, one: MatchedRequest): Contender | undefined {
  return table.routes
    .flatMap(contendersOf)
    .filter((contender) => unmet(contender, one).length === 0)
    .reduce<Contender | undefined>((so, far) => (so && !compare(far, so)?.first ? so : far), undefined);
}

function randomNumbers(seed: number): (below: number) => number {
  let state = seed;
  return (below) => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return Math.floor((state / 2 ** 32) * below);
  };
}

describe('compilePath', () => {
  it.each([
    ['/a/b', '/a/b'],
    [{ template: '/a/{b}/c' }, '/a'],
    [{ regex: '/a/b[0-9]' }, '/a'],
    [{ exact: '/' }, '/'],
  ])('of %j, strip_prefix leaves out %s', (path, prefix) => {
    expect(compilePath(path).prefix).toBe(prefix);
  });
});
