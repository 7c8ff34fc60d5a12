import { type AdministeredGateway, startAdministeredGateway } from './administered-gateway.js';
import { send, startUpstream, type Upstream } from './gateway.js';
import { as, NamedCallersModule } from './named-callers.js';

describe('plans', () => {
  let gateway: AdministeredGateway;
  let upstream: Upstream;

  beforeAll(async () => {
    upstream = await startUpstream((_, answer) => answer.end('ok'));
    gateway = await startAdministeredGateway({}, [NamedCallersModule]);
    for (const name of ['orders', 'items']) await route(name);
    await route('limited', [{ name: 'own', by: 'consumer', limit: 2, window: 3_600 }]);
  });
  afterAll(async () => {
    await gateway?.stop();
    await upstream?.stop();
  });
  afterEach(() => jest.restoreAllMocks());

  const route = (name: string, limits: object[] = []) =>
    gateway.addRoute({
      name,
      match: { paths: [`/${name}`] },
      upstream: { url: upstream.url },
      guards: [{ type: 'named_caller' }],
      limits,
    });

  async function plan(name: string, definition: object): Promise<void> {
    const { status, text } = await gateway.admin('POST', '/plans', { name, ...definition });
    expect([status, text]).toEqual([201, expect.anything()]);
  }

  const call = (path: string, consumer: string, ofPlan: string) =>
    send(gateway.url, { path, headers: as({ consumer, plan: ofPlan }) });

  async function statuses(paths: string[], consumer: string, ofPlan: string): Promise<number[]> {
    const all: number[] = [];
    for (const path of paths) all.push((await call(path, consumer, ofPlan)).status);
    return all;
  }

  it('a quota is of a consumer, over all routes; a refusal names it', async () => {
    await plan('small', { quotas: [{ limit: 3, per: 'day' }] });
    const paths = ['/orders', '/items', '/orders', '/items'];
    expect(await statuses(paths, 'acme', 'small')).toEqual([200, 200, 200, 429]);
    expect(await statuses(['/items'], 'other', 'small')).toEqual([200]);
    const { headers, text } = await call('/orders', 'acme', 'small');
    expect(headers['ratelimit-policy']).toBe('"small-day";q=3;w=86400');
    const left = Number(/^"small-day";r=0;t=(\d+)$/.exec(String(headers.ratelimit))?.[1]);
    // Until midnight.
    const midnight = Math.ceil((86_400_000 - (Date.now() % 86_400_000)) / 1_000);
    expect(Math.abs(left - midnight)).toBeLessThanOrEqual(1);
    expect(Math.abs(Number(headers['retry-after']) - midnight)).toBeLessThanOrEqual(1);
    expect(JSON.parse(text)).toMatchObject({ 'violated-policies': ['small-day'] });
  });

  it('N calls at once at a quota of L: exactly L pass, over all routes', async () => {
    await plan('exact', { quotas: [{ limit: 23, per: 'month' }] });
    const all = await Promise.all(
      Array.from({ length: 100 }, (_, i) => call(i % 2 ? '/orders' : '/items', 'racer', 'exact')),
    );
    expect(all.filter(({ status }) => status === 200)).toHaveLength(23);
  });

  it('limits of a plan add to those of the route; when one refuses, none is charged', async () => {
    await plan('wide', { limits: [{ limit: 100, window: 60 }], quotas: [{ limit: 100, per: 'day' }] });
    const paths = Array.from({ length: 5 }, () => '/limited');
    expect(await statuses(paths, 'wide', 'wide')).toEqual([200, 200, 429, 429, 429]);
    const { headers } = await call('/orders', 'wide', 'wide');
    expect(headers.ratelimit).toMatch(/^"wide-consumer-60";r=97;t=\d+, "wide-day";r=97;t=\d+$/);
  });

  it('cost, and headers, of a quota', async () => {
    const cost = { header: 'x-units', max: 50 };
    await plan('units', { quotas: [{ name: 'units', limit: 100, per: 'month', cost, headers: false }] });
    const headers = { ...as({ consumer: 'spender', plan: 'units' }), 'x-units': '40' };
    const answers = [];
    for (let i = 0; i < 3; i++) answers.push(await send(gateway.url, { path: '/orders', headers }));
    expect(answers.map(({ status }) => status)).toEqual([200, 200, 429]);
    expect(answers[0]!.headers).not.toHaveProperty('ratelimit');
  });

  it('time_zone: the day begins at its midnight', async () => {
    await plan('tokyo', { quotas: [{ limit: 1, per: 'day', time_zone: 'Asia/Tokyo' }] });
    await plan('greenwich', { quotas: [{ limit: 1, per: 'day' }] });
    const next = new Date();
    next.setUTCDate(next.getUTCDate() + 2);
    const at = (time: string) => {
      const now = Date.parse(`${next.toISOString().slice(0, 10)}T${time}Z`);
      jest.spyOn(Date, 'now').mockReturnValue(now);
    };
    const both = async () => [
      ...(await statuses(['/orders', '/orders'], 'jp', 'tokyo')),
      ...(await statuses(['/orders', '/orders'], 'uk', 'greenwich')),
    ];
    at('14:59:59.900');
    expect(await both()).toEqual([200, 429, 200, 429]);
    at('15:00:00.000');
    expect(await both()).toEqual([200, 429, 429, 429]);
  });

  it('whoever changes to another plan goes on with what is used', async () => {
    await plan('before', { quotas: [{ limit: 2, per: 'day' }] });
    await plan('after', { quotas: [{ limit: 3, per: 'day' }] });
    expect(await statuses(['/orders', '/orders', '/orders'], 'mover', 'before')).toEqual([200, 200, 429]);
    expect(await statuses(['/orders', '/orders'], 'mover', 'after')).toEqual([200, 429]);
  });

  it('two plans that call different limits by one name count apart', async () => {
    const [fixed, gcra] = [{ window: 60 }, { window: 60, algorithm: 'gcra' }];
    await plan('by-minute', { limits: [{ name: 'minute', limit: 1, ...fixed }] });
    await plan('by-drops', { limits: [{ name: 'minute', limit: 1, ...gcra }] });
    expect(await statuses(['/orders', '/orders'], 'both', 'by-minute')).toEqual([200, 429]);
    expect(await statuses(['/orders', '/orders'], 'both', 'by-drops')).toEqual([200, 429]);
    await plan('in-utc', { quotas: [{ name: 'all', limit: 1, per: 'day' }] });
    await plan('in-tokyo', { quotas: [{ name: 'all', limit: 1, per: 'day', time_zone: 'Asia/Tokyo' }] });
    expect(await statuses(['/orders', '/orders'], 'travels', 'in-utc')).toEqual([200, 429]);
    expect(await statuses(['/orders', '/orders'], 'travels', 'in-tokyo')).toEqual([200, 429]);
  });

  it("a consumer's plan is found wherever a guard names the consumer", async () => {
    await plan('of-firm', { quotas: [{ limit: 2, per: 'day' }] });
    expect((await gateway.admin('POST', '/consumers', { name: 'firm', plan: 'of-firm' })).status).toBe(201);
    const all: number[] = [];
    for (let i = 0; i < 3; i++) {
      all.push((await send(gateway.url, { path: '/orders', headers: as({ consumer: 'firm' }) })).status);
    }
    expect(all).toEqual([200, 200, 429]);
    const { json } = await gateway.admin('GET', '/usage?consumer=firm');
    expect(json).toMatchObject({ plan: 'of-firm', quotas: [{ used: 2, left: 0 }] });
  });

  it('a change of a plan is live at once, and keeps what is counted', async () => {
    await plan('growing', { quotas: [{ limit: 1, per: 'day' }] });
    expect(await statuses(['/orders', '/orders'], 'grower', 'growing')).toEqual([200, 429]);
    await gateway.admin('PUT', '/plans/growing', { name: 'growing', quotas: [{ limit: 2, per: 'day' }] });
    expect(await statuses(['/orders', '/orders'], 'grower', 'growing')).toEqual([200, 429]);
  });

  it('a plan that does not exist lets nobody through', async () => {
    const { status, text } = await call('/orders', 'acme', 'no-such');
    expect(status).toBe(503);
    expect(text).toContain('no-such');
  });

  it('GET /admin/v1/usage: what is used and left', async () => {
    const zone = 'Europe/Berlin';
    const quotas = [
      { limit: 10, per: 'day', time_zone: zone },
      { name: 'all', limit: 20, per: 'month', cost: 3 },
    ];
    await plan('seen', { quotas });
    await statuses(['/orders', '/items'], 'viewer', 'seen');
    const usage = (query: string) => gateway.admin('GET', `/usage?${query}`);
    const { status, json } = await usage('consumer=viewer&plan=seen');
    expect(status).toBe(200);
    expect(json).toEqual({
      consumer: 'viewer',
      plan: 'seen',
      quotas: [
        expect.objectContaining({ name: 'seen-day', limit: 10, used: 2, left: 8, time_zone: zone }),
        expect.objectContaining({ name: 'all', limit: 20, used: 6, left: 14, per: 'month' }),
      ],
    });
    const [day] = json.quotas as { starts_at: string; ends_at: string }[];
    expect(Date.parse(day!.starts_at)).toBeLessThan(Date.now());
    expect(Date.parse(day!.ends_at)).toBeGreaterThan(Date.now());
    // Looking costs nothing.
    expect((await usage('consumer=viewer&plan=seen')).json).toEqual(json);
    expect((await usage('consumer=nobody-yet&plan=seen')).json.quotas).toMatchObject([
      { used: 0 },
      { used: 0 },
    ]);
    expect((await usage('consumer=viewer')).status).toBe(404);
    expect((await usage('plan=seen')).status).toBe(422);
    expect((await usage('consumer=a&client=b')).status).toBe(422);
    expect((await send(gateway.url, { path: '/admin/v1/usage?consumer=viewer' })).status).toBe(401);
  });

  it('GET /.gatehouse/quota: callers see their own, with the credentials of a route', async () => {
    await plan('mine', { quotas: [{ limit: 10, per: 'day' }] });
    const quota = async (query: string, headers = {}) => {
      const { status, text } = await send(gateway.url, { path: `/.gatehouse/quota${query}`, headers });
      return { status, json: JSON.parse(text) as unknown };
    };
    await statuses(['/orders'], 'me', 'mine');
    const me = as({ consumer: 'me', plan: 'mine' });
    for (let i = 0; i < 2; i++) {
      expect(await quota('?route=orders', me)).toMatchObject({
        status: 200,
        json: { consumer: 'me', plan: 'mine', quotas: [{ name: 'mine-day', used: 1, left: 9 }] },
      });
    }
    expect(await quota('?route=orders')).toEqual({ status: 200, json: { quotas: [] } });
    expect((await quota('?route=none', me)).status).toBe(404);
    expect((await quota('', me)).status).toBe(422);
  });

  it('what cannot be a plan is refused with its faults', async () => {
    const faultsOf = async (definition: object) => {
      const { status, json } = await gateway.admin('POST', '/plans', { name: 'bad', ...definition });
      expect(status).toBe(422);
      return json.errors!.map(({ pointer }) => pointer);
    };
    expect(await faultsOf({ quotas: [{ limit: 1, per: 'week' }] })).toEqual(['/quotas/0/per']);
    expect(await faultsOf({ quotas: [{ limit: 0, per: 'day' }] })).toEqual(['/quotas/0/limit']);
    for (const zone of ['Mars/Olympus', '+01:00', '']) {
      const quotas = [{ limit: 1, per: 'day', time_zone: zone }];
      expect(await faultsOf({ quotas })).toEqual(['/quotas/0/time_zone']);
    }
    const twice = [1, 2].map((limit) => ({ limit, per: 'day' }));
    expect(await faultsOf({ quotas: twice })).toEqual(['/quotas/1']);
    expect(await faultsOf({ quotas: [{ limit: 1, per: 'day', cost: 2 }] })).toEqual(['/quotas/0/cost']);
    expect(await faultsOf({ limits: [{ limit: 1 }] })).toEqual(['/limits/0/window']);
  });
});
