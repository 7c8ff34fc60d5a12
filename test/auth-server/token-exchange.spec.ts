import { KeysService } from '../../apps/auth-server/src/keys/keys.service.js';
import { ResourcesService } from '../../apps/auth-server/src/resources/resources.service.js';
import { API, AuthServer, claimsOf, ISSUER, type TestClient } from './auth-server.js';

const GRANT = 'urn:ietf:params:oauth:grant-type:token-exchange';
const TYPE = 'urn:ietf:params:oauth:token-type:';
const ACCESS_TOKEN = `${TYPE}access_token`;
const OTHER_API = 'https://other-api.test';

type Form = Record<string, string | string[] | undefined>;

describe('token exchange (RFC 8693)', () => {
  let server: AuthServer;
  let app: TestClient;
  let exchanger: TestClient;
  let userId: string;
  let grantId: string;
  let subjectToken: string;
  let idToken: string;

  const exchangerWith = (token_exchange: object | undefined, more: object = {}) =>
    server.client({
      grant_types: [GRANT, 'client_credentials', 'authorization_code'],
      scope: 'openid demo:read demo:write',
      token_exchange,
      ...more,
    });

  beforeAll(async () => {
    server = await AuthServer.start();
    await server.get(ResourcesService).put(OTHER_API, { 'other:use': 'Use the other API' });
    app = await server.client();
    exchanger = await exchangerWith({ audiences: [API, OTHER_API], delegation: true, impersonation: true });
    const { form, userId: id, grantId: grant } = await server.code(app, { scopes: ['openid', 'demo:read'] });
    [userId, grantId] = [id, grant];
    const { body } = await server.post('/oauth2/token', form, app);
    subjectToken = body.access_token as string;
    idToken = body.id_token as string;
  });
  afterAll(() => server.stop());

  const send = (form: Form = {}, as = exchanger) =>
    server.post(
      '/oauth2/token',
      {
        grant_type: GRANT,
        subject_token: subjectToken,
        subject_token_type: ACCESS_TOKEN,
        audience: API,
        ...form,
      },
      as,
    );
  const ownToken = async (client = exchanger) => {
    const form = { grant_type: 'client_credentials', scope: 'demo:read' };
    return (await server.post('/oauth2/token', form, client)).body.access_token as string;
  };
  const asActor = async (token?: string) => ({
    actor_token: token ?? (await ownToken()),
    actor_token_type: ACCESS_TOKEN,
  });
  const refused = (error = 'invalid_request') => ({ status: 400, body: { error } });

  it('§1.1: impersonation: the subject, for another client, without an actor', async () => {
    const { status, body } = await send();
    expect(status).toBe(200);
    expect(body).toMatchObject({ issued_token_type: ACCESS_TOKEN, token_type: 'Bearer', scope: 'demo:read' });
    const claims = claimsOf(body.access_token);
    expect(claims).toMatchObject({ sub: userId, client_id: exchanger.clientId, aud: API, grant_id: grantId });
    expect(claims).not.toHaveProperty('act');
  });

  it('§4.1: delegation: the actor is named in act', async () => {
    const { body } = await send(await asActor());
    expect(claimsOf(body.access_token)).toMatchObject({ sub: userId, act: { sub: exchanger.clientId } });
    const { body: found } = await server.post(
      '/oauth2/introspect',
      { token: body.access_token as string },
      exchanger,
    );
    expect(found).toMatchObject({ active: true, act: { sub: exchanger.clientId } });
  });

  it('§4.1: a chain of actors stays, the current one outermost; impersonation does not wash it off', async () => {
    const first = (await send(await asActor())).body.access_token as string;
    const second = await exchangerWith({ audiences: [API], delegation: true, impersonation: true });
    const form = { subject_token: first, ...(await asActor(await ownToken(second))) };
    const chained = await send(form, second);
    expect(claimsOf(chained.body.access_token).act).toEqual({
      sub: second.clientId,
      act: { sub: exchanger.clientId },
    });
    const impersonated = await send({ subject_token: chained.body.access_token as string }, exchanger);
    expect(claimsOf(impersonated.body.access_token).act).toEqual({
      sub: second.clientId,
      act: { sub: exchanger.clientId },
    });
  });

  it('a chain of actors ends somewhere', async () => {
    let token = subjectToken;
    const statuses: number[] = [];
    for (let i = 0; i < 6; i++) {
      const { status, body } = await send({ subject_token: token, ...(await asActor()) });
      statuses.push(status);
      token = (body.access_token as string | undefined) ?? token;
    }
    expect(statuses).toEqual([200, 200, 200, 200, 200, 400]);
  });

  it('never a refresh token, nor an ID Token', async () => {
    const { body } = await send({ scope: 'demo:read' });
    expect(body).not.toHaveProperty('refresh_token');
    expect(body).not.toHaveProperty('id_token');
  });

  it('the new token does not outlive the old one', async () => {
    const lasting = await exchangerWith(
      { audiences: [API], impersonation: true },
      { access_token_lifetime: 86_400 },
    );
    const { body } = await send({}, lasting);
    expect(claimsOf(body.access_token).exp).toBe(claimsOf(subjectToken).exp);
    expect(body.expires_in as number).toBeLessThanOrEqual(600);
  });

  it.each(['subject_token', 'subject_token_type'])('§2.1: %s is required', async (name) => {
    expect(await send({ [name]: undefined })).toMatchObject(refused());
  });

  it('§2.1: actor_token_type must come with actor_token, and only with it', async () => {
    expect(await send({ actor_token: await ownToken() })).toMatchObject(refused());
    expect(await send({ actor_token_type: ACCESS_TOKEN })).toMatchObject(refused());
  });

  it.each([
    ['another type of subject token', { subject_token_type: `${TYPE}saml2` }],
    ['a refresh token as subject', { subject_token_type: `${TYPE}refresh_token` }],
    ['nonsense as subject', { subject_token: 'nonsense' }],
    ['an access token called an ID Token', { subject_token_type: `${TYPE}id_token` }],
  ])('§2.2.2: %s is invalid_request', async (_name, form) => {
    expect(await send(form)).toMatchObject(refused());
  });

  it('§2.2.2: an ID Token called an access token is invalid_request (typ confusion)', async () => {
    for (const type of [ACCESS_TOKEN, `${TYPE}jwt`])
      expect(await send({ subject_token: idToken, subject_token_type: type })).toMatchObject(refused());
  });

  it('§2.2.2: a token that was revoked, or whose grant was, is invalid_request', async () => {
    const tokens = await server.tokens(app);
    await server.post('/oauth2/revoke', { token: tokens.access_token }, app);
    expect(await send({ subject_token: tokens.access_token })).toMatchObject(refused());
    const others = await server.tokens(app);
    await server.post('/oauth2/revoke', { token: others.refresh_token }, app);
    expect(await send({ subject_token: others.access_token })).toMatchObject(refused());
    expect(await send(await asActor(others.access_token))).toMatchObject(refused());
  });

  it('revoking what the user agreed to ends what came out of it', async () => {
    const tokens = await server.tokens(app);
    const { body } = await send({ subject_token: tokens.access_token });
    const derived = body.access_token as string;
    expect(await server.isActive(exchanger, derived)).toBe(true);
    await server.post('/oauth2/revoke', { token: tokens.refresh_token }, app);
    expect(await server.isActive(exchanger, derived)).toBe(false);
  });

  it('§2.1: requested_token_type other than an access token is invalid_request', async () => {
    expect(await send({ requested_token_type: ACCESS_TOKEN })).toMatchObject({ status: 200 });
    for (const type of ['refresh_token', 'id_token', 'saml2'])
      expect(await send({ requested_token_type: TYPE + type })).toMatchObject(refused());
  });

  it('§2.1: the subject token may be called a JWT', async () => {
    expect(await send({ subject_token_type: `${TYPE}jwt` })).toMatchObject({ status: 200 });
  });

  it('§2.1: the actor token must be the client’s own', async () => {
    expect(await send(await asActor(subjectToken))).toMatchObject(refused());
  });

  describe('§2.1, §2.2.2: audience, resource and scope only narrow', () => {
    it('without a target: what the subject token and the policy share', async () => {
      const { body } = await send({ audience: undefined });
      expect(claimsOf(body.access_token).aud).toBe(API);
    });

    it('resource names the target as well (RFC 8707)', async () => {
      const { body } = await send({ audience: undefined, resource: API });
      expect(claimsOf(body.access_token).aud).toBe(API);
      const both = await send({ resource: OTHER_API });
      expect(claimsOf(both.body.access_token).aud).toEqual([OTHER_API, API]);
    });

    it.each(['https://unknown.test', 'http://issuer.test', 'http://issuer.test/admin/v1'])(
      'the target %s is invalid_target',
      async (target) => {
        expect(await send({ audience: target })).toMatchObject(refused('invalid_target'));
        expect(await send({ audience: undefined, resource: target })).toMatchObject(
          refused('invalid_target'),
        );
        expect(await send({ resource: target })).toMatchObject(refused('invalid_target'));
      },
    );

    it('a target of the policy that this server does not know is invalid_target', async () => {
      const wide = await exchangerWith({ audiences: ['https://unknown.test'], impersonation: true });
      expect(await send({ audience: 'https://unknown.test' }, wide)).toMatchObject(refused('invalid_target'));
      expect(await send({ audience: undefined }, wide)).toMatchObject(refused('invalid_target'));
    });

    it.each(['demo:write', 'other:use', 'openid', 'admin', 'offline_access', 'a"b'])(
      'the scope %s, which the subject token does not have there, is invalid_scope',
      async (scope) => expect(await send({ scope })).toMatchObject(refused('invalid_scope')),
    );

    it('a scope that the client itself may not have is not passed on', async () => {
      const poor = await exchangerWith({ audiences: [API], impersonation: true }, { scope: 'demo:write' });
      expect((await send({}, poor)).body.scope).toBe('');
      expect(await send({ scope: 'demo:read' }, poor)).toMatchObject(refused('invalid_scope'));
    });

    it('a token for another API has none of this one’s scopes', async () => {
      const { body } = await send({ audience: OTHER_API });
      expect(body).toMatchObject({ scope: '' });
      expect(claimsOf(body.access_token)).toMatchObject({ aud: OTHER_API, scope: '' });
    });
  });

  describe('§4.4: may_act', () => {
    /** The subject token, saying who may act for it. */
    const saying = (may_act: unknown) =>
      server.get(KeysService).sign('ES256', 'at+jwt', { ...claimsOf(subjectToken), may_act });

    it('who is named may act, and may impersonate', async () => {
      const subject_token = await saying({ sub: exchanger.clientId, iss: ISSUER });
      expect(await send({ subject_token, ...(await asActor()) })).toMatchObject({ status: 200 });
      expect(await send({ subject_token })).toMatchObject({ status: 200 });
    });

    it.each([
      ['somebody else', { sub: 'somebody' }],
      ['another client', { client_id: 'another' }],
      ['the same name of another issuer', (client: string) => ({ sub: client, iss: 'https://other.test' })],
      ['nobody', {}],
      ['what cannot be read', 'everybody'],
    ])('%s: invalid_request', async (_name, value) => {
      const may_act = typeof value === 'function' ? value(exchanger.clientId) : value;
      const subject_token = await saying(may_act);
      expect(await send({ subject_token, ...(await asActor()) })).toMatchObject(refused());
      expect(await send({ subject_token })).toMatchObject(refused());
    });
  });

  describe('ID Tokens as subject', () => {
    it('of the client itself: the user, without any scope', async () => {
      const tokens = await server.tokens(exchanger, { scopes: ['openid'], resources: [] });
      const form = { subject_token: tokens.id_token, subject_token_type: `${TYPE}id_token` };
      const { body } = await send(form);
      expect(claimsOf(body.access_token)).toMatchObject({ sub: userId, aud: API, scope: '' });
      expect(await send({ ...form, scope: 'demo:read' })).toMatchObject(refused('invalid_scope'));
    });

    it('of another client is invalid_request', async () => {
      expect(await send({ subject_token: idToken, subject_token_type: `${TYPE}id_token` })).toMatchObject(
        refused(),
      );
    });
  });

  describe('policy per client', () => {
    it('without one nothing is exchanged', async () => {
      expect(await send({}, await exchangerWith(undefined))).toMatchObject(refused('unauthorized_client'));
    });

    it('a client without the grant type is unauthorized_client', async () => {
      expect(await send({}, app)).toMatchObject(refused('unauthorized_client'));
    });

    it('delegation and impersonation are each off unless allowed', async () => {
      const delegates = await exchangerWith({ audiences: [API], delegation: true });
      expect(await send({}, delegates)).toMatchObject(refused());
      expect(await send(await asActor(await ownToken(delegates)), delegates)).toMatchObject({ status: 200 });
      const impersonates = await exchangerWith({ audiences: [API], impersonation: true });
      expect(await send(await asActor(await ownToken(impersonates)), impersonates)).toMatchObject(refused());
      expect(await send({}, impersonates)).toMatchObject({ status: 200 });
    });

    it('a public client exchanges nothing', async () => {
      const open = await exchangerWith(
        { audiences: [API], impersonation: true },
        { token_endpoint_auth_method: 'none', grant_types: [GRANT, 'authorization_code'] },
      );
      const answer = await server.post('/oauth2/token', {
        grant_type: GRANT,
        subject_token: subjectToken,
        subject_token_type: ACCESS_TOKEN,
        client_id: open.clientId,
      });
      expect(answer).toMatchObject(refused('unauthorized_client'));
    });

    it('no client gives itself a policy (RFC 7591)', async () => {
      const answer = await server.fetch('/oauth2/register', {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify({
          grant_types: [GRANT],
          token_exchange: { audiences: [API], impersonation: true },
        }),
      });
      expect(answer.status).toBeGreaterThanOrEqual(400);
    });
  });

  it('RFC 8414 §2: discovery names the grant type', async () => {
    const { body } = await server.fetch('/.well-known/oauth-authorization-server');
    expect(body.grant_types_supported).toContain(GRANT);
  });
});
