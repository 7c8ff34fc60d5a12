import { newSecret, s256Challenge } from '@gatehouse/token';
import { AuthServer, claimsOf, type TestClient } from '../auth-server/auth-server.js';
import { answerOf, ask, CALLBACK, signedIn } from '../auth-server/people.js';

describe('issuer identification', () => {
  let server: AuthServer;
  let client: TestClient;
  let metadata: Record<string, unknown>;
  let person: Awaited<ReturnType<typeof signedIn>>;

  beforeAll(async () => {
    server = await AuthServer.start();
    client = await server.client();
    metadata = (await server.fetch('/.well-known/oauth-authorization-server')).body;
    person = await signedIn(server, client);
  });
  afterAll(() => server.stop());

  it('RFC 9207 §2: iss is the issuer of the metadata, to the letter, in codes and errors', async () => {
    const success = answerOf(await ask(server, client, {}, person.browser));
    expect(success).toMatchObject({ code: expect.any(String), iss: metadata.issuer });
    const error = answerOf(await ask(server, client, { scope: 'no:such' }, person.browser));
    expect(error).toMatchObject({ error: 'invalid_scope', iss: metadata.issuer });
    expect(metadata.issuer).not.toMatch(/[?#]/);
  });

  it('RFC 9207 §2.4: the ID Token has the same iss as the answer', async () => {
    const verifier = newSecret();
    const members = { code_challenge: s256Challenge(verifier) };
    const { code, iss } = answerOf(await ask(server, client, members, person.browser));
    const { body } = await server.post(
      '/oauth2/token',
      { grant_type: 'authorization_code', code, redirect_uri: CALLBACK, code_verifier: verifier },
      client,
    );
    expect(claimsOf(body.id_token).iss).toBe(iss);
  });

  it('RFC 9207 §3: is announced', () => {
    expect(metadata.authorization_response_iss_parameter_supported).toBe(true);
  });
});
