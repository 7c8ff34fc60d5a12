import { AuthServer, claimsOf, headerOf, ISSUER, type TestClient } from '../auth-server/auth-server.js';
import { answerOf, ask, signedIn } from '../auth-server/people.js';

describe('OpenID Connect Core', () => {
  let server: AuthServer;
  let client: TestClient;
  let person: Awaited<ReturnType<typeof signedIn>>;

  beforeAll(async () => {
    server = await AuthServer.start();
    client = await server.client();
    person = await signedIn(server, client);
  });
  afterAll(() => server.stop());

  it('OIDC Core §2: the ID Token has each required claim', async () => {
    const { form, userId } = await server.code(client);
    const { body } = await server.post('/oauth2/token', form, client);
    const claims = claimsOf(body.id_token);
    expect(claims).toMatchObject({ iss: ISSUER, sub: userId, aud: client.clientId });
    expect(claims.exp as number).toBeGreaterThan(claims.iat as number);
    expect(Math.abs((claims.iat as number) - Date.now() / 1000)).toBeLessThan(30);
  });

  it('OIDC Core §2: sub is short, and each person has another', async () => {
    const other = await signedIn(server, client);
    expect(other.user.id).not.toBe(person.user.id);
    for (const { user } of [person, other]) expect(user.id).toMatch(/^[\x21-\x7E]{1,255}$/);
  });

  it('OIDC Core §2: none cannot be registered for ID Tokens', async () => {
    await expect(server.client({ id_token_signed_response_alg: 'none' })).rejects.toThrow();
  });

  it('OIDC Core §2: the header of an ID Token has alg, kid and typ alone', async () => {
    const { id_token: token } = await server.tokens(client);
    expect(Object.keys(headerOf(token)).sort()).toEqual(['alg', 'kid', 'typ']);
  });

  it.each([
    { display: 'popup' },
    { display: 'nonsense' },
    { ui_locales: 'de fr-CA en' },
    { ui_locales: '???' },
    { claims_locales: 'xx' },
    { acr_values: 'urn:example:unknown 2' },
    { login_hint: 'nobody@example.com' },
  ])(
    'OIDC Core §3.1.2.1: display, ui_locales, claims_locales, acr_values and login_hint never are errors: %j',
    async (members) => {
      expect(answerOf(await ask(server, client, members, person.browser)).code).toEqual(expect.any(String));
    },
  );

  it('OIDC Core §3.1.3.3: the answer has an ID Token, and is not stored', async () => {
    const { form } = await server.code(client);
    const { headers, body } = await server.post('/oauth2/token', form, client);
    expect(body.id_token).toEqual(expect.any(String));
    expect(headers.get('cache-control')).toBe('no-store');
  });

  it('OIDC Core §5.5: claims_parameter_supported tells the truth', async () => {
    const { body } = await server.fetch('/.well-known/openid-configuration');
    const claims = JSON.stringify({ id_token: { auth_time: { essential: true } } });
    const answer = answerOf(await ask(server, client, { claims }, person.browser));
    expect(body.claims_parameter_supported).toEqual(expect.any(Boolean));
    expect(answer.code).toEqual(expect.any(String));
  });

  it('OIDC Core §12.2: the refreshed ID Token is of the same person and login', async () => {
    const first = await server.tokens(client, { nonce: 'n-1' });
    const next = (await server.refresh(client, first.refresh_token)).body;
    const [before, after] = [claimsOf(first.id_token), claimsOf(next.id_token)];
    expect(after).toMatchObject({ iss: before.iss, sub: before.sub, aud: before.aud });
    expect(after.iat as number).toBeGreaterThanOrEqual(before.iat as number);
    expect(Math.abs((after.auth_time as number) - (before.auth_time as number))).toBeLessThanOrEqual(1);
  });
});
