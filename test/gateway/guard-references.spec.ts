import { type LoneGateway, startLoneGateway } from './lone-gateway.js';

describe('what the guards of a route name', () => {
  let gateway: LoneGateway;

  beforeAll(async () => {
    gateway = await startLoneGateway();
  });
  afterAll(() => gateway.stop());

  const route = (guards: object[]) =>
    gateway.addRoute({
      name: `guarded-${Math.random().toString(36).slice(2)}`,
      match: { paths: ['/guarded'] },
      upstream: { url: 'http://127.0.0.1:1' },
      guards,
    });

  it.each([
    [
      'an issuer',
      { type: 'access_token', audience: 'http://api', issuers: ['gatehouse', 'nobody'] },
      '/guards/0/issuers/1',
    ],
    ['a login client', { type: 'login', client: 'nobody' }, '/guards/0/client'],
  ])('must be there: %s', async (_what, guard, pointer) => {
    await expect(route([guard])).rejects.toMatchObject({ status: 422, errors: [{ pointer }] });
    await expect(route([{ any_of: [guard] }])).rejects.toMatchObject({
      errors: [{ pointer: pointer.replace('/guards/0', '/guards/0/any_of/0') }],
    });
  });

  it('is taken when it is there', async () => {
    await gateway.add('issuers', {
      name: 'partner',
      issuer: 'https://partner.example',
      jwks_uri: 'https://partner.example/jwks',
    });
    await expect(
      route([{ type: 'access_token', audience: 'http://api', issuers: ['partner'] }]),
    ).resolves.toBeDefined();
    await expect(route([{ type: 'login', client: 'gatehouse' }])).resolves.toBeDefined();
  });
});
