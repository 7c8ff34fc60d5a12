import { newSecret, s256Challenge } from '@gatehouse/token';
import { SessionsService } from '../../apps/auth-server/src/sessions/sessions.service.js';
import { UsersService } from '../../apps/auth-server/src/users/users.service.js';
import { Browser } from '../../examples/demo-flow/src/browser.js';
import { consentForm } from '../../examples/demo-flow/src/sign-in.js';
import { AuthServer, claimsOf, type TestClient } from './auth-server.js';
import { answerOf, ask, CALLBACK, decide, type Members } from './people.js';

describe('the claims parameter (OpenID Connect Core §5.5)', () => {
  let server: AuthServer;
  let client: TestClient;
  let browser: Browser;
  let userId: string;

  beforeAll(async () => {
    server = await AuthServer.start();
    client = await server.client();
    const person = {
      username: 'ada@example.com',
      password: 'x',
      name: 'Ada',
      email: 'ada@example.com',
      emailVerified: true,
    };
    userId = (await server.get(UsersService).create(person)).id;
    browser = await browserOf(userId);
  });
  afterAll(() => server.stop());

  async function browserOf(user: string): Promise<Browser> {
    const fresh = new Browser();
    const secret = await server.get(SessionsService).create(user, ['pwd']);
    await fresh.jar.setCookie(`gh_as_session=${secret}; Path=/; HttpOnly`, server.url);
    return fresh;
  }

  function askFor(claims: unknown, members: Members = {}, of = client) {
    const text = typeof claims === 'string' ? claims : JSON.stringify(claims);
    return ask(server, of, { scope: 'openid', claims: text, ...members }, browser);
  }

  async function tokens(claims: unknown, members: Members = {}, of = client) {
    const verifier = newSecret();
    const page = await askFor(claims, { ...members, code_challenge: s256Challenge(verifier) }, of);
    const { code } = answerOf(consentForm(page) ? await decide(browser, page, 'allow') : page);
    const form = { grant_type: 'authorization_code', code, redirect_uri: CALLBACK, code_verifier: verifier };
    return (await server.post('/oauth2/token', form, of)).body as Record<string, string>;
  }

  it('§5.5: what id_token names is in the ID Token, what userinfo names at /userinfo, each there alone', async () => {
    const answer = await tokens({ id_token: { email: { essential: true } }, userinfo: { name: null } });
    expect(claimsOf(answer.id_token)).toMatchObject({ email: 'ada@example.com' });
    expect(claimsOf(answer.id_token)).not.toHaveProperty('name');
    const { body } = await server.call(answer.access_token, '/userinfo');
    expect(body).toEqual({ sub: userId, name: 'Ada' });
  });

  it('§5.5: also after a refresh', async () => {
    const members = { scope: 'openid offline_access' };
    const first = await tokens({ id_token: { email: null }, userinfo: { name: null } }, members);
    const { body } = await server.refresh(client, first.refresh_token);
    expect(claimsOf(body.id_token)).toMatchObject({ email: 'ada@example.com' });
    expect((await server.call(body.access_token as string, '/userinfo')).body.name).toBe('Ada');
  });

  it('§5.5: a grant without the parameter tells no more than its scopes', async () => {
    const answer = await tokens({});
    expect((await server.call(answer.access_token, '/userinfo')).body).toEqual({ sub: userId });
  });

  it('§5.5: a person is asked for what no scope covers, and is asked again for more', async () => {
    const other = await server.client();
    await tokens({}, {}, other);
    const page = await askFor({ userinfo: { email: null } }, {}, other);
    expect(page.text).toContain('See your email');
    answerOf(await decide(browser, page, 'allow'));
    expect(consentForm(await askFor({ userinfo: { email: null } }, {}, other))).toBeUndefined();
    const more = await askFor({ id_token: { name: null } }, { prompt: 'none' }, other);
    expect(answerOf(more).error).toBe('consent_required');
  });

  it('§5.5.1: claims that nobody knows are left out, and never shown to the person', async () => {
    const strange = 'money_unless_you_press_Allow';
    const page = await askFor({ userinfo: { [strange]: { essential: true } } }, { prompt: 'consent' });
    expect(page.text).not.toContain('money');
    expect(answerOf(await decide(browser, page, 'allow')).code).toBeTruthy();
  });

  it('§5.5: cannot change what a token says about itself', async () => {
    const answer = await tokens({
      id_token: { iss: { value: 'https://evil.example' }, aud: { value: 'evil' }, exp: { value: 1 } },
    });
    expect(claimsOf(answer.id_token)).toMatchObject({ aud: client.clientId });
  });

  it('§5.5.1: a sub value lets only that user answer', async () => {
    const mine = await askFor({ id_token: { sub: { value: userId } } }, { prompt: 'none' });
    expect(answerOf(mine).code).toBeTruthy();
    const other = { id_token: { sub: { value: '00000000-0000-4000-8000-000000000000' } } };
    expect(answerOf(await askFor(other, { prompt: 'none' })).error).toBe('login_required');
  });

  it.each<[string, unknown]>([
    ['no JSON', 'x'],
    ['a list', []],
    ['text', '"email"'],
    ['a member that is text', { id_token: 'email' }],
    ['a claim that is text', { id_token: { email: 'please' } }],
    ['essential that is text', { id_token: { email: { essential: 'yes' } } }],
    ['values that are no list', { id_token: { acr: { values: 'x' } } }],
    ['two users', { id_token: { sub: { value: 'a' } }, userinfo: { sub: { value: 'b' } } }],
    [
      'more than anybody needs',
      { id_token: Object.fromEntries(Array.from({ length: 101 }, (_, i) => [`c${i}`, null])) },
    ],
  ])('§5.5: %s is invalid_request', async (_case, claims) => {
    expect(answerOf(await askFor(claims)).error).toBe('invalid_request');
  });

  it('§5.5: unknown members beside id_token and userinfo are ignored', async () => {
    expect(
      answerOf(await askFor({ verified_claims: {}, id_token: null }, { prompt: 'none' })).code,
    ).toBeTruthy();
  });

  it('§5.4: with response_type id_token alone, the claims of the scopes are in the ID Token', async () => {
    const old = await server.client({
      grant_types: ['implicit'],
      response_types: ['id_token'],
      first_party: true,
    });
    const members = { response_type: 'id_token', nonce: 'n', scope: 'openid email' };
    const page = await askFor({ id_token: { name: null } }, members, old);
    const answer = new URLSearchParams(new URL(page.url).hash.slice(1));
    expect(claimsOf(answer.get('id_token'))).toMatchObject({ email: 'ada@example.com', name: 'Ada' });
  });
});
