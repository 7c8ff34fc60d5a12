import * as oidc from 'openid-client';
import { freePort } from '../../apps/launcher/src/ports.js';
import { basic, type GatewayUnderTest, startGateway } from './gateway.js';
import { startLoneGateway } from './lone-gateway.js';

describe('one host for all (GATEHOUSE_GATEWAY_PUBLISH_AUTH)', () => {
  let gateway: GatewayUnderTest;

  beforeAll(async () => {
    const [authPort, gatewayPort] = [await freePort(), await freePort()];
    gateway = await startGateway({
      GATEHOUSE_AUTH_PORT: String(authPort),
      GATEHOUSE_GATEWAY_PORT: String(gatewayPort),
      GATEHOUSE_GATEWAY_URL: `http://localhost:${gatewayPort}`,
      GATEHOUSE_ISSUER: `http://localhost:${gatewayPort}`,
      GATEHOUSE_AUTH_INTERNAL_URL: `http://localhost:${authPort}`,
      GATEHOUSE_GATEWAY_PUBLISH_AUTH: 'true',
      GATEHOUSE_TRUST_PROXY: '127.0.0.1,::1',
    });
  });
  afterAll(() => gateway.stop());

  it('openid-client knows the gateway alone: discovery, a token, and a call with it', async () => {
    const { demo, url } = gateway;
    const config = await oidc.discovery(
      new URL(url),
      demo.admin.client_id,
      undefined,
      oidc.ClientSecretBasic(demo.admin.client_secret),
      {
        execute: [oidc.allowInsecureRequests],
      },
    );
    expect(config.serverMetadata().token_endpoint).toBe(`${url}/oauth2/token`);
    const tokens = await oidc.clientCredentialsGrant(config, { scope: 'admin' });
    const answer = await fetch(`${url}/admin/v1/routes`, {
      headers: { authorization: `Bearer ${tokens.access_token}` },
    });
    expect(answer.status).toBe(200);
  });

  it('the sign-in page is there, and keeps its cookies at this host', async () => {
    const { demo, url } = gateway;
    const query = new URLSearchParams({
      response_type: 'code',
      client_id: demo.client.client_id,
      redirect_uri: demo.client.redirect_uris[0]!,
      scope: 'openid',
      code_challenge: 'E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM',
      code_challenge_method: 'S256',
      state: 'x',
    });
    const first = await fetch(`${url}/oauth2/authorize?${query}`, { redirect: 'manual' });
    expect(first.status).toBeGreaterThanOrEqual(302);
    const next = new URL(first.headers.get('location')!, url);
    expect(next.origin).toBe(url);
    const cookie = first.headers
      .getSetCookie()
      .map((one) => one.split(';', 1)[0])
      .join('; ');
    const page = await fetch(next, { headers: { cookie } });
    expect(page.status).toBe(200);
    expect(await page.text()).toContain('<form');
  });

  it("the auth-server's admin API and its revocation feed are not published", async () => {
    const { demo, url } = gateway;
    expect(
      (await fetch(`${url}/internal/revocations`, { headers: { authorization: basic(demo.admin) } })).status,
    ).toBe(404);
    expect((await fetch(`${url}/admin/v1/clients`)).status).not.toBe(200);
  });

  it('without the setting they are not there', async () => {
    const alone = await startLoneGateway();
    expect((await fetch(`${alone.url}/oauth2/authorize`)).status).toBe(404);
    expect((await fetch(`${alone.url}/.well-known/openid-configuration`)).status).toBe(404);
    await alone.stop();
  });

  it('says at the start what does not fit together', async () => {
    await expect(startLoneGateway({ GATEHOUSE_GATEWAY_PUBLISH_AUTH: 'true' })).rejects.toThrow(
      /GATEHOUSE_ISSUER must have the origin[\s\S]*GATEHOUSE_AUTH_INTERNAL_URL is not set/,
    );
  });
});
