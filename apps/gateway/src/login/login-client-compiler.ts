import { createPrivateKey, type KeyObject } from 'node:crypto';
import type { FieldFault } from '@gatehouse/http';
import { SecretBox } from '@gatehouse/token';
import type { Config } from '../config.js';
import { GATEWAY_CLIENT_ID, gatewayClientSecret } from '../tokens/auth-server.client.js';
import { OWN_ISSUER } from '../tokens/issuer-definition.js';
import type { ClientCredential, LoginClient, LoginSite } from './login-client.js';
import { BUILT_IN, type LoginClientDefinition } from './login-client-definition.js';
import { type CookieSettings, LoginCookies } from './login-cookies.js';
import { callbackPath, IDENTITY_SCOPES } from './login-path.js';
import { type Credential, openCredential } from './sealed-credential.js';

const SESSION_LIFETIME_S = 8 * 3_600;

/** The gateway at its own auth-server, which seeds it. */
export function builtInClient(config: Config): LoginClient {
  const redirectUri = `${config.gatewayUrl}${callbackPath()}`;
  const cookies = { suffix: '', sameSite: 'lax', maxAge: SESSION_LIFETIME_S } as const;
  return {
    name: BUILT_IN,
    addressName: undefined,
    issuer: config.issuer,
    issuerName: OWN_ISSUER,
    clientId: GATEWAY_CLIENT_ID,
    credential: { method: 'client_secret_basic', secret: gatewayClientSecret(config) },
    sites: [siteOf(redirectUri, callbackPath(), cookies)],
    scopes: IDENTITY_SCOPES,
    pkce: true,
    acrValues: [],
    prompt: undefined,
    maxAge: undefined,
    parameters: {},
    idTokenAlg: 'RS256',
    emailDomains: undefined,
    groupsClaim: 'groups',
    userinfoClaims: [],
    postLogoutRedirectUri: `${config.gatewayUrl}/.gatehouse/signed-out`,
    signOutAtIssuer: true,
    sessionLifetime: SESSION_LIFETIME_S,
    sessionIdle: undefined,
  };
}

/** @throws when its credential was sealed under another GATEHOUSE_SECRET, or is none */
export function compileLoginClient(
  definition: LoginClientDefinition,
  { gatewayUrl, issuer: ownIssuer }: Config,
  box: SecretBox,
): LoginClient {
  const { name, issuer, session_lifetime: sessionLifetime } = definition;
  const path = callbackPath(name);
  const cookies = {
    suffix: name,
    sameSite: definition.cookie_same_site,
    maxAge: definition.cookie_persistent ? sessionLifetime : undefined,
  };
  const uris = definition.redirect_uris ?? [`${gatewayUrl}${path}`];
  const [first, ...others] = uris.map((uri) => siteOf(uri, path, cookies));
  return {
    name,
    addressName: name,
    issuer,
    // The colon keeps it apart from the names of `issuers`, which have none.
    issuerName: issuer === ownIssuer ? OWN_ISSUER : `login:${name}`,
    clientId: definition.client_id,
    credential: credentialOf(definition, openCredential(definition, box)),
    sites: [first!, ...others],
    scopes: definition.scopes,
    pkce: definition.pkce,
    acrValues: definition.acr_values,
    prompt: definition.prompt,
    maxAge: definition.max_age,
    parameters: definition.authorization_parameters,
    idTokenAlg: definition.id_token_signed_response_alg,
    emailDomains: definition.email_domains,
    groupsClaim: definition.groups_claim,
    userinfoClaims: definition.userinfo_claims,
    postLogoutRedirectUri: definition.post_logout_redirect_uri,
    signOutAtIssuer: definition.sign_out_at_issuer,
    sessionLifetime,
    sessionIdle: definition.session_idle_timeout,
  };
}

function siteOf(redirectUri: string, path: string, cookies: Omit<CookieSettings, 'secure'>): LoginSite {
  const { origin, host, protocol } = new URL(redirectUri);
  return {
    base: redirectUri.slice(0, -path.length),
    origin,
    host,
    redirectUri,
    cookies: new LoginCookies({ ...cookies, secure: protocol === 'https:' }),
  };
}

/** Where the credentials of login clients are sealed. */
export function credentialBox({ secret }: Config): SecretBox {
  return new SecretBox(secret, 'login clients');
}

/** What is missing or wrong about what proves who the client is. */
export function credentialFault(definition: LoginClientDefinition, box: SecretBox): FieldFault | undefined {
  const pointer =
    definition.token_endpoint_auth_method === 'private_key_jwt' ? '/private_key' : '/client_secret';
  let credential: Credential;
  try {
    credential = openCredential(definition, box);
  } catch {
    return { pointer, detail: 'was encrypted under another GATEHOUSE_SECRET; it must be given anew' };
  }
  try {
    credentialOf(definition, credential);
    return undefined;
  } catch (error) {
    return { pointer, detail: (error as Error).message };
  }
}

/** @throws Error that says what is wrong with it */
function credentialOf(definition: LoginClientDefinition, credential: Credential): ClientCredential {
  const { token_endpoint_auth_method: method, token_endpoint_auth_signing_alg: alg = 'ES256' } = definition;
  if (method === 'none') return { method };
  if (method === 'private_key_jwt') {
    if (credential.private_key === undefined) throw new Error(`is needed for ${method}`);
    const { kid } = credential.private_key;
    return {
      method,
      key: privateKey(credential.private_key, alg),
      alg,
      ...(kid === undefined ? {} : { kid }),
    };
  }
  if (credential.client_secret === undefined) throw new Error(`is needed for ${method}`);
  return { method, secret: credential.client_secret };
}

const CURVES: Readonly<Record<string, string>> = { ES256: 'P-256', ES384: 'P-384', ES512: 'P-521' };
const MIN_RSA_BITS = 2_048;

function privateKey(jwk: NonNullable<Credential['private_key']>, alg: string): KeyObject {
  let key: KeyObject;
  try {
    key = createPrivateKey({ key: jwk, format: 'jwk' });
  } catch {
    throw new Error('is no private key as a JWK (RFC 7517)');
  }
  if (!isFor(alg, key, jwk)) throw new Error(`is no key for ${alg} (token_endpoint_auth_signing_alg)`);
  return key;
}

function isFor(
  alg: string,
  { asymmetricKeyType: type, asymmetricKeyDetails: details }: KeyObject,
  jwk: object,
) {
  if (alg === 'EdDSA' || alg === 'Ed25519') return type === 'ed25519';
  if (alg.startsWith('ES')) return type === 'ec' && (jwk as { crv?: unknown }).crv === CURVES[alg];
  return type === 'rsa' && (details?.modulusLength ?? 0) >= MIN_RSA_BITS;
}
