import { send, startUpstream, type Upstream } from './gateway.js';
import { type LoneGateway, startLoneGateway } from './lone-gateway.js';

describe('the guard ip', () => {
  let gateway: LoneGateway;
  let upstream: Upstream;
  let routes = 0;

  beforeAll(async () => {
    upstream = await startUpstream();
    // The test plays a proxy, so that it can call from any address.
    gateway = await startLoneGateway({ GATEHOUSE_TRUST_PROXY: '127.0.0.1' });
  });
  afterAll(async () => {
    await gateway?.stop();
    await upstream?.stop();
  });

  async function route(settings: object): Promise<(address?: string) => Promise<number>> {
    const name = `ip-${++routes}`;
    await gateway.addRoute({
      name,
      match: { paths: [`/${name}`] },
      upstream: { url: upstream.url },
      guards: [{ type: 'ip', ...settings }],
    });
    return async (address) => {
      const headers = address === undefined ? {} : { 'x-forwarded-for': address };
      return (await send(gateway.url, { path: `/${name}`, headers })).status;
    };
  }

  const faults = (settings: object) => route(settings).catch((error: { errors: unknown }) => error.errors);

  it('allow: these addresses and networks alone', async () => {
    const from = await route({ allow: ['10.0.0.0/8', '192.0.2.7', '2001:db8::/32'] });
    for (const address of ['10.255.0.1', '192.0.2.7', '2001:db8::1', '2001:DB8:0:0::1']) {
      expect([address, await from(address)]).toEqual([address, 200]);
    }
    for (const address of ['11.0.0.1', '192.0.2.8', '2001:db9::1', '::1']) {
      expect([address, await from(address)]).toEqual([address, 403]);
    }
  });

  it('deny: these not, even where they are allowed', async () => {
    const denied = await route({ deny: ['10.0.0.0/8'] });
    expect([await denied('10.0.0.1'), await denied('11.0.0.1')]).toEqual([403, 200]);
    const both = await route({ allow: ['10.0.0.0/8'], deny: ['10.1.0.0/16'] });
    expect([await both('10.0.0.1'), await both('10.1.0.1'), await both('11.0.0.1')]).toEqual([200, 403, 403]);
  });

  it('an IPv4 address in the form of IPv6 is that IPv4 address (RFC 4291 §2.5.5.2)', async () => {
    const denied = await route({ deny: ['10.0.0.0/8'] });
    expect(await denied('::ffff:10.0.0.1')).toBe(403);
    expect(await denied('::ffff:a00:1')).toBe(403);
    const mapped = await route({ allow: ['::ffff:10.0.0.0/104'] });
    expect([await mapped('10.9.9.9'), await mapped('11.0.0.1')]).toEqual([200, 403]);
  });

  it('takes the address of the peer where no trusted proxy names another', async () => {
    const local = await route({ allow: ['127.0.0.1'] });
    expect([await local(), await local('10.0.0.1')]).toEqual([200, 403]);
  });

  it('a caller cannot choose its address by adding to the list of a proxy', async () => {
    const from = await route({ allow: ['10.0.0.0/8'] });
    expect(await from('10.0.0.1, 203.0.113.9')).toBe(403);
  });

  it('passes Authorization on: it is not for this guard', async () => {
    await gateway.addRoute({
      name: 'ip-authorization',
      match: { paths: ['/ip-authorization'] },
      upstream: { url: upstream.url },
      guards: [{ type: 'ip', allow: ['127.0.0.1'] }],
    });
    await send(gateway.url, { path: '/ip-authorization', headers: { authorization: 'Basic eDp5' } });
    expect(upstream.seen.at(-1)?.headers.authorization).toBe('Basic eDp5');
  });

  it.each([
    '10.0.0.5/8',
    '10.1',
    '10.0.0.1/33',
    '0x0a000001',
    'fe80::1%eth0',
    '2001:db8::1/32',
    '::ffff:0:0/90',
    'host.example',
  ])('refuses %s', async (network) => {
    expect(await faults({ allow: [network] })).toEqual([
      expect.objectContaining({ pointer: '/guards/0/allow/0' }),
    ]);
  });

  it('must have allow or deny', async () => {
    expect(await faults({})).toEqual([{ pointer: '/guards/0', detail: 'must have allow, deny or both' }]);
  });
});
