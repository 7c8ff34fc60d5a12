import { AuthorizationCode, ClientCredentials } from 'simple-oauth2';
import { Browser } from '../../examples/demo-flow/src/browser.js';
import { passThrough } from '../../examples/demo-flow/src/sign-in.js';
import { adminToken, REDIRECT_URI, register } from '../e2e/authorization.js';
import { type GatewayUnderTest, startGateway } from '../gateway/gateway.js';

describe('simple-oauth2 5', () => {
  let gateway: GatewayUnderTest;
  let client: { id: string; secret: string };

  beforeAll(async () => {
    gateway = await startGateway();
    // It knows no PKCE: such clients exist, and an administrator may let a confidential one pass (RFC 9700 §2.1.1).
    const metadata = { require_pkce: false, token_endpoint_auth_method: 'client_secret_post' };
    const registered = await register(gateway.demo, await adminToken(gateway.demo), metadata);
    client = { id: registered.client_id, secret: registered.client_secret };
  });
  afterAll(() => gateway.stop());

  const auth = () => ({
    tokenHost: gateway.demo.issuer,
    tokenPath: '/oauth2/token',
    revokePath: '/oauth2/revoke',
  });

  it.each(['header', 'body'] as const)('client_credentials with the secret in the %s', async (place) => {
    const oauth = new ClientCredentials({
      client,
      auth: { tokenHost: auth().tokenHost, tokenPath: auth().tokenPath },
      options: { authorizationMethod: place },
    });
    const { token } = await oauth.getToken({ scope: 'demo:read' });
    expect(token).toMatchObject({ token_type: 'Bearer', scope: 'demo:read' });
    const call = await fetch(gateway.demo.api.url, {
      headers: { authorization: `Bearer ${String(token.access_token)}` },
    });
    expect(call.status).toBe(200);
  });

  it('authorization_code, refresh, revocation of both tokens', async () => {
    const oauth = new AuthorizationCode({
      client,
      auth: { ...auth(), authorizePath: '/oauth2/authorize' },
    });
    const url = oauth.authorizeURL({
      redirect_uri: REDIRECT_URI,
      scope: 'openid offline_access demo:read',
      state: 'the state',
    });
    const browser = new Browser();
    const page = await passThrough(browser, url, gateway.demo.user, { stopAt: REDIRECT_URI });
    const code = new URL(page.url).searchParams.get('code')!;
    const first = await oauth.getToken({ code, redirect_uri: REDIRECT_URI });
    const second = await first.refresh();
    expect(second.token.refresh_token).not.toBe(first.token.refresh_token);
    await second.revokeAll();
    await expect(second.refresh()).rejects.toMatchObject({ data: { payload: { error: 'invalid_grant' } } });
  });
});
