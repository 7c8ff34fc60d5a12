import { newSecret, s256Challenge } from '@gatehouse/token';
import { consentForm } from '../../examples/demo-flow/src/sign-in.js';
import { API, AuthServer, basic, claimsOf, type TestClient } from './auth-server.js';
import { answerOf, ask, CALLBACK, decide, type Members, requestOf, signedIn } from './people.js';

const PAYMENT = {
  title: 'Start a payment',
  schema: {
    properties: {
      actions: { type: 'array', items: { enum: ['initiate', 'status', 'cancel'] } },
      locations: { type: 'array', items: { type: 'string' } },
      creditorName: { type: 'string', maxLength: 70 },
      instructedAmount: {
        type: 'object',
        properties: { currency: { type: 'string' }, amount: { type: 'string' } },
        required: ['currency', 'amount'],
        additionalProperties: false,
      },
    },
    required: ['instructedAmount', 'creditorName'],
  },
};

const detail = {
  type: 'payment_initiation',
  actions: ['initiate', 'status'],
  creditorName: 'Merchant A',
  instructedAmount: { currency: 'EUR', amount: '123.50' },
};

type Detail = Readonly<Record<string, unknown>>;

describe('rich authorization requests (RFC 9396)', () => {
  let server: AuthServer;
  let client: TestClient;
  let admin: string;
  let person: Awaited<ReturnType<typeof signedIn>>;

  beforeAll(async () => {
    server = await AuthServer.start();
    admin = await server.tokenWith('admin');
    expect((await define('payment_initiation', PAYMENT)).status).toBe(200);
    client = await server.client({ authorization_details_types: ['payment_initiation', 'gone'] });
    person = await signedIn(server, client);
  });
  afterAll(() => server.stop());

  function define(type: string, body: unknown) {
    return server.call(
      admin,
      `/admin/v1/authorization-details-types/${encodeURIComponent(type)}`,
      'PUT',
      body,
    );
  }

  function askFor(details: unknown, members: Members = {}, of = client) {
    const text = typeof details === 'string' ? details : JSON.stringify(details);
    return ask(server, of, { authorization_details: text, ...members }, person.browser);
  }

  async function tokens(
    details: readonly Detail[],
    members: Members = {},
    form: Record<string, string> = {},
  ) {
    const verifier = newSecret();
    const all = {
      scope: 'openid offline_access demo:read',
      code_challenge: s256Challenge(verifier),
      ...members,
    };
    const { code } = answerOf(await decide(person.browser, await askFor(details, all), 'allow'));
    const body = {
      grant_type: 'authorization_code',
      code,
      redirect_uri: CALLBACK,
      code_verifier: verifier,
      ...form,
    };
    return server.post('/oauth2/token', body, client);
  }

  it('RFC 9396 §7, §9.1, §9.2: what was agreed to is in the token response, the access token and introspection', async () => {
    const { body } = await tokens([detail]);
    expect(body.authorization_details).toEqual([detail]);
    expect(claimsOf(body.access_token).authorization_details).toEqual([detail]);
    const introspected = await server.post(
      '/oauth2/introspect',
      { token: body.access_token as string },
      client,
    );
    expect(introspected.body.authorization_details).toEqual([detail]);
  });

  it('RFC 9396 §3: consent shows all of it, in words, and escaped', async () => {
    const creditorName = '<b>Merchant</b> "A"';
    const page = await askFor([{ ...detail, creditorName }]);
    expect(page.text).toContain('Start a payment');
    expect(page.text).toContain('instructedAmount, amount: 123.50');
    expect(page.text).toContain('instructedAmount, currency: EUR');
    expect(page.text).toContain('actions: initiate, status');
    expect(page.text).toContain(`creditorName: ${creditorName}`);
    expect(page.body).not.toContain('<b>Merchant');
  });

  it('RFC 9396 §3: what was agreed to once is asked about again', async () => {
    await tokens([detail]);
    expect(consentForm(await askFor([detail]))).toBeDefined();
    expect(answerOf(await askFor([detail], { prompt: 'none' })).error).toBe('consent_required');
  });

  it('RFC 9396 §3: a request may be made of details alone', async () => {
    const { body } = await tokens([detail], { scope: undefined });
    expect(body).toMatchObject({ authorization_details: [detail], scope: '' });
  });

  describe('refuses', () => {
    it.each<[string, unknown]>([
      ['what is no JSON', 'x'],
      ['an object', detail],
      ['an empty list', []],
      ['a list of text', ['payment_initiation']],
      ['null', 'null'],
      ['a detail without a type', [{ ...detail, type: undefined }]],
      ['a type that is no text', [{ ...detail, type: ['payment_initiation'] }]],
      ['an unknown type', [{ type: 'nobody' }]],
      ['a type of a prototype', [{ type: '__proto__' }]],
      ['a type that the client may use, but that is gone', [{ type: 'gone' }]],
      ['an unknown member', [{ ...detail, more: true }]],
      [
        'an unknown member within',
        [{ ...detail, instructedAmount: { ...detail.instructedAmount, tip: '1' } }],
      ],
      ['a member of the wrong type', [{ ...detail, creditorName: 4711 }]],
      ['a value that is not allowed', [{ ...detail, actions: ['initiate', 'steal'] }]],
      ['a missing member', [{ type: 'payment_initiation' }]],
      ['one bad detail among good ones', [detail, { ...detail, actions: 'initiate' }]],
      ['more than a person can read', Array.from({ length: 21 }, () => ({ type: 'payment_initiation' }))],
    ])('RFC 9396 §5: %s is invalid_authorization_details', async (_case, details) => {
      const answer = answerOf(await askFor(details));
      expect(answer.error).toBe('invalid_authorization_details');
      expect(answer.error_description).toMatch(/^[\x20\x21\x23-\x5B\x5D-\x7E]+$/);
    });

    it('RFC 9396 §10: a type that the client is not registered for', async () => {
      const other = await server.client();
      expect(answerOf(await askFor([detail], {}, other)).error).toBe('invalid_authorization_details');
    });

    it('RFC 9396 §5, RFC 9126 §2.3: when they are pushed, too', async () => {
      const body = requestOf(client, { authorization_details: JSON.stringify([{ type: 'nobody' }]) });
      const headers = { authorization: basic(client) };
      const answer = await server.fetch('/oauth2/par', { method: 'POST', body, headers });
      expect([answer.status, answer.body.error]).toEqual([400, 'invalid_authorization_details']);
    });
  });

  describe('a token request', () => {
    const less = { ...detail, actions: ['status'] };

    it('RFC 9396 §6: may ask for less, also when it refreshes', async () => {
      const { body } = await tokens([detail], {}, { authorization_details: JSON.stringify([less]) });
      expect(body.authorization_details).toEqual([less]);
      const refreshed = await server.refresh(client, body.refresh_token as string);
      expect(refreshed.body.authorization_details).toEqual([detail]);
      const narrowed = await server.refresh(client, refreshed.body.refresh_token as string, {
        authorization_details: JSON.stringify([less]),
      });
      expect(claimsOf(narrowed.body.access_token).authorization_details).toEqual([less]);
    });

    it.each<[string, Detail]>([
      ['another action', { ...detail, actions: ['initiate', 'cancel'] }],
      ['no actions, which could mean any', { ...detail, actions: [] }],
      ['a member left out, which could mean any', { ...detail, actions: undefined }],
      ['another amount', { ...detail, instructedAmount: { currency: 'EUR', amount: '9999' } }],
      ['a member added', { ...detail, locations: [API] }],
    ])('RFC 9396 §6: may not ask for more: %s', async (_case, asked) => {
      const { status, body } = await tokens([detail], {}, { authorization_details: JSON.stringify([asked]) });
      expect([status, body.error]).toEqual([400, 'invalid_authorization_details']);
    });

    it('RFC 9396 §9.1: a token for one resource has no details of others', async () => {
      const here = { ...detail, locations: [API] };
      const there = { ...detail, locations: ['https://bank.example'] };
      const { body } = await tokens([here, there], {}, { resource: API });
      expect(claimsOf(body.access_token).authorization_details).toEqual([here]);
    });
  });

  describe('/admin/v1/authorization-details-types', () => {
    const path = '/admin/v1/authorization-details-types';

    it('lists, replaces and deletes types, and discovery names them (RFC 9396 §10)', async () => {
      const type = 'https://example.com/account_information';
      const body = { title: 'See accounts', schema: { properties: {} } };
      expect((await define(type, body)).body).toEqual({ type, ...body });
      const list = await server.call(admin, path);
      expect(list.body.authorization_details_types).toContainEqual({ type, ...body });
      const metadata = async () => (await server.fetch('/.well-known/oauth-authorization-server')).body;
      expect((await metadata()).authorization_details_types_supported).toContain(type);
      const one = `${path}/${encodeURIComponent(type)}`;
      expect((await server.call(admin, one, 'DELETE')).status).toBe(204);
      expect((await server.call(admin, one, 'DELETE')).status).toBe(404);
      expect((await metadata()).authorization_details_types_supported).toEqual(['payment_initiation']);
    });

    it.each<[string, unknown, string]>([
      ['no title', { schema: {} }, '/title'],
      ['no schema', { title: 'x' }, '/schema'],
      ['a schema that is none', { title: 'x', schema: { properties: { a: { type: 'smoke' } } } }, '/schema'],
      ['an unknown member', { title: 'x', schema: {}, more: 1 }, ''],
    ])('refuses %s, and names the member', async (_case, body, pointer) => {
      const answer = await define('faulty', body);
      expect(answer.status).toBe(422);
      expect(JSON.stringify(answer.body)).toContain(`"pointer":"${pointer}"`);
    });

    it('is for administrators', async () => {
      expect((await server.call(undefined, path)).status).toBe(401);
      expect((await server.call(await server.tokenWith('demo:read'), path)).status).not.toBe(200);
    });
  });
});
