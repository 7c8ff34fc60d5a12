import { setTimeout as sleep } from 'node:timers/promises';
import { ConfigObjects } from '../../apps/gateway/src/configuration/config-objects.service.js';
import { type Caller } from '../../apps/gateway/src/extension.js';
import { send, startUpstream, type Upstream } from './gateway.js';
import { type LoneGateway, startLoneGateway } from './lone-gateway.js';
import { as, NamedCallersModule } from './named-callers.js';

describe('each setting of a limit flips the answer', () => {
  let gateway: LoneGateway;
  let upstream: Upstream;
  const waiting: (() => void)[] = [];
  let routes = 0;

  beforeAll(async () => {
    upstream = await startUpstream(({ url }, answer) => {
      if (url!.endsWith('/slow')) waiting.push(() => answer.end('slow'));
      else answer.end('ok');
    });
    gateway = await startLoneGateway({ GATEHOUSE_TRUST_PROXY: '127.0.0.1/32' }, [NamedCallersModule]);
  });
  afterAll(async () => {
    await gateway?.stop();
    await upstream?.stop();
  });

  /** A route with limits, to be called. */
  async function limited(...limits: object[]) {
    const name = `route${(routes += 1)}`;
    await gateway.addRoute({
      name,
      match: { paths: [`/${name}`] },
      upstream: { url: upstream.url },
      guards: [{ type: 'named_caller' }],
      limits,
    });
    const call = (headers: Record<string, string> = {}, path = '') =>
      send(gateway.url, { path: `/${name}${path}`, headers });
    const statuses = async (count: number, headers: Record<string, string> = {}) => {
      const all: number[] = [];
      for (let i = 0; i < count; i++) all.push((await call(headers)).status);
      return all;
    };
    return { name, call, statuses };
  }

  it('limit', async () => {
    const [one, two] = [
      await limited({ by: 'route', limit: 1, window: 60 }),
      await limited({ by: 'route', limit: 2, window: 60 }),
    ];
    expect(await one.statuses(2)).toEqual([200, 429]);
    expect(await two.statuses(2)).toEqual([200, 200]);
  });

  it('window', async () => {
    const [short, long] = [
      await limited({ by: 'route', limit: 1, window: 1 }),
      await limited({ by: 'route', limit: 1, window: 60 }),
    ];
    await Promise.all([short.call(), long.call()]);
    await sleep(1_200);
    expect([(await short.call()).status, (await long.call()).status]).toEqual([200, 429]);
  });

  it('algorithm: a fixed window forgets all at once, a sliding one by and by, GCRA all the time', async () => {
    const settings = { by: 'route', limit: 2, window: 6 };
    const [fixed, sliding, gcra] = [
      await limited(settings),
      await limited({ ...settings, algorithm: 'sliding_window' }),
      await limited({ ...settings, algorithm: 'gcra' }),
    ];
    const begin = Date.now();
    const at = (ms: number) => sleep(Math.max(0, begin + ms - Date.now()));
    const all = [fixed, sliding, gcra];
    for (const one of all) expect(await one.statuses(1)).toEqual([200]);
    await at(4_000);
    expect(await Promise.all(all.map((one) => one.statuses(2)))).toEqual([
      [200, 429],
      [200, 429],
      [200, 200],
    ]);
    await at(6_600);
    expect(await Promise.all(all.map((one) => one.statuses(2)))).toEqual([
      [200, 200],
      [200, 429],
      expect.anything(),
    ]);
  });

  it('algorithm: concurrency counts a call while it lasts, and gives back what callers leave', async () => {
    const { call, name } = await limited({ by: 'route', limit: 2, algorithm: 'concurrency' });
    const controller = new AbortController();
    const left = fetch(`${gateway.url}/${name}/slow`, { signal: controller.signal }).catch(() => 'left');
    const slow = call({}, '/slow');
    while (waiting.length < 2) await sleep(10);
    const refused = await call();
    expect(refused.status).toBe(429);
    expect(refused.headers).toMatchObject({
      'retry-after': '1',
      'ratelimit-policy': `"${name}-route-concurrency";q=2;qu="concurrent-requests"`,
      ratelimit: `"${name}-route-concurrency";r=0`,
    });
    controller.abort();
    expect(await left).toBe('left');
    await until(async () => (await call()).status === 200);
    for (const end of waiting.splice(0)) end();
    expect((await slow).status).toBe(200);
    // What is given back is there again: both places, many times over.
    for (let i = 0; i < 5; i++) {
      await until(async () => (await call()).headers.ratelimit === `"${name}-route-concurrency";r=1`);
    }
  });

  it('burst', async () => {
    const settings = { by: 'route', limit: 1, window: 60, algorithm: 'gcra' };
    const [usual, three] = [await limited(settings), await limited({ ...settings, burst: 3 })];
    expect(await usual.statuses(2)).toEqual([200, 429]);
    expect(await three.statuses(4)).toEqual([200, 200, 200, 429]);
    const { headers } = await three.call();
    // One a minute, of which three may be there at once: all of it takes three minutes.
    expect(headers['ratelimit-policy']).toBe(`"${three.name}-route-60-gcra";q=3;w=180`);
    expect(Number(headers['retry-after'])).toBeGreaterThan(55);
  });

  it('cost: as a number', async () => {
    const [one, two] = [
      await limited({ by: 'route', limit: 3, window: 60 }),
      await limited({ by: 'route', limit: 3, window: 60, cost: 2 }),
    ];
    expect(await one.statuses(2)).toEqual([200, 200]);
    expect(await two.statuses(2)).toEqual([200, 429]);
  });

  it('cost: by a header of the request, within bounds', async () => {
    const cost = { header: 'X-Units', max: 5, default: 2 };
    const { call, name } = await limited({ by: 'route', limit: 10, window: 60, cost });
    const left = async (headers: Record<string, string>) => {
      const answer = await call(headers);
      return [answer.status, /r=(\d+)/.exec(answer.headers.ratelimit as string)?.[1]];
    };
    expect(await left({ 'x-units': '3' })).toEqual([200, '7']);
    expect(await left({})).toEqual([200, '5']);
    // A caller that says a million is held to the bound, and has nothing left.
    expect(await left({ 'x-units': '1000000' })).toEqual([200, '0']);
    expect(await left({ 'x-units': '1' })).toEqual([429, '0']);
    for (const units of ['0', '-1', '1.5', 'many', '']) {
      const { status, text } = await call({ 'x-units': units });
      expect([units, status]).toEqual([units, 400]);
      expect(text).toContain('x-units');
    }
    expect(name).toBeTruthy();
  });

  describe('by', () => {
    /** Whether two callers share a limit of one. */
    async function share(by: string | string[], one: Record<string, string>, other: Record<string, string>) {
      const { call } = await limited({ by, limit: 1, window: 60 });
      expect((await call(one)).status).toBe(200);
      return (await call(other)).status === 429;
    }
    const from = (address: string, caller: Caller = {}) => ({ 'x-forwarded-for': address, ...as(caller) });

    it.each<[string, Caller, Caller]>([
      ['consumer', { consumer: 'acme', clientId: 'a' }, { consumer: 'other', clientId: 'a' }],
      ['client', { clientId: 'a', consumer: 'acme' }, { clientId: 'b', consumer: 'acme' }],
      ['user', { subject: 'ann', clientId: 'a' }, { subject: 'bob', clientId: 'a' }],
      [
        'claim:tenant',
        { claims: { tenant: 't1' }, clientId: 'a' },
        { claims: { tenant: 't2' }, clientId: 'a' },
      ],
    ])('%s: same name, whatever the address; another name, whatever else', async (by, one, other) => {
      expect(await share(by, from('192.0.2.1', one), from('192.0.2.2', one))).toBe(true);
      expect(await share(by, from('192.0.2.1', one), from('192.0.2.1', other))).toBe(false);
    });

    it.each<[string, Caller]>([
      ['client', { clientId: 'a' }],
      ['user', { subject: 'ann' }],
      ['consumer', { clientId: 'a', subject: 'ann' }],
      ['claim:tenant', { claims: { tenant: 't1' } }],
    ])('RFC 7519 §4.1.2: %s: a namesake of another issuer is somebody else', async (by, caller) => {
      const [ours, theirs] = [
        { ...caller, issuer: 'gatehouse' },
        { ...caller, issuer: 'partner' },
      ];
      expect(await share(by, from('192.0.2.1', theirs), from('192.0.2.1', ours))).toBe(false);
      expect(await share(by, from('192.0.2.1', theirs), from('192.0.2.2', theirs))).toBe(true);
      const forged = { clientId: 'a', subject: 'a', claims: { tenant: 'a' }, issuer: 'b:c' };
      const other = { clientId: 'c:a', subject: 'c:a', claims: { tenant: 'c:a' }, issuer: 'b' };
      expect(await share(by, from('192.0.2.1', forged), from('192.0.2.1', other))).toBe(false);
    });

    it('header:<name>', async () => {
      const by = 'header:X-Tenant';
      expect(await share(by, { 'x-tenant': 'a' }, { 'x-tenant': 'a' })).toBe(true);
      expect(await share(by, { 'x-tenant': 'a' }, { 'x-tenant': 'b' })).toBe(false);
      const long = 'x'.repeat(500);
      expect(await share(by, { 'x-tenant': long }, { 'x-tenant': long })).toBe(true);
      expect(await share(by, { 'x-tenant': `${long}1` }, { 'x-tenant': `${long}2` })).toBe(false);
    });

    it('address, and route', async () => {
      expect(await share('address', from('192.0.2.1'), from('192.0.2.2'))).toBe(false);
      expect(await share('address', from('192.0.2.1', { clientId: 'a' }), from('192.0.2.1'))).toBe(true);
      expect(await share('route', from('192.0.2.1', { clientId: 'a' }), from('192.0.2.2'))).toBe(true);
    });

    it.each(['consumer', 'client', 'user', 'header:x-none', 'claim:none'])(
      '%s: where nobody is known by it, the address stands in',
      async (by) => {
        expect(await share(by, from('192.0.2.1'), from('192.0.2.1'))).toBe(true);
        expect(await share(by, from('192.0.2.1'), from('192.0.2.2'))).toBe(false);
      },
    );

    it('consumer: where there is none, the client, or else the user', async () => {
      const [ann, a] = [{ subject: 'ann' }, { clientId: 'a', subject: 'ann' }];
      expect(await share('consumer', from('192.0.2.1', a), from('192.0.2.2', a))).toBe(true);
      expect(await share('consumer', from('192.0.2.1', ann), from('192.0.2.2', ann))).toBe(true);
      expect(await share('consumer', from('192.0.2.1', a), from('192.0.2.1', ann))).toBe(false);
    });

    it('several: each combination for itself, and no value that looks like two', async () => {
      const by = ['client', 'address'];
      const a = { clientId: 'a' };
      expect(await share(by, from('192.0.2.1', a), from('192.0.2.1', a))).toBe(true);
      expect(await share(by, from('192.0.2.1', a), from('192.0.2.2', a))).toBe(false);
      expect(await share(by, from('192.0.2.1', a), from('192.0.2.1', { clientId: 'b' }))).toBe(false);
      const forged = { clientId: 'a&user:b', subject: 'c' };
      const honest = { clientId: 'a', subject: 'b&user:c' };
      expect(await share(['client', 'user'], from('192.0.2.1', forged), from('192.0.2.1', honest))).toBe(
        false,
      );
    });
  });

  it('ipv6_prefix', async () => {
    const [usual, wide] = [
      await limited({ by: 'address', limit: 1, window: 60 }),
      await limited({ by: 'address', limit: 1, window: 60, ipv6_prefix: 48 }),
    ];
    const call = async ({ call: send }: typeof usual, address: string) =>
      (await send({ 'x-forwarded-for': address })).status;
    expect([await call(usual, '2001:db8:1:1::1'), await call(wide, '2001:db8:1:1::1')]).toEqual([200, 200]);
    expect([await call(usual, '2001:db8:1:1::2'), await call(wide, '2001:db8:1:1::2')]).toEqual([429, 429]);
    expect([await call(usual, '2001:db8:1:2::1'), await call(wide, '2001:db8:1:2::1')]).toEqual([200, 429]);
    expect(await call(wide, '2001:db8:2:2::1')).toBe(200);
  });

  it('headers, and name', async () => {
    const { call } = await limited(
      { name: 'told', by: 'route', limit: 5, window: 60 },
      { by: 'route', limit: 9, window: 60, headers: false },
    );
    const { headers } = await call();
    expect(headers['ratelimit-policy']).toBe('"told";q=5;w=60');
    expect(headers.ratelimit).toMatch(/^"told";r=4;t=(?:60|5\d)$/);
    const silent = await limited({ by: 'route', limit: 1, window: 60, headers: false });
    await silent.call();
    const refused = await silent.call();
    expect(refused.status).toBe(429);
    expect(Number(refused.headers['retry-after'])).toBeGreaterThan(50);
    expect(refused.headers).not.toHaveProperty('ratelimit');
  });

  it('name: a change of how a limit counts makes a new counter; one of how much goes on with it', async () => {
    const objects = gateway.app.get(ConfigObjects, { strict: false });
    const minute = { name: 'minute', by: 'route', limit: 1, window: 60 };
    const { name, statuses } = await limited(minute);
    const change = (changes: object) =>
      objects.replace('routes', name, {
        name,
        match: { paths: [`/${name}`] },
        upstream: { url: upstream.url },
        guards: [{ type: 'named_caller' }],
        limits: [{ ...minute, ...changes }],
      });
    expect(await statuses(2)).toEqual([200, 429]);
    await change({ limit: 2 });
    expect(await statuses(2)).toEqual([200, 429]);
    for (const algorithm of ['sliding_window', 'gcra', 'fixed_window']) {
      for (const window of [3_600, 7_200]) {
        await change({ algorithm, window });
        expect([algorithm, window, await statuses(2)]).toEqual([algorithm, window, [200, 429]]);
      }
    }
  });

  it('a refusal names every limit that refused, and the time until all of them let the call through', async () => {
    const { call } = await limited(
      { name: 'minute', by: 'route', limit: 1, window: 60 },
      { name: 'hour', by: 'route', limit: 1, window: 3_600 },
      { name: 'wide', by: 'route', limit: 100, window: 60 },
    );
    await call();
    const { headers, text } = await call();
    expect(Number(headers['retry-after'])).toBeGreaterThan(3_590);
    expect(JSON.parse(text)).toMatchObject({
      type: 'https://iana.org/assignments/http-problem-types#quota-exceeded',
      status: 429,
      'violated-policies': ['minute', 'hour'],
    });
    expect(headers.ratelimit).toMatch(/"wide";r=99;/);
  });
});

async function until(check: () => Promise<boolean>, timeoutMs = 5_000): Promise<void> {
  const deadline = Date.now() + timeoutMs;
  while (!(await check())) {
    if (Date.now() > deadline) throw new Error('it did not happen in time');
    await sleep(20);
  }
}
