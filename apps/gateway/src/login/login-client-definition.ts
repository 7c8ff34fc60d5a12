import { CLIENT_SIGNING_ALGORITHMS, isLoopback, redirectUriFault } from '@gatehouse/client';
import { z } from 'zod';
import { callbackPath } from './login-path.js';

/** The name of the login client that is always there: the gateway itself at its own auth-server. */
export const BUILT_IN = 'gatehouse';

const MAX_URI = 2_048;
const DAY_S = 86_400;

const httpsOrLoopback = z
  .url({ protocol: /^https?$/ })
  .max(MAX_URI)
  .refine((value) => {
    const url = new URL(value);
    return url.protocol === 'https:' || isLoopback(url);
  }, 'must be https (http is for loopback addresses only)');

const redirectUri = z
  .string()
  .max(MAX_URI)
  .superRefine((value, context) => {
    const fault = redirectUriFault(value) ?? (isWebAddress(value) ? undefined : 'must be https');
    if (fault !== undefined) context.addIssue({ code: 'custom', message: fault });
  });

export const scopeToken = z
  .string()
  .max(200)
  .regex(/^[\x21\x23-\x5B\x5D-\x7E]+$/, 'must be a scope token (RFC 6749 §3.3)');

export const MAX_ACR_VALUES = 10;
/** Of the space-separated list `acr_values` (OpenID Connect Core §3.1.2.1). */
export const acrValue = z
  .string()
  .max(200)
  .regex(/^[\x21-\x7E]+$/, 'must be printable ASCII without spaces');

const MAX_PARAMETERS = 10;
const parameterValue = z
  .string()
  .max(500)
  .regex(/^\P{Cc}*$/u, 'must hold no control characters');

/** Set by the gateway, or they would take its place: what binds an answer to its request, and whole requests. */
const OWN_PARAMETERS = new Set([
  ...['client_id', 'redirect_uri', 'response_type', 'response_mode', 'scope', 'state', 'nonce'],
  ...['code_challenge', 'code_challenge_method', 'prompt', 'max_age', 'acr_values', 'id_token_hint'],
  ...['request', 'request_uri', 'registration', 'client_secret', 'client_assertion', 'client_assertion_type'],
  ...['code', 'code_verifier', 'grant_type', 'error', 'iss', 'dpop_jkt'],
]);

const privateKey = z
  .looseObject({
    kty: z.enum(['EC', 'RSA', 'OKP']),
    d: z.string().min(1),
    kid: z.string().max(200).optional(),
  })
  .describe('The private key for private_key_jwt, as a JWK. Encrypted, and never shown');

