import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { type LoneGateway, startLoneGateway } from '../../../test/gateway/lone-gateway.js';
import { PriceTagModule } from './price-tag.policy.js';

describe('an in-house policy', () => {
  let gateway: LoneGateway;
  let api: Server;
  let told: unknown;

  beforeAll(async () => {
    api = createServer((request, response) => {
      told = request.headers['x-price'];
      response.end('done');
    }).listen(0, '127.0.0.1');
    await once(api, 'listening');
    gateway = await startLoneGateway({}, [PriceTagModule]);
    await addRoute('/free', {});
    await addRoute('/dear', { most: 0.01 });
  });

  afterAll(async () => {
    await gateway?.stop();
    api?.close();
  });

  const addRoute = (path: string, more: object) =>
    gateway.addRoute({
      name: path.slice(1),
      match: { paths: [path] },
      upstream: { url: `http://127.0.0.1:${(api.address() as AddressInfo).port}` },
      policies: [{ type: 'price_tag', prices: { POST: 0.02 }, ...more }],
    });

  it('changes what the upstream and the caller get', async () => {
    const posted = await fetch(`${gateway.url}/free`, { method: 'POST' });
    expect([posted.status, posted.headers.get('x-price'), told]).toEqual([200, '0.02', '0.02']);
    expect((await fetch(`${gateway.url}/free`)).headers.get('x-price')).toBe('0');
  });

  it('refuses calls', async () => {
    const refused = await fetch(`${gateway.url}/dear`, { method: 'POST' });
    expect([refused.status, await refused.json()]).toEqual([
      402,
      expect.objectContaining({ detail: 'A call may cost no more than 0.01 euros here.' }),
    ]);
    expect((await fetch(`${gateway.url}/dear`)).status).toBe(200);
  });

  it('has its settings checked when a route is written', async () => {
    await expect(addRoute('/wrong', { most: -1 })).rejects.toMatchObject({
      status: 422,
      errors: [expect.objectContaining({ pointer: '/policies/0/most' })],
    });
  });
});
