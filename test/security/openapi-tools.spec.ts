import type { LoneGateway } from '../gateway/lone-gateway.js';
import { callTool, startMcpGateway } from '../mcp/mcp-gateway.js';
import { type Shop, SHOP_DOCUMENT, startShop } from '../mcp/shop-api.js';

let gateway: LoneGateway;
let shop: Shop;

beforeAll(async () => {
  shop = await startShop();
  gateway = await startMcpGateway();
  await gateway.add('mcp-servers', {
    name: 'shop',
    prefix: '',
    url: shop.url,
    auth: { type: 'header', name: 'x-api-key', value: 'shop-secret-0123456789' },
    openapi: {
      document: SHOP_DOCUMENT,
      operations: [{ operation: 'listOrders' }, { operation: 'get order!' }],
    },
  });
  await gateway.addRoute({ name: 'mcp', match: { paths: ['/mcp'] }, mcp: { servers: ['shop'] } });
});
afterAll(async () => {
  await gateway?.stop();
  await shop?.stop();
});
beforeEach(() => void (shop.received.length = 0));

async function call(name: string, args: object) {
  const got = await callTool(`${gateway.url}/mcp`, name, {}, { arguments: args });
  const { result } = (await got.json()) as { result: { isError?: boolean } };
  return result.isError === true ? 'refused' : shop.received.at(-1)!;
}

describe('agentgateway CVE-2026-29791: arguments of a tool stay in their places of the request', () => {
  it.each([
    ['a/b', '/v1/order/a%2Fb'],
    ['7?admin=true', '/v1/order/7%3Fadmin%3Dtrue'],
    ['7#x', '/v1/order/7%23x'],
    ['%2e%2e', '/v1/order/%252e%252e'],
    ['a\\b', '/v1/order/a%5Cb'],
    ['//evil.example', '/v1/order/%2F%2Fevil.example'],
    ['7 HTTP/1.1\r\nX: y', '/v1/order/7%20HTTP%2F1.1%0D%0AX%3A%20y'],
    ['@evil.example:80', '/v1/order/%40evil.example%3A80'],
    ['...', '/v1/order/...'],
  ])('path: %j', async (id, url) => {
    expect(await call('get_order', { id })).toMatchObject({ url });
    expect(shop.received).toHaveLength(1);
  });

  it.each(['', '.', '..', '../admin', 'a/../../admin', '..\\admin', 'x/.', '\uD800'])(
    'path: %j is refused',
    async (id) => {
      expect(await call('get_order', { id })).toBe('refused');
      expect(shop.received).toEqual([]);
    },
  );

  it.each([
    [{ tags: ['a&state=closed'] }, '/v1/orders?tags=a%26state%3Dclosed'],
    [{ filter: { 'a]&x[': 'y' } }, '/v1/orders?filter%5Ba%5D%26x%5B%5D=y'],
    [{ more: { 'a&b': '#' } }, '/v1/orders?a%26b=%23'],
    [{ ids: [1], tags: ['+ '] }, '/v1/orders?tags=%2B%20&ids=1'],
  ])('query: %j', async (args, url) => {
    expect(await call('listOrders', args)).toMatchObject({ url });
  });

  it('query: a member of one parameter cannot be another parameter', async () => {
    expect(await call('listOrders', { state: 'open', more: { state: 'closed' } })).toBe('refused');
  });

  it.each(['a\r\nx-admin: 1', 'a\nb', 'é', '\0'])('headers: %j is refused', async (value) => {
    expect(await call('listOrders', { 'X-Tenant': value })).toBe('refused');
    expect(shop.received).toEqual([]);
  });

  it.each([
    { Authorization: 'x' },
    { 'X-Api-Key': 'mine' },
    { 'x-api-key': 'mine' },
    { Host: 'evil.example' },
    { 'X-Forwarded-For': '10.0.0.1' },
    { base_url: 'http://evil.example' },
  ])('headers that the operation does not declare, or the gateway sets: %j is refused', async (args) => {
    expect(await call('listOrders', args)).toBe('refused');
    expect(shop.received).toEqual([]);
  });

  it('cookies: one is not two', async () => {
    expect(await call('listOrders', { theme: 'a; session=b' })).toMatchObject({
      headers: { cookie: 'theme=a%3B%20session%3Db' },
    });
  });
});
