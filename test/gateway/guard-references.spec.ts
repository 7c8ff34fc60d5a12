import { ConfigObjects } from '../../apps/gateway/src/configuration/config-objects.service.js';
import { type LoneGateway, startLoneGateway } from './lone-gateway.js';

describe('what the guards of a route name', () => {
  let gateway: LoneGateway;
  let objects: ConfigObjects;

  beforeAll(async () => {
    gateway = await startLoneGateway();
    objects = gateway.app.get(ConfigObjects, { strict: false });
  });
  afterAll(() => gateway?.stop());

  let routes = 0;
  const route = (...guards: object[]) =>
    gateway.addRoute({
      name: `guarded-${++routes}`,
      match: { paths: [`/guarded-${routes}`] },
      upstream: { url: 'http://127.0.0.1:1' },
      guards,
    });
  const key = { type: 'api_key' };
  const audience = 'http://api';
  const login = (name: string) => ({
    ...{ name, issuer: 'https://login.test', client_id: 'gateway', client_secret: 'the-secret' },
  });

  it.each([
    [
      'an issuer',
      [{ type: 'access_token', audience, issuers: ['gatehouse', 'none'] }],
      '/guards/0/issuers/1',
    ],
    ['a login client', [{ type: 'login', client: 'none' }], '/guards/0/client'],
    ['a consumer', [key, { type: 'consumer', consumers: ['none'] }], '/guards/1/consumers/0'],
  ])('must be there: %s', async (_what, guards, pointer) => {
    await expect(route(...guards)).rejects.toMatchObject({ status: 422, errors: [{ pointer }] });
    await expect(route({ any_of: [{ all_of: guards }] })).rejects.toMatchObject({
      errors: [{ pointer: pointer.replace('/guards', '/guards/0/any_of/0/all_of') }],
    });
  });

  it.each([
    [
      'an issuer',
      'issuers',
      { name: 'partner', issuer: 'https://partner.test' },
      { type: 'access_token', audience, issuers: ['partner'] },
    ],
    ['a login client', 'login-clients', login('staff'), { type: 'login', client: 'staff' }],
    [
      'a consumer',
      'consumers',
      { name: 'acme' },
      { all_of: [key, { type: 'consumer', consumers: ['acme'] }] },
    ],
  ])('stays there while a route names it: %s', async (_what, kind, definition, guard) => {
    const id = await gateway.add(kind, definition);
    const name = await route(guard);
    await expect(objects.delete(kind, id)).rejects.toMatchObject({
      status: 409,
      errors: [{ detail: expect.stringContaining(`the route guarded-${routes} needs it: /guards/0/`) }],
    });
    const secret = kind === 'login-clients' ? { client_secret: 'the-secret' } : {};
    await expect(objects.patch(kind, id, { name: 'renamed', ...secret })).rejects.toMatchObject({
      status: 409,
    });
    await objects.delete('routes', name);
    await objects.delete(kind, id);
  });

  it('may be what is always there', async () => {
    await route({ type: 'login', client: 'gatehouse' });
    await route({ type: 'login' });
    await route({ type: 'access_token', audience });
  });

  describe('consumer', () => {
    const consumer = { type: 'consumer' };
    const ip = { type: 'ip', allow: ['127.0.0.1'] };

    it.each([
      [[consumer], '/guards/0/type'],
      [[consumer, key], '/guards/0/type'],
      [[ip, consumer], '/guards/1/type'],
      [[{ any_of: [key, consumer] }], '/guards/0/any_of/1/type'],
      [[{ all_of: [{ any_of: [ip, ip] }, consumer] }, key], '/guards/0/all_of/1/type'],
    ])('%j: nobody knows yet who calls', async (guards, pointer) => {
      await expect(route(...guards)).rejects.toMatchObject({
        status: 422,
        errors: [{ pointer, detail: expect.stringContaining('after a guard that finds out who calls') }],
      });
    });

    it.each([
      [[key, consumer]],
      [[ip, { any_of: [key, ip] }, consumer]],
      [[key, { all_of: [ip, consumer] }]],
      [[key, { any_of: [consumer, ip] }]],
    ])('%j: somebody does', async (guards) => {
      await expect(route(...guards)).resolves.toBeDefined();
    });
  });
});
