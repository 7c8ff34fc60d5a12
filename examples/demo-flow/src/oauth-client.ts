import * as oidc from 'openid-client';
import type { Flow, Pending, RegisteredClient, Tokens } from './flow.js';

const TIMEOUT_SECONDS = 10;

/** Everything a signed-in app of the demo asks for. */
export const FULL_SCOPE = 'openid profile email offline_access demo:read demo:write';

/**
 * Discovers the issuer for one client. The ID token's signature is checked although it comes over a
 * direct connection (OIDC Core §3.1.3.7 no. 6 would allow leaving it out).
 */
export async function discoverAs(
  issuer: string,
  client: { client_id: string; client_secret: string },
): Promise<oidc.Configuration> {
  return oidc.discovery(
    new URL(issuer),
    client.client_id,
    undefined,
    oidc.ClientSecretBasic(client.client_secret),
    {
      // The demo's issuer is http://localhost; openid-client wants that said.
      execute: [oidc.allowInsecureRequests, oidc.enableNonRepudiationChecks],
      timeout: TIMEOUT_SECONDS,
    },
  );
}

/** Builds an authorization request: code flow, PKCE S256, fresh state and nonce. */
export async function startAuthorization(
  configuration: oidc.Configuration,
  redirectUri: string,
  more: Record<string, string> = {},
): Promise<Pending> {
  const codeVerifier = oidc.randomPKCECodeVerifier();
  const state = oidc.randomState();
  const nonce = oidc.randomNonce();
  const url = oidc.buildAuthorizationUrl(configuration, {
    redirect_uri: redirectUri,
    scope: FULL_SCOPE,
    state,
    nonce,
    code_challenge: await oidc.calculatePKCECodeChallenge(codeVerifier),
    code_challenge_method: 'S256',
    ...more,
  });
  return { url, state, nonce, codeVerifier };
}

/** Exchanges the code; openid-client checks state, iss, nonce, aud, exp and the ID token's signature. */
export async function exchangeCode(
  configuration: oidc.Configuration,
  callback: URL,
  pending: Pending,
): Promise<oidc.TokenEndpointResponse & oidc.TokenEndpointResponseHelpers> {
  return oidc.authorizationCodeGrant(configuration, callback, {
    pkceCodeVerifier: pending.codeVerifier,
    expectedState: pending.state,
    expectedNonce: pending.nonce,
    idTokenExpected: true,
  });
}

/** A token by client_credentials for one scope. */
export async function clientCredentials(
  issuer: string,
  client: { client_id: string; client_secret: string },
  scope: string,
): Promise<oidc.TokenEndpointResponse> {
  return oidc.clientCredentialsGrant(await discoverAs(issuer, client), { scope });
}

/** A code that the app has received but not exchanged yet. */
export interface ReceivedCode {
  configuration: oidc.Configuration;
  pending: Pending;
  callback: URL;
}

/**
 * Asks for a code once more, with no page in between because the person is known and has consented.
 * @throws CheckFailed when the browser doesn't come straight back.
 */
export async function askSilently(flow: Flow, client: RegisteredClient): Promise<ReceivedCode> {
  const configuration = await discoverAs(flow.demo.issuer, client);
  const redirectUri = client.redirect_uris[0] ?? '';
  const pending = await startAuthorization(configuration, redirectUri, { prompt: 'none' });
  const page = await flow.browser.open(pending.url.href, { stopAt: redirectUri });
  flow.check(
    'the browser, known by its login session, comes straight back with a code (prompt=none)',
    page.url.startsWith(redirectUri) && new URL(page.url).searchParams.has('code'),
    page.url,
  );
  return { configuration, pending, callback: new URL(page.url) };
}

/** Exchanges such a code. */
export async function exchangeReceived(received: ReceivedCode): Promise<Tokens> {
  const answer = await exchangeCode(received.configuration, received.callback, received.pending);
  return {
    accessToken: answer.access_token,
    refreshToken: answer.refresh_token ?? '',
    idToken: answer.id_token ?? '',
    subject: answer.claims()?.sub ?? '',
  };
}

/**
 * The error code that a grant was refused with.
 * @returns `error` of RFC 6749 §5.2, or what else went wrong, or `none` when it succeeded.
 */
export async function refusalOf(grant: Promise<unknown>): Promise<string> {
  try {
    await grant;
    return 'none';
  } catch (error) {
    if (error instanceof oidc.ResponseBodyError) return error.error;
    if (error instanceof oidc.WWWAuthenticateChallengeError) return `challenge ${error.status}`;
    return String(error);
  }
}
