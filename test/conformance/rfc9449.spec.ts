import { AuthServer, type TestClient } from '../auth-server/auth-server.js';
import { newProofKey, proofFor, proofOf, type ProofKey } from '../auth-server/dpop-proofs.js';

describe('DPoP', () => {
  let server: AuthServer;
  let client: TestClient;
  let key: ProofKey;

  beforeAll(async () => {
    server = await AuthServer.start();
    [client, key] = await Promise.all([server.client(), newProofKey()]);
  });
  afterAll(() => server.stop());

  const tokenBy = async (dpop: string) => {
    const { form } = await server.code(client);
    return server.post('/oauth2/token', form, client, { dpop });
  };

  it('RFC 9449 §7.1: the challenge of the scheme DPoP names algorithms and the error', async () => {
    const { body } = await tokenBy(await proofOf(key));
    const token = body.access_token as string;
    const dpop = await proofFor(await newProofKey(), token, '/userinfo');
    const { status, headers } = await server.fetch('/userinfo', {
      headers: { authorization: `DPoP ${token}`, dpop },
    });
    expect(status).toBe(401);
    expect(headers.get('www-authenticate')).toMatch(/^DPoP .*error="/);
    expect(headers.get('www-authenticate')).toMatch(/algs="[^"]*ES256/);
  });

  it('RFC 9449 §4.2: the same jti under another key is another proof', async () => {
    const claims = { jti: 'one-for-two-keys' };
    expect((await tokenBy(await proofOf(key, { claims }))).status).toBe(200);
    expect((await tokenBy(await proofOf(await newProofKey(), { claims }))).status).toBe(200);
    expect((await tokenBy(await proofOf(key, { claims }))).body.error).toBe('invalid_dpop_proof');
  });

  it('RFC 9449 §5: introspection and token answer say the type in the same words', async () => {
    const { body } = await tokenBy(await proofOf(key));
    const told = await server.post('/oauth2/introspect', { token: body.access_token as string }, client);
    expect([body.token_type, told.body.token_type]).toEqual(['DPoP', 'DPoP']);
  });

  it('FAPI 2.0 §5.3.2.1: a proof 8 s ahead is taken, one of more than 60 s is refused', async () => {
    const ahead = (seconds: number) => ({ claims: { iat: Math.floor(Date.now() / 1000) + seconds } });
    expect((await tokenBy(await proofOf(key, ahead(8)))).status).toBe(200);
    expect((await tokenBy(await proofOf(key, ahead(65)))).body.error).toBe('invalid_dpop_proof');
  });
});