/** A login client as it is written: the gateway as a client of an OpenID provider, ours or another. */
export const loginClientDefinition = z
  .strictObject({
    name: z
      .string()
      .regex(/^[a-z0-9][a-z0-9_-]{0,62}$/, 'must be 1 to 63 of a-z, 0-9, - and _')
      .refine((name) => name !== BUILT_IN, 'is the login client that the gateway has by itself')
      .describe('The name by which guards and addresses name it'),
    issuer: httpsOrLoopback
      .refine((value) => !/[?#]/.test(value), 'must have no query and no fragment')
      .describe('The OpenID provider; its metadata is read below it (OpenID Connect Discovery §4)'),
    client_id: z.string().min(1).max(500).describe('Who the gateway is at the provider'),
    token_endpoint_auth_method: z
      .enum(['client_secret_basic', 'client_secret_post', 'private_key_jwt', 'none'])
      .default('client_secret_basic')
      .describe('How it proves that (OpenID Connect Core §9)'),
    client_secret: z
      .string()
      .min(1)
      .max(1_000)
      .optional()
      .describe('Encrypted, and never shown. Left out of a change, it stays as it is'),
    private_key: privateKey.optional(),
    token_endpoint_auth_signing_alg: z
      .enum(CLIENT_SIGNING_ALGORITHMS)
      .optional()
      .describe('What private_key_jwt is signed with; left out: ES256'),
    sealed_credential: z
      .string()
      .max(20_000)
      .optional()
      .describe('Kept by the gateway itself; not to be written'),
    redirect_uris: z
      .array(redirectUri)
      .min(1)
      .max(20)
      .optional()
      .describe(
        'One for each host that people sign in at: https://<host>/.gatehouse/callback/<name>. Left out: the gateway itself',
      ),
    scopes: z
      .array(scopeToken)
      .max(50)
      .default(['openid', 'profile', 'email', 'offline_access'])
      .refine((scopes) => scopes.includes('openid'), 'must hold openid')
      .describe('What every login asks for; offline_access lets sessions be renewed'),
    pkce: z.boolean().default(true).describe('Whether PKCE is used; off only for providers that refuse it'),
    acr_values: z
      .array(acrValue)
      .max(MAX_ACR_VALUES)
      .default([])
      .describe('How people are to prove who they are, best first; every login asks for it'),
    prompt: z
      .enum(['login', 'consent', 'select_account'])
      .optional()
      .describe('What the provider is to ask for'),
    max_age: z
      .int()
      .min(0)
      .max(365 * DAY_S)
      .optional()
      .describe('Seconds after which people must prove who they are again'),
    authorization_parameters: z
      .record(
        z.string().regex(/^[a-z0-9_.-]{1,60}$/i, 'must be 1 to 60 of letters, digits, _, . and -'),
        parameterValue,
      )
      .refine(
        (parameters) => Object.keys(parameters).length <= MAX_PARAMETERS,
        `must be ${MAX_PARAMETERS} at most`,
      )
      .default({})
      .describe('Parameters of the authorization request besides, as the provider wants them'),
    id_token_signed_response_alg: z
      .enum(['RS256', 'PS256', 'ES256', 'EdDSA'])
      .default('RS256')
      .describe('What ID Tokens and logout tokens are signed with; nothing else is accepted'),
    email_domains: z
      .array(z.string().regex(/^(?=.{1,253}$)[a-z0-9-]+(\.[a-z0-9-]+)+$/, 'must be a domain in lower case'))
      .min(1)
      .max(100)
      .optional()
      .describe(
        'Lets in only people whose verified e-mail address is of one of these domains; left out: everybody',
      ),
    userinfo_claims: z
      .array(z.string().min(1).max(200))
      .max(50)
      .default([])
      .describe('Claims that pages see at /.gatehouse/userinfo, besides sub, name, email and username'),
    post_logout_redirect_uri: redirectUri
      .optional()
      .describe('Where the provider sends the browser after signing out; it must be registered there'),
    sign_out_at_issuer: z
      .boolean()
      .default(true)
      .describe('Whether signing out goes on to the provider (OpenID Connect RP-Initiated Logout)'),
    groups_claim: z
      .string()
      .min(1)
      .max(200)
      .default('groups')
      .describe('The claim that holds the groups of a person, for guards that ask for them'),
    cookie_same_site: z
      .enum(['lax', 'none'])
      .default('lax')
      .describe('none: cookies are sent from frames in pages of other sites, too; for https only'),
    cookie_persistent: z
      .boolean()
      .default(true)
      .describe('Whether the session outlives the browser being closed'),
    session_lifetime: z
      .int()
      .min(60)
      .max(30 * DAY_S)
      .default(8 * 3_600)
      .describe('Seconds after which a session ends, however much it is used'),
    session_idle_timeout: z
      .int()
      .min(30)
      .max(30 * DAY_S)
      .optional()
      .describe('Seconds without a call after which a session ends; left out: never'),
  })
  .superRefine((client, context) => {
    const fault = (path: (string | number)[], message: string) =>
      context.addIssue({ code: 'custom', path, message });
    const path = callbackPath(client.name);
    // The path tells the provider that answers (RFC 9700 §4.4.2.2), also where it does not know RFC 9207.
    for (const [index, uri] of (client.redirect_uris ?? []).entries()) {
      const rest = URL.canParse(uri) ? new URL(uri) : undefined;
      if (rest && (!rest.pathname.endsWith(path) || rest.search !== '')) {
        fault(['redirect_uris', index], `must end in ${path}`);
      }
    }
    if (client.session_idle_timeout !== undefined && client.session_idle_timeout > client.session_lifetime) {
      fault(['session_idle_timeout'], 'must not be longer than session_lifetime');
    }
    for (const name of Object.keys(client.authorization_parameters)) {
      if (OWN_PARAMETERS.has(name.toLowerCase())) {
        fault(['authorization_parameters', name], 'is set by the gateway itself, or by another member');
      }
    }
    if (
      client.cookie_same_site === 'none' &&
      client.redirect_uris?.some((uri) => !uri.startsWith('https:'))
    ) {
      fault(
        ['cookie_same_site'],
        'none is for redirect_uris on https only: browsers drop such cookies elsewhere',
      );
    }
    const method = client.token_endpoint_auth_method;
    if (client.client_secret !== undefined && !method.startsWith('client_secret_')) {
      fault(['client_secret'], `is not for ${method}`);
    }
    if (client.private_key !== undefined && method !== 'private_key_jwt') {
      fault(['private_key'], `is not for ${method}`);
    }
    if (client.token_endpoint_auth_signing_alg !== undefined && method !== 'private_key_jwt') {
      fault(['token_endpoint_auth_signing_alg'], `is not for ${method}`);
    }
    if (method === 'none' && !client.pkce)
      fault(['pkce'], 'a public client always uses PKCE (RFC 9700 §2.1.1)');
  });

export type LoginClientDefinition = z.output<typeof loginClientDefinition>;

function isWebAddress(value: string): boolean {
  return /^https?:\/\//.test(value);
}
