import { ConsumerWorld } from '../gateway/consumer-world.js';
import { type Echo, send, startUpstream, type Upstream } from '../gateway/gateway.js';
import { type LoneGateway, startLoneGateway } from '../gateway/lone-gateway.js';
import { as, NamedCallersModule } from '../gateway/named-callers.js';
import { putIssuers, TestIssuer } from '../gateway/token-issuer.js';

const AUDIENCE = 'urn:api';

/** RFC 7519 §4.1.2: a subject is unique at its issuer alone; so is a client_id (RFC 6749 §2.2). */
describe('namesakes of another issuer', () => {
  let gateway: LoneGateway;
  let upstream: Upstream;
  let issuer: TestIssuer;
  let world: ConsumerWorld;
  let routes = 0;

  const token = { type: 'access_token', audience: AUDIENCE, issuers: ['partner'] };
  const named = { type: 'named_caller' };

  beforeAll(async () => {
    [gateway, upstream, issuer] = await Promise.all([
      startLoneGateway({}, [NamedCallersModule]),
      startUpstream(),
      TestIssuer.start(),
    ]);
    await putIssuers(gateway, { name: 'partner', issuer: issuer.url });
    world = new ConsumerWorld(gateway);
  });
  afterAll(async () => {
    await gateway?.stop();
    await Promise.all([upstream?.stop(), issuer?.stop()]);
  });

  async function route(guards: object[], more: object = {}): Promise<string> {
    const name = `callers-${++routes}`;
    const match = { paths: [`/${name}`] };
    await gateway.addRoute({ name, match, upstream: { url: upstream.url }, guards, ...more });
    return `/${name}`;
  }

  const bearer = async (claims: object) => ({
    authorization: `Bearer ${await issuer.token({ aud: AUDIENCE, ...claims })}`,
  });

  async function call(path: string, headers: Record<string, string>) {
    const { status, text } = await send(gateway.url, { path, headers });
    return { status, told: status === 200 ? (JSON.parse(text) as Echo).headers : {} };
  }

  describe('are no consumer of ours', () => {
    const clients = ['shop', { issuer: 'partner', client_id: 'shop-eu' }];
    let tokens: string;
    let names: string;

    beforeAll(async () => {
      await world.consumer('acme', { client_ids: clients });
      tokens = await route([token]);
      names = await route([named]);
    });

    const consumerOf = async (path: string, headers: Record<string, string>) =>
      (await call(path, headers)).told['x-gatehouse-consumer'];

    it('a client_id alone is one of our auth-server', async () => {
      expect(await consumerOf(names, as({ clientId: 'shop', issuer: 'gatehouse' }))).toBe('acme');
      expect(await consumerOf(tokens, await bearer({ client_id: 'shop' }))).toBeUndefined();
      expect(await consumerOf(names, as({ clientId: 'shop', issuer: 'login:staff' }))).toBeUndefined();
      expect(await consumerOf(names, as({ clientId: 'shop' }))).toBeUndefined();
    });

    it('with an issuer it is one of that issuer', async () => {
      expect(await consumerOf(tokens, await bearer({ client_id: 'shop-eu' }))).toBe('acme');
      expect(await consumerOf(names, as({ clientId: 'shop-eu', issuer: 'gatehouse' }))).toBeUndefined();
    });

    it('one client belongs to one consumer, however it is written', async () => {
      await world.consumer('namesake', { client_ids: [{ issuer: 'partner', client_id: 'shop' }] });
      expect(await consumerOf(tokens, await bearer({ client_id: 'shop' }))).toBe('namesake');
      for (const one of [{ issuer: 'gatehouse', client_id: 'shop' }, clients[1]]) {
        await expect(world.consumer('thief', { client_ids: [one] })).rejects.toMatchObject({
          status: 422,
          errors: [{ pointer: '/client_ids/0', detail: 'is another consumer, too' }],
        });
      }
    });
  });

  describe('in one call', () => {
    it.each([
      ['another subject', { subject: 'bob', issuer: 'partner' }, 403],
      ['another issuer', { subject: 'ada', issuer: 'gatehouse' }, 403],
      ['another issuer alone', { issuer: 'login:staff' }, 403],
      ['the same', { subject: 'ada', issuer: 'partner' }, 200],
      ['nobody', { consumer: 'acme' }, 200],
    ])('all_of: a guard that found %s', async (_name, caller, status) => {
      const headers = { ...(await bearer({ sub: 'ada' })), ...as(caller) };
      for (const guards of [
        [token, named],
        [named, token],
      ]) {
        expect((await call(await route(guards), headers)).status).toBe(status);
      }
    });
  });

  it('token_exchange: what does not say whose token it is never goes to our auth-server', async () => {
    const path = await route([named], { policies: [{ type: 'token_exchange', audience: 'urn:other' }] });
    for (const issuerOf of [{}, { issuer: 'login:staff' }, { issuer: 'partner' }]) {
      expect((await call(path, as({ token: 'secret', subject: 'ada', ...issuerOf }))).status).toBe(403);
    }
    // There is no auth-server here: that it is asked is seen by that.
    expect((await call(path, as({ token: 'ours', issuer: 'gatehouse' }))).status).toBe(503);
  });
});
