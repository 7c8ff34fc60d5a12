import { newSecret, s256Challenge } from '@gatehouse/token';
import { ONE_FACTOR, TWO_FACTORS } from '../../apps/auth-server/src/acr/acr.js';
import { SessionsService } from '../../apps/auth-server/src/sessions/sessions.service.js';
import { Browser } from '../../examples/demo-flow/src/browser.js';
import { loginForm } from '../../examples/demo-flow/src/sign-in.js';
import { AuthServer, claimsOf, ISSUER, type TestClient } from './auth-server.js';
import { answerOf, ask, CALLBACK, logIn, type Members, newUser } from './people.js';

describe('acr, step-up (RFC 9470) and how a request is to be shown', () => {
  let server: AuthServer;
  let client: TestClient;

  beforeAll(async () => {
    server = await AuthServer.start();
    client = await server.client({ first_party: true });
  });
  afterAll(() => server.stop());

  /** A browser with a session that began by these methods. */
  async function session(amr: readonly string[]) {
    const browser = new Browser();
    const user = await newUser(server);
    const secret = await server.get(SessionsService).create(user.id, amr);
    await browser.jar.setCookie(`gh_as_session=${secret}; Path=/; HttpOnly`, server.url);
    return { browser, user };
  }

  async function tokens(browser: Browser, members: Members = {}) {
    const verifier = newSecret();
    const all = {
      scope: 'openid offline_access demo:read',
      ...members,
      code_challenge: s256Challenge(verifier),
    };
    const { code } = answerOf(await ask(server, client, all, browser));
    const form = { grant_type: 'authorization_code', code, redirect_uri: CALLBACK, code_verifier: verifier };
    return (await server.post('/oauth2/token', form, client)).body as Record<string, string>;
  }

  const essential = (value: string) => JSON.stringify({ id_token: { acr: { essential: true, value } } });

  it.each([
    [['pwd'], ONE_FACTOR],
    [['pwd', 'otp'], TWO_FACTORS],
    [[], '0'],
  ])('OIDC Core §2: the ID Token of a login by %j says acr %s', async (amr, acr) => {
    const { browser } = await session(amr);
    expect(claimsOf((await tokens(browser)).id_token)).toMatchObject({ acr, amr });
  });

  it('RFC 9470 §6: access tokens and introspection tell acr and auth_time, also after a refresh', async () => {
    const { browser } = await session(['pwd', 'otp']);
    const first = await tokens(browser);
    const second = (await server.refresh(client, first.refresh_token)).body as Record<string, string>;
    for (const { access_token: token } of [first, second]) {
      expect(claimsOf(token)).toMatchObject({ acr: TWO_FACTORS, auth_time: expect.any(Number) });
      const { body } = await server.post('/oauth2/introspect', { token }, client);
      expect(body).toMatchObject({ active: true, acr: TWO_FACTORS, auth_time: expect.any(Number) });
    }
  });

  it('RFC 9470 §5: a session that is too weak is asked to sign in again, and then goes on', async () => {
    const { browser, user } = await session([]);
    const page = await ask(server, client, { acr_values: ONE_FACTOR }, browser);
    expect(loginForm(page)).toBeDefined();
    expect(answerOf(await logIn(browser, page, user.username)).code).toBeTruthy();
  });

  it('RFC 9470 §5: prompt=none with a session that is too weak is login_required', async () => {
    const { browser } = await session([]);
    const answer = answerOf(await ask(server, client, { acr_values: ONE_FACTOR, prompt: 'none' }, browser));
    expect(answer.error).toBe('login_required');
  });

  it('RFC 9470 §4: a session that is strong enough goes through', async () => {
    const { browser } = await session(['pwd', 'otp']);
    for (const acr of [ONE_FACTOR, TWO_FACTORS, `urn:somebody:gold ${TWO_FACTORS}`]) {
      expect(answerOf(await ask(server, client, { acr_values: acr }, browser)).code).toBeTruthy();
    }
    expect(
      answerOf(await ask(server, client, { claims: essential(TWO_FACTORS) }, browser)).code,
    ).toBeTruthy();
  });

  it('RFC 9470 §5: an essential acr that cannot be met is unmet_authentication_requirements', async () => {
    const { browser } = await session(['pwd']);
    for (const acr of [TWO_FACTORS, 'urn:somebody:gold']) {
      const answer = answerOf(await ask(server, client, { claims: essential(acr) }, browser));
      expect(answer).toMatchObject({
        error: 'unmet_authentication_requirements',
        state: 'the state',
        iss: ISSUER,
      });
    }
  });

  it('OIDC Core §5.5.1.1: one that nobody is signed in for is told after the login', async () => {
    const browser = new Browser();
    const user = await newUser(server);
    const page = await ask(server, client, { claims: essential(TWO_FACTORS) }, browser);
    const answer = answerOf(await logIn(browser, page, user.username));
    expect(answer).toMatchObject({ error: 'unmet_authentication_requirements', state: 'the state' });
  });

  it('OIDC Core §3.1.2.1: acr_values that cannot be met are a wish, and the ID Token tells the truth', async () => {
    const { browser } = await session(['pwd']);
    const { id_token: idToken } = await tokens(browser, { acr_values: TWO_FACTORS });
    expect(claimsOf(idToken).acr).toBe(ONE_FACTOR);
  });

  it('discovery names the classes that can be reached', async () => {
    const { body } = await server.fetch('/.well-known/openid-configuration');
    expect(body.acr_values_supported).toEqual([ONE_FACTOR]);
    expect(body).toMatchObject({ claims_parameter_supported: true, ui_locales_supported: ['en'] });
  });

  it.each([
    [undefined, 'en'],
    ['de fr', 'en'],
    ['de en-GB en', 'en-GB'],
    ['en"><script>', 'en'],
  ])('OIDC Core §3.1.2.1: ui_locales %s makes a page in %s', async (uiLocales, lang) => {
    const page = await ask(server, client, { ui_locales: uiLocales, display: 'popup' });
    expect(page.body).toContain(`<html lang="${lang}">`);
  });

  it('RFC 9449 §10: dpop_jkt must be a thumbprint', async () => {
    const { browser } = await session(['pwd']);
    expect(answerOf(await ask(server, client, { dpop_jkt: 'short' }, browser)).error).toBe('invalid_request');
    expect(answerOf(await ask(server, client, { dpop_jkt: s256Challenge('x') }, browser)).code).toBeTruthy();
  });
});
