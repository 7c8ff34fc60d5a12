import { newSecret, s256Challenge } from '@gatehouse/token';
import { AuthServer, type TestClient } from '../auth-server/auth-server.js';
import { answerOf, ask, CALLBACK, signedIn } from '../auth-server/people.js';

describe('PKCE', () => {
  let server: AuthServer;
  let client: TestClient;
  let person: Awaited<ReturnType<typeof signedIn>>;

  beforeAll(async () => {
    server = await AuthServer.start();
    client = await server.client({ token_endpoint_auth_method: 'none', grant_types: ['authorization_code'] });
    person = await signedIn(server, client);
  });
  afterAll(() => server.stop());

  const begin = async () => {
    const verifier = newSecret();
    const challenge = s256Challenge(verifier);
    const page = await ask(server, client, { code_challenge: challenge }, person.browser);
    return { verifier, challenge, page, code: answerOf(page).code! };
  };

  it('RFC 7636 §4.4: neither the code nor the answer shows the challenge', async () => {
    const { challenge, page } = await begin();
    expect(page.url).not.toContain(challenge);
  });

  it('RFC 7636 §4.5: the whole way, by a public client: its own verifier alone redeems a code', async () => {
    const redeem = async (code: string, verifier: string) =>
      (
        await server.post('/oauth2/token', {
          grant_type: 'authorization_code',
          client_id: client.clientId,
          redirect_uri: CALLBACK,
          code,
          code_verifier: verifier,
        })
      ).body;
    const [one, other] = [await begin(), await begin()];
    expect((await redeem(one.code, other.verifier)).error).toBe('invalid_grant');
    expect((await redeem(other.code, other.verifier)).access_token).toEqual(expect.any(String));
  });
});
