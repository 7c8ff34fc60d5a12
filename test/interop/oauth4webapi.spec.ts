import * as oauth from 'oauth4webapi';
import { Browser } from '../../examples/demo-flow/src/browser.js';
import { passThrough } from '../../examples/demo-flow/src/sign-in.js';
import { adminToken, REDIRECT_URI, register } from '../e2e/authorization.js';
import { type GatewayUnderTest, startGateway } from '../gateway/gateway.js';

const INSECURE = { [oauth.allowInsecureRequests]: true };

describe('oauth4webapi 3', () => {
  let gateway: GatewayUnderTest;
  let as: oauth.AuthorizationServer;
  let client: oauth.Client;
  let authentication: oauth.ClientAuth;
  let tokens: oauth.TokenEndpointResponse;

  beforeAll(async () => {
    gateway = await startGateway();
    const issuer = new URL(gateway.demo.issuer);
    const discovered = await oauth.discoveryRequest(issuer, { algorithm: 'oidc', ...INSECURE });
    as = await oauth.processDiscoveryResponse(issuer, discovered);
    const registered = await register(gateway.demo, await adminToken(gateway.demo));
    client = { client_id: registered.client_id };
    authentication = oauth.ClientSecretBasic(registered.client_secret);
  });
  afterAll(() => gateway.stop());

  it('RFC 8414 §3: finds the OAuth metadata too, with the same content', async () => {
    const issuer = new URL(gateway.demo.issuer);
    const discovered = await oauth.discoveryRequest(issuer, { algorithm: 'oauth2', ...INSECURE });
    expect(await oauth.processDiscoveryResponse(issuer, discovered)).toEqual(as);
  });

  it('signs in by code and PKCE; the ID Token and its nonce are validated', async () => {
    const verifier = oauth.generateRandomCodeVerifier();
    const [state, nonce] = [oauth.generateRandomState(), oauth.generateRandomNonce()];
    const url = new URL(as.authorization_endpoint!);
    url.search = new URLSearchParams({
      client_id: client.client_id,
      redirect_uri: REDIRECT_URI,
      response_type: 'code',
      scope: 'openid profile email offline_access demo:read',
      code_challenge: await oauth.calculatePKCECodeChallenge(verifier),
      code_challenge_method: 'S256',
      state,
      nonce,
    }).toString();
    const { demo } = gateway;
    const page = await passThrough(new Browser(), url.href, demo.user, { stopAt: REDIRECT_URI });
    const parameters = oauth.validateAuthResponse(as, client, new URL(page.url), state);
    const response = await oauth.authorizationCodeGrantRequest(
      as,
      client,
      authentication,
      parameters,
      REDIRECT_URI,
      verifier,
      INSECURE,
    );
    tokens = await oauth.processAuthorizationCodeResponse(as, client, response, {
      expectedNonce: nonce,
      requireIdToken: true,
    });
    await oauth.validateApplicationLevelSignature(as, response, INSECURE);
    expect(oauth.getValidatedIdTokenClaims(tokens)).toMatchObject({ iss: as.issuer, nonce });
  });

  it('OpenID Connect Core §5.3.2: UserInfo is of the same subject', async () => {
    const { sub } = oauth.getValidatedIdTokenClaims(tokens)!;
    const response = await oauth.userInfoRequest(as, client, tokens.access_token, INSECURE);
    const claims = await oauth.processUserInfoResponse(as, client, sub, response);
    expect(claims).toMatchObject({ sub, preferred_username: 'demo' });
  });

  it('RFC 9068 §4: the access token is a JWT that a resource server can validate', async () => {
    const audience = gateway.demo.api.audience;
    const request = new Request(audience, {
      headers: { authorization: `Bearer ${tokens.access_token}` },
    });
    const claims = await oauth.validateJwtAccessToken(as, request, audience, INSECURE);
    expect(claims).toMatchObject({ client_id: client.client_id, iss: as.issuer });
    expect(String(claims.scope).split(' ')).toContain('demo:read');
  });

  it('refreshes, introspects and revokes', async () => {
    const refreshed = await oauth.processRefreshTokenResponse(
      as,
      client,
      await oauth.refreshTokenGrantRequest(as, client, authentication, tokens.refresh_token!, INSECURE),
    );
    const inspect = async () =>
      oauth.processIntrospectionResponse(
        as,
        client,
        await oauth.introspectionRequest(as, client, authentication, refreshed.access_token, INSECURE),
      );
    expect(await inspect()).toMatchObject({ active: true, client_id: client.client_id });
    const revoke = await oauth.revocationRequest(
      as,
      client,
      authentication,
      refreshed.refresh_token!,
      INSECURE,
    );
    await oauth.processRevocationResponse(revoke);
    expect(await inspect()).toEqual({ active: false });
  });

  it('RFC 6749 §5.2: a wrong secret in the header is a 401 with a challenge', async () => {
    const wrong = oauth.ClientSecretBasic('wrong');
    const response = await oauth.clientCredentialsGrantRequest(as, client, wrong, {}, INSECURE);
    await expect(oauth.processClientCredentialsResponse(as, client, response)).rejects.toMatchObject({
      name: 'WWWAuthenticateChallengeError',
      status: 401,
    });
  });
});
