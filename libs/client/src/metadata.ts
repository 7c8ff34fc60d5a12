import { parseScope } from '@gatehouse/token';
import { z } from 'zod';
import { authenticationMembers, checkAuthentication, isPublicClient } from './authentication-metadata.js';
import { authorizationMembers } from './authorization-metadata.js';
import { checkFapi2, profileMembers } from './fapi2.js';
import { redirectUriFault } from './redirect-uri.js';
import { responseType, responseTypesFault } from './response-types.js';
import { sectorOf } from './sector.js';
import { tokenMembers } from './token-metadata.js';
import { tokenExchangeMembers } from './token-exchange-metadata.js';
import { isImplicitOnHttp, logoutFault, logoutMembers, softwareMembers } from './software-metadata.js';

const MAX_LIST = 100;
const MAX_URI = 2_048;

const redirectUri = z
  .string()
  .max(MAX_URI)
  .superRefine((value, context) => {
    const fault = redirectUriFault(value);
    if (fault) context.addIssue({ code: 'custom', message: fault });
  });

const webUri = z.url({ protocol: /^https?$/ }).max(MAX_URI);

const scope = z
  .string()
  .max(4_096)
  .refine(
    (value) => parseScope(value) !== undefined,
    'must be scope tokens separated by single spaces (RFC 6749 §3.3)',
  );

/** Client metadata in the member names of RFC 7591 §2 and OpenID Connect Registration §2. */
export const clientMetadata = z
  .object({
    client_name: z.string().min(1).max(200).optional(),
    redirect_uris: z.array(redirectUri).max(MAX_LIST).default([]),
    grant_types: z.array(z.string().min(1).max(200)).max(MAX_LIST).default(['authorization_code']),
    response_types: z.array(responseType).max(MAX_LIST).optional(),
    ...authenticationMembers,
    scope: scope.default(''),
    contacts: z.array(z.string().max(320)).max(MAX_LIST).optional(),
    client_uri: webUri.optional(),
    logo_uri: webUri.optional(),
    policy_uri: webUri.optional(),
    tos_uri: webUri.optional(),
    post_logout_redirect_uris: z.array(redirectUri).max(MAX_LIST).optional(),
    id_token_signed_response_alg: z.enum(['RS256', 'ES256', 'PS256', 'EdDSA']).default('RS256'),
    ...softwareMembers,
    ...logoutMembers,
    ...authorizationMembers,
    default_max_age: z.int().min(0).optional(),
    /** Gatehouse: seconds an access token of this client lives. Default 600. */
    access_token_lifetime: z.int().min(1).max(86_400).default(600),
    ...tokenMembers,
    ...tokenExchangeMembers,
    ...profileMembers,
    /** Gatehouse: PKCE may be waived for confidential clients that cannot do it (RFC 9700 §2.1.1); never for public ones. */
    require_pkce: z.boolean().default(true),
    /** Gatehouse: a client of the operator's own, for which nobody is asked to consent. */
    first_party: z.boolean().default(false),
    /** Gatehouse: lets a redirect URI be registered that another client has, too. */
    share_redirect_uris: z.boolean().default(false),
  })
  .superRefine((client, context) => {
    const fault = (path: string, message: string) =>
      context.addIssue({ code: 'custom', path: [path], message });
    checkAuthentication(client, fault);
    checkFapi2(client, fault);
    const isPublic = isPublicClient(client);
    const usesCode = client.grant_types.includes('authorization_code');
    if (usesCode && client.redirect_uris.length === 0)
      fault('redirect_uris', 'needs at least one for authorization_code');
    // RFC 6749 §4.4: client_credentials is for confidential clients only.
    if (isPublic && client.grant_types.includes('client_credentials')) {
      fault('grant_types', 'client_credentials needs a client that authenticates (RFC 6749 §4.4)');
    }
    if (
      client.backchannel_token_delivery_mode === 'ping' &&
      client.backchannel_client_notification_endpoint === undefined
    ) {
      fault('backchannel_client_notification_endpoint', 'is needed to be pinged (OpenID CIBA Core §4)');
    }
    if (client.subject_type === 'pairwise' && sectorOf(client) === undefined) {
      fault(
        'sector_identifier_uri',
        'is needed: the redirect URIs have no one host (OpenID Connect Core §8.1)',
      );
    }
    if (isPublic && !client.require_pkce)
      fault('require_pkce', 'a public client always uses PKCE (RFC 9700 §2.1.1)');
    const logout = logoutFault(client);
    if (logout) fault(...logout);
    if (client.grant_types.includes('implicit') && client.redirect_uris.length === 0)
      fault('redirect_uris', 'needs at least one for implicit');
    if (isImplicitOnHttp(client))
      fault(
        'redirect_uris',
        'must be https, and not localhost, for implicit (OpenID Connect Registration §2)',
      );
    const wrongTypes = responseTypesFault(client.response_types ?? [], client.grant_types);
    if (wrongTypes !== undefined) fault('response_types', wrongTypes);
  })
  .transform((client) => ({
    ...client,
    response_types:
      client.response_types ?? (client.grant_types.includes('authorization_code') ? ['code' as const] : []),
  }));

export type ClientMetadata = z.output<typeof clientMetadata>;
